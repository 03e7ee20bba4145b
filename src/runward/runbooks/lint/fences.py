"""Rules about fences: each holds what it is called, and a parser of that language takes it."""

import re
from collections.abc import Iterator

from runward.runbooks.finding.commands import list_calls, list_statements
from runward.runbooks.finding.genre import is_paper
from runward.runbooks.finding.model import Case, Found, Rule, Severity
from runward.runbooks.finding.places import found_at, line_of, lines_of
from runward.runbooks.finding.shell_stop import is_typed, shell_stop
from runward.runbooks.finding.syntax import stop_of
from runward.runbooks.model import Block, Kind

_SHELLS = frozenset({"bash", "sh", "shell", "zsh", "shellscript"})
_NAMES = {"sql": "SQL", "batch": "text for the Windows command line", "powershell": "PowerShell", "redis": "text for redis-cli"}  # fmt: skip
_RIGHT = {"sql": "sql", "batch": "bat", "powershell": "powershell", "redis": "redis", "config": "ini"}
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`")
_ANGLE = re.compile(r"(?<![<\\=\w])<([A-Za-z][\w.:/#-]*(?: [A-Za-z][\w.:/#-]*){0,4})>(?![>&(])")
_TELLING = {
    "batch": re.compile(
        r"(?:^|\s)\.\\\w|\b[A-Za-z]:\\|^\s*(?:dir|type|copy|del|ren|md|rd)\s+\S*[\\*]|\w\\\w|^\s*\w+\s+/\w",
        re.MULTILINE,
    ),
    "powershell": re.compile(r"(?:^|\||=\s*|\()\s*[A-Z][a-z]+-[A-Z]\w+", re.MULTILINE),
}
_SETTING = re.compile(r"[A-Za-z_][\w.]* ?= ?\S.*")


def _fences(case: Case) -> Iterator[Block]:
    return (block for block in case.runbook.blocks if block.form == "fence")


def _parsed(case: Case, name: str, languages: tuple[str, ...]) -> Iterator[Found]:
    if is_paper(case.runbook):
        return  # parts of files that are to be changed
    for block in _fences(case):
        if block.lang in languages and block.kind is not Kind.TRANSCRIPT:
            stop = stop_of(block.text, block.lang)
            if stop is not None:
                line = min(block.first_line + stop.line, block.end)
                words = line_of(case.runbook, line).strip()
                yield found_at(case, line, words, f"A parser of {name} stops here: {stop.why.rstrip('.?')}.")


def _yaml(case: Case) -> Iterator[Found]:
    yield from _parsed(case, "YAML", ("yaml", "yml"))


def _json(case: Case) -> Iterator[Found]:
    yield from _parsed(case, "JSON", ("json",))


def _toml(case: Case) -> Iterator[Found]:
    yield from _parsed(case, "TOML", ("toml",))


def _python(case: Case) -> Iterator[Found]:
    """Python that is something else altogether is the fence's name that is wrong, not its syntax."""
    if is_paper(case.runbook):
        return
    for block in _fences(case):
        if block.lang in {"python", "py", "python3"} and block.written == "python":
            stop = stop_of(block.text, block.lang)
            if stop is not None:
                line = min(block.first_line + stop.line, block.end)
                yield found_at(
                    case,
                    line,
                    line_of(case.runbook, line).strip(),
                    f"A parser of Python stops here: {stop.why.rstrip('.?')}.",
                )


def _shell(case: Case) -> Iterator[Found]:
    for block in _fences(case):
        if (
            block.kind is Kind.COMMAND
            and block.written == "shell"
            and block.lang in _SHELLS
            and block.refused
        ):
            stop = shell_stop(block.text)
            if stop is not None and is_typed(block.text, stop.line):
                line = block.first_line + stop.line
                words = line_of(case.runbook, line).strip()
                yield found_at(
                    case,
                    line,
                    words,
                    f"bash stops here at {stop.why} and carries out nothing of this command.",
                )


def _short(text: str) -> str:
    first = text.split("\n", 1)[0].strip()
    return first if len(first) <= 80 else f"{first[:77]}..."


def _sql(case: Case) -> Iterator[Found]:
    for one in list_statements(case.runbook):
        if one.call is not None or one.block.form != "fence" or not one.tokens:
            continue
        if any(token.kind == "open" for token in one.tokens):
            mark = next(token.text for token in one.tokens if token.kind == "open")
            yield found_at(
                case, one.line, _short(one.text), f"The {mark} that is opened here is never closed."
            )
        elif _balance(one.text) and one.text.rstrip().endswith(";"):
            yield found_at(
                case, one.line, _short(one.text), "The parentheses of this statement do not match."
            )


def _balance(text: str) -> int:
    bare = re.sub(
        r"'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*|/\*.*?\*/|\$(\w*)\$.*?\$\1\$", "", text, flags=re.DOTALL
    )
    return bare.count("(") - bare.count(")")


def _language(case: Case) -> Iterator[Found]:
    for block in _fences(case):
        if block.lang in _SHELLS and block.written in _NAMES:
            line = _telling_line(block)
            if line:
                said = f"The fence says {block.lang}, but what it holds is {_NAMES[block.written]}: call it {_RIGHT[block.written]}."
                yield found_at(case, line, line_of(case.runbook, line).strip(), said)
        elif block.lang in {*_SHELLS, "python", "py"} and block.written == "config":
            yield from _setting(case, block)


def _setting(case: Case, block: Block) -> Iterator[Found]:
    """A line of a settings file where a program is to be read."""
    line = _first_code(block)
    text = line_of(case.runbook, line).strip()
    name = text.partition("=")[0].strip()
    if not _SETTING.fullmatch(text):
        return
    if block.lang in _SHELLS and " =" in text:
        said = f"The fence says {block.lang}, but bash would look for a program called {name}: this is a setting or a value, and no command."
        yield found_at(case, line, text, said)
    elif block.lang not in _SHELLS and name.isupper():
        yield found_at(
            case,
            line,
            text,
            f"The fence says {block.lang}, but “{name}=” sets a variable of an environment file.",
        )


def _telling_line(block: Block) -> int:
    """The first line that shows what the block really holds; 0 where it is a mixture."""
    telling = _TELLING.get(block.written)
    if telling is None:
        return _first_code(block)
    if re.search(r"<<|^\s*\./|\\$|^\s*(?:fi|done|esac)\b|\$\(", block.text, re.MULTILINE):
        return 0
    marks = ("#", "::", "rem ")
    told = (
        line for line, text in lines_of(block) if telling.search(text) and not text.lstrip().startswith(marks)
    )
    return next(told, 0)


def _first_code(block: Block) -> int:
    marks = ("#", "--", "::", "rem ", "REM ")
    return next(
        (line for line, text in lines_of(block) if text.strip() and not text.strip().startswith(marks)),
        block.first_line,
    )


def _placeholders(case: Case) -> Iterator[Found]:
    """One finding a block: the names of all are in it."""
    seen: set[int] = set()
    for one in list_calls(case.runbook):
        block = one.block
        if block.number in seen or block.form == "inline" or "<" not in block.text:
            continue
        seen.add(block.number)
        places = list(_angles(block))
        if places:
            line, first = places[0]
            names = ", ".join(dict.fromkeys(name for _, name in places))
            said = f"bash takes {names} for a redirection: “{first}” would read a file called {first[1:-1].split()[0]}."
            yield found_at(case, line, first, said)


def _angles(block: Block) -> Iterator[tuple[int, str]]:
    """The placeholders that stand outside quotes in lines that call something."""
    called = {line for call in block.calls for line in range(call.command.line, call.command.end + 1)}
    texts = {
        line
        for call in block.calls
        if call.feed and call.feed.kind == "text"
        for line in range(call.command.line + 1, call.command.end + 1)
    }
    for line, text in lines_of(block):
        if line in called and line not in texts:
            bare = _QUOTED.sub("", text.split(" #", 1)[0])
            if not bare.lstrip().startswith("#") and bare.count('"') + bare.count("'") == 0:
                yield from ((line, found[0]) for found in _ANGLE.finditer(bare))


RULES = (
    Rule(
        "shell-syntax",
        Severity.ERROR,
        "Shell text is accepted by bash.",
        "Bash reads a command to its end before it carries out anything of it: a stray parenthesis or an open quote stops the script there, and what the reader sees is a syntax error in the middle of an incident.",
        "Quote what holds ( ) & ; < > or spaces. `bash -n FILE` tells the same without carrying anything out.",
        "# Book\n\n## Look\n\n```bash\nopen http://localhost:9090/graph?expr=rate(requests_total[5m])\n```\n",
        "# Book\n\n## Look\n\n```bash\ncurl -fsS --get http://localhost:9090/api/v1/query --data-urlencode 'query=rate(requests_total[5m])'\n```\n",
        _shell,
    ),
    Rule(
        "yaml-syntax",
        Severity.WARNING,
        "YAML is accepted by a YAML parser.",
        "A value that begins with `>`, `|`, `%`, `@`, `*` or `&` means something else to a parser than to a reader, so the block can be neither applied nor read by a program.",
        'Quote such values ("> 200 ms"), or call the fence text if it is prose.',
        "# Book\n\n## Limits\n\n```yaml\nlatency:\n  warning: > 200ms (p95)\n  critical: > 500ms (p95)\n```\n",
        '# Book\n\n## Limits\n\n```yaml\nlatency:\n  warning: "> 200ms (p95)"\n  critical: "> 500ms (p95)"\n```\n',
        _yaml,
    ),
    Rule(
        "json-syntax",
        Severity.WARNING,
        "JSON is accepted by a JSON parser.",
        "A missing bracket or comma makes a request fail, or a file that a program refuses to load.",
        "Close every bracket; no comma after the last item; no comments (RFC 8259). Call the fence jsonc where comments are wanted.",
        '# Book\n\n## Set\n\n```json\n{"replicas": 3,}\n```\n',
        '# Book\n\n## Set\n\n```json\n{"replicas": 3}\n```\n',
        _json,
    ),
    Rule(
        "toml-syntax",
        Severity.WARNING,
        "TOML is accepted by a TOML parser.",
        "A program that reads the file refuses to start.",
        "Texts stand in quotes, and a key stands once in its table (TOML 1.0).",
        "# Book\n\n## Set\n\n```toml\n[server]\nhost = localhost\n```\n",
        '# Book\n\n## Set\n\n```toml\n[server]\nhost = "localhost"\n```\n',
        _toml,
    ),
    Rule(
        "python-syntax",
        Severity.WARNING,
        "Python is accepted by Python.",
        "What is pasted fails at once, and a sample that was never parsed was never run either.",
        "Parse it with a current Python 3; call the fence text or pycon where it is not a program.",
        '# Book\n\n## Look\n\n```python\nfrom app import queue\nprint "waiting:", queue.size()\n```\n',
        '# Book\n\n## Look\n\n```python\nfrom app import queue\nprint("waiting:", queue.size())\n```\n',
        _python,
    ),
    Rule(
        "sql-syntax",
        Severity.ERROR,
        "Quotes and parentheses of SQL are closed.",
        "The client goes on reading and swallows the statements that follow, or the server refuses the statement.",
        "Close every quote and parenthesis; a quote inside a text is written twice.",
        "# Book\n\n## Look\n\n```sql\nSELECT count(* FROM orders;\n```\n",
        "# Book\n\n## Look\n\n```sql\nSELECT count(*) FROM orders;\n```\n",
        _sql,
    ),
    Rule(
        "fence-language",
        Severity.WARNING,
        "A fence is called what it holds.",
        "Who copies a fence called bash pastes it into a shell: SQL and Windows commands fail there or do something else, since bash expands and eats `*`, `$` and backslashes.",
        "Call it by what it holds: sql, bat, powershell, redis, ini; or write the command that takes it (`psql -c`, `redis-cli`).",
        "# Book\n\n## Look\n\n```bash\n# Look at the plan\nEXPLAIN SELECT * FROM orders WHERE id = 7;\n```\n",
        "# Book\n\n## Look\n\n```sql\n-- Look at the plan\nEXPLAIN SELECT * FROM orders WHERE id = 7;\n```\n",
        _language,
    ),
    Rule(
        "angle-placeholder",
        Severity.NOTE,
        "Placeholders in shell text are no redirections.",
        "`<name` reads a file and `> name` writes one: pasted as it stands, the command fails with “No such file or directory”, or overwrites a file of that name.",
        'Write a variable that is checked first, such as "${PRIMARY_HOST:?}", or put the placeholder into quotes.',
        "# Book\n\n## Dump\n\n```bash\npg_dump -h <primary-host> -f shop.sql shop\n```\n",
        '# Book\n\n## Dump\n\n```bash\npg_dump -h "${PRIMARY_HOST:?}" -f shop.sql shop\n```\n',
        _placeholders,
    ),
)
