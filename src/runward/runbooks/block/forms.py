"""Tell what a piece of text is by its form, whatever its fence calls it."""

import json
import re
from enum import StrEnum

from runward.runbooks.block.introductions import announces_output, expects_output, tells_of_fault
from runward.runbooks.block.lookalikes import (
    addresses_only,
    answer_begins,
    calls_known,
    is_complaint,
    is_dockerfile,
    is_redis,
    is_report,
    is_request,
    names_only,
    options_only,
    typed_as_root,
)
from runward.runbooks.python.judge import tree_of
from runward.runbooks.shell.options import words_of

_NAMED = re.compile(r"[a-z][\w.-]*(?:\s|$)|[A-Za-z_]\w*=")
_RULER = re.compile(r"[=*_-]{6,}")
_REMARKS = re.compile(r"^\s*(?:#|--)[^\n]*$", re.MULTILINE)
_STATEMENT_ENDS = re.compile(r";\s*(?:\n|$)")
_CONSTRUCT = re.compile(r"(?:if|for|while|until|case|function|set|\w+\(\))\b")
_PLAIN_SETTING = re.compile(r"[\w.\-/\"]+\s+=\s|[\w.-]+\s*:\s|\[[\w .:\-/]+\]$|[^$()]+\{$")
_EXPORTED = re.compile(r"(?:export\s+)?[A-Za-z_]\w*=.*")
_YAML_NAMES = re.compile(r"^[ \t]*-?[ \t]*([^\s:#'\"][^:#\n]*):(?:\s|$)", re.MULTILINE)
_CAPITALISED = re.compile(r"[A-Z][a-z]+$")
_CONTINUED = re.compile(r"\\\n\s*")
_LABELLED = re.compile(r"\w: \w+ \([A-Z]")
_SENTENCE_END = re.compile(r"[.!?,:]$")


class Form(StrEnum):
    """What a text is made of."""

    SHELL = "shell"
    SQL = "sql"
    PYTHON = "python"
    POWERSHELL = "powershell"
    BATCH = "batch"
    REDIS = "redis"
    MONGO = "mongo"
    TRANSCRIPT = "transcript"
    CRONTAB = "crontab"
    CONFIG = "config"
    RULES = "rules"  # thresholds and policies in words
    CODE = "code"
    OUTPUT = "output"
    TEMPLATE = "template"
    DIAGRAM = "diagram"
    QUERY = "query"  # for a page of a monitoring system
    COMMENTS = "comments"
    PROSE = "prose"
    EMPTY = "empty"
    NATIVE = "native"  # a call of one of our own actions


_BY_LANGUAGE = {
    **dict.fromkeys(
        words_of(
            "bash sh shell zsh ksh fish console shell-session terminal bash-session shellscript commandline cmdline ash dash term zshell command"
        ),
        Form.SHELL,
    ),
    **dict.fromkeys(
        words_of(
            "sql postgres postgresql psql pgsql plpgsql mysql mariadb tsql mssql sqlite clickhouse cql plsql oracle sqlpl t-sql"
        ),
        Form.SQL,
    ),
    **dict.fromkeys(words_of("python py python3 ipython pycon"), Form.PYTHON),
    **dict.fromkeys(words_of("powershell ps1 posh pwsh ps powershell-console"), Form.POWERSHELL),
    **dict.fromkeys(words_of("bat batch cmd dos batchfile"), Form.BATCH),
    **dict.fromkeys(words_of("redis redis-cli"), Form.REDIS),
    "runward": Form.NATIVE,
    **dict.fromkeys(words_of("mongodb mongosh mongo"), Form.MONGO),
    **dict.fromkeys(words_of("cron crontab"), Form.CRONTAB),
    **dict.fromkeys(
        words_of(
            "yaml json jsonc json5 toml ini conf cfg nginx apache dockerfile docker hcl terraform tf properties env dotenv xml systemd service"
            " caddyfile haproxy logrotate desktop plist unit editorconfig jinja helm kustomize docker-compose csv tsv gitignore config"
            " nftables iptables-save bicep jsonnet cue dhall"
        ),
        Form.CONFIG,
    ),
    **dict.fromkeys(words_of("output log logs stdout stderr out result response ansi"), Form.OUTPUT),
    **dict.fromkeys(words_of("markdown md mdx rst adoc asciidoc email eml template"), Form.TEMPLATE),
    **dict.fromkeys(
        words_of("mermaid dot graphviz plantuml puml d2 ascii-art ditaa flowchart"), Form.DIAGRAM
    ),
    **dict.fromkeys(
        words_of("promql logql kql kusto spl lucene graphql jql flux influxql traceql esql nrql query"),
        Form.QUERY,
    ),
    **dict.fromkeys(
        words_of(
            "javascript js jsx typescript ts tsx java kotlin scala go golang rust rs c cpp c++ csharp cs ruby rb php perl pl lua r swift html css"
            " scss diff patch groovy gradle makefile make vue svelte elixir ex erlang haskell clojure dart proto protobuf asm vb awk sed http rest"
        ),
        Form.CODE,
    ),
}
_PROMPT = re.compile(
    r"[╰└]─+[$#%❯]\s+(?=\S)|[❯➜λ](?=\s+\S)|(?:\([\w.-]+\)\s?)?(?:\[?[\w.-]+@[\w.-]+[^\]\n$#%>]{0,60}\]?)?[$%](?=\s+\S)|(?:\[?[\w.-]+@[\w.-]+[^\]\n$#%>]{0,60}\]?)\s?[#$%](?=\s|$)"
    r"|(?:PS )?[A-Z]:\\[^>\n]{0,80}>(?=\s*\S)|PS>(?=\s)|[\w-]+[=-][#>](?=\s)|(?:mysql|mariadb|psql|sqlite|mongos?|cqlsh[\w:]*|redis|ftp|influx)>(?=\s)"
    r"|\d+\.\d+\.\d+\.\d+:\d+>(?=\s)|>>>(?=\s)|(?:rs\w*|test|admin|primary|secondary)\b[\w :\[\]-]{0,40}>(?=\s)|bash-[\d.]+[$#](?=\s)|sh-[\d.]+[$#](?=\s)"
)
_PROMPT_SIGN = re.compile(r"[$#%>❯➜λ]")
_CRON = re.compile(
    r"(?:@(?:hourly|daily|weekly|monthly|yearly|annually|reboot|midnight)|(?:[\d*/,\-A-Za-z]+\s+){4}[\d*/,\-A-Za-z]+)\s+\S"
)
_CRON_FIRST = re.compile(r"[\d*@]")
_WINDOWS = re.compile(
    r"(?:^|\s)\.\\\w|^\s*(?:dir|type|copy|del|findstr|net|sc|xcopy|robocopy|ren|rd|md)\s+(?:\S*\\\S*|/\w)|\b[A-Z]:\\\w",
    re.MULTILINE,
)
_CMDLET = re.compile(
    r"^\s*(?:\$[\w:]+\s*=\s*)?(?:Get|Set|New|Remove|Start|Stop|Restart|Test|Invoke|Write|Select|Where|Enable|Disable|Add|Clear|Copy|Move|Import|Export"
    r"|Out|Install|Uninstall|Update|Register|Connect|Resolve|Measure|Format|Restore|Backup|Suspend|Resume|Enter|Wait|Show|Checkpoint|Rename)-[A-Z]\w+",
    re.MULTILINE,
)
_SQL_FIRST = re.compile(
    r"(?:SELECT|INSERT\s+INTO|UPDATE\s+\S+\s+SET|DELETE\s+FROM|CREATE\s+(?:OR\s+REPLACE\s+)?(?:UNIQUE\s+)?(?:TABLE|INDEX|VIEW|USER|ROLE|DATABASE|EXTENSION|FUNCTION"
    r"|MATERIALIZED|TRIGGER|SCHEMA|SEQUENCE|PUBLICATION|SUBSCRIPTION)|ALTER\s+(?:TABLE|SYSTEM|DATABASE|ROLE|USER|INDEX|EXTENSION)|DROP\s+\w+|TRUNCATE"
    r"|EXPLAIN|VACUUM|ANALYZE|REINDEX|GRANT|REVOKE|SHOW\s+\w+|WITH\s+\w+\s+AS|BEGIN|COMMIT|ROLLBACK|KILL\s+\d)\b"
)
_QUERY = re.compile(
    r"\s*select\s+(?:\*|[\w.\"]+\s*(?:,|\(|\bas\b|\bfrom\b))[^;]*?\bfrom\s+[\w.\"`]+(?:\s|;|$)",
    re.IGNORECASE | re.DOTALL,
)
_ASSIGNED = re.compile(r"[A-Z][A-Z0-9_]+=(?!\$\()\S*")
_KEYWORD_ENDS = re.compile(r";\s*(?:--[^\n]*)?$", re.MULTILINE)
_BOX = re.compile(r"[┌┐└┘├┤┬┴┼│╔╗╚╝║═▼▲◄►↓↑]")
_TREE = re.compile(r"^[│\s]*[├└]──? ?[\w.]", re.MULTILINE)
_LOG = re.compile(
    r"^\s*\[?(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\w{3} [ \d]\d \d\d:\d\d:\d\d|\d\d:\d\d:\d\d)|^\s*(?:ERROR|WARN(?:ING)?|INFO|FATAL|CRITICAL|Traceback|Exception|panic)\b[ :(\[]",
)
_TABLE = re.compile(r"^[\s|+-]*[-=]{3,}[\s|+\-=]*$|^\s*\(\d+ rows?\)|^NAME\s{2,}[A-Z]+", re.MULTILINE)
_SETTING = re.compile(
    r"[\w.\-/\"'\[\]]+\s*(?:=\s|\s=)\s*\S|[\w.\-/]+\s*:\s+\S|\[[\w .:\-/]+\]$|[\w./\-*~^ ]+\{$|\}$|[A-Za-z_][\w.]*=\S*$"
)
_ROSTER = re.compile(
    r"(?:[A-Z]\w*\s+(?:\d+|[A-Z])|(?:Primary|Secondary|Backup|L\d|P\d|Tier \d)[^:\n]{0,30}):\s+\S"
)
_BRACKETS = re.compile(r"\[[A-Za-z][^\]\n]{1,60}\](?!\()")


def form_of(text: str, lang: str, before: str = "") -> Form:
    """The form of a text in a fence of this language, with the words right before it."""
    if not text.strip():
        return Form.EMPTY
    named = _BY_LANGUAGE.get(lang)
    if named is Form.SHELL:
        return _shell_form(text, before)
    if named is Form.SQL:
        return Form.TRANSCRIPT if _prompts(text) else Form.SQL
    if named is Form.PYTHON:
        return _python_form(text, lang)
    if named in {Form.POWERSHELL, Form.BATCH}:
        return _windows_form(text, named)
    if named is Form.CONFIG:
        return _config_form(text, lang, before)
    if named is not None:
        return _mongo_or(named, text, lang)
    return _bare_form(text, before)


def _windows_form(text: str, named: Form) -> Form:
    if _prompts(text):
        return Form.TRANSCRIPT
    if named is Form.BATCH and _is_sql(text):
        return Form.SQL
    lines = _code_lines(text, ("::", "rem ", "REM "))
    reports = bool(lines) and is_report(lines) and not any(calls_known(line) for line in lines)
    return Form.CONFIG if reports and named is Form.BATCH else named


def _mongo_or(named: Form, text: str, lang: str) -> Form:
    """JavaScript that speaks to `db` or `rs` is typed into mongosh."""
    if lang in {"javascript", "js"} and re.match(r"\s*(?://[^\n]*\s*)*(?:use \w+|db\.|rs\.|sh\.)", text):
        return Form.MONGO
    return named


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _code_lines(text: str, marks: tuple[str, ...] = ("#",)) -> list[str]:
    return [line for line in _lines(text) if not line.startswith(marks)]


def _prompts(text: str) -> bool:
    """Whether this is what a terminal showed: the first line has a prompt, or several have."""
    lines = _lines(text)
    marked = [bool(_PROMPT_SIGN.search(line) and _PROMPT.match(line)) for line in lines]
    return bool(lines) and (marked[0] or (any(marked) and lines[0].startswith("#")) or sum(marked) >= 2)


def _shell_form(text: str, before: str) -> Form:
    if _prompts(text):
        return Form.TRANSCRIPT
    if typed_as_root(text) or answer_begins(text):
        return Form.TRANSCRIPT
    lines = _code_lines(text)
    if not lines:
        return Form.COMMENTS
    if all(_CRON_FIRST.match(line) and _CRON.match(line) for line in lines):
        return Form.CRONTAB
    return _lookalike(text, lines, before) or _script_form(text, lines, before)


def _lookalike(text: str, lines: list[str], before: str) -> Form | None:
    """What stands in a shell fence and is no shell."""
    if addresses_only(lines):
        return Form.PROSE
    if options_only(lines) or names_only(lines):
        return Form.CONFIG
    if is_dockerfile(lines) or is_request(lines):
        return Form.CODE
    if is_redis(lines):
        return Form.REDIS
    if is_complaint(lines) or _LOG.match(lines[0]) or (lines[0][:1] in "{[" and _is_json(text)):
        return Form.OUTPUT
    if is_report(lines) and not any(calls_known(line) for line in lines):
        return Form.OUTPUT if expects_output(before) or tells_of_fault(before) else Form.CONFIG
    return None


def _script_form(text: str, lines: list[str], before: str) -> Form:
    if _CMDLET.search(text) and not re.search(r"^\s*(?:if \[|fi$|done$|export )", text, re.MULTILINE):
        return Form.POWERSHELL
    if _WINDOWS.search(text):
        return Form.BATCH
    if _is_sql(text):
        return Form.SQL
    if not _runs_something(lines) and _settings(lines):
        return Form.CONFIG
    if any(calls_known(line) for line in lines):
        return Form.SHELL
    named = _NAMED.match(lines[0])
    shown = announces_output(before) if named else expects_output(before)
    return Form.OUTPUT if shown or _RULER.match(lines[0]) else Form.SHELL


def _is_sql(text: str) -> bool:
    """Whether what stands in a shell fence is SQL: every statement begins as one."""
    body = _REMARKS.sub("", text).strip()
    statements = [one.strip() for one in _STATEMENT_ENDS.split(body) if one.strip()]
    return (
        bool(statements)
        and bool(_KEYWORD_ENDS.search(body))
        and all(_SQL_FIRST.match(one) for one in statements)
    )


def _runs_something(lines: list[str]) -> bool:
    """Whether the first line of all, or any line of the left margin, calls a program that is known."""
    return calls_known(lines[0]) or bool(_CONSTRUCT.match(lines[0]))


def _settings(lines: list[str]) -> bool:
    """Whether these are settings: `name = value`, `name: value`, `[section]`, `path {`."""
    marked = [line for line in lines if _SETTING.match(line)]
    strong = [line for line in marked if _PLAIN_SETTING.match(line)]
    assigned_only = all(_EXPORTED.fullmatch(line) for line in lines)
    return not assigned_only and bool(strong) and (strong[0] == lines[0] or len(strong) * 2 > len(lines))


def _python_form(text: str, lang: str) -> Form:
    if lang == "pycon" or text.lstrip().startswith(">>>"):
        return Form.TRANSCRIPT
    if tree_of(text) is not None:
        return Form.PYTHON
    lines = _code_lines(text)
    if not lines:
        return Form.COMMENTS
    if all(re.match(r"[A-Za-z_][\w.]*\s*[=:]\s*\S*", line) for line in lines):
        return Form.CONFIG
    return Form.SHELL if all(calls_known(line) for line in lines) else Form.PYTHON


def _config_form(text: str, lang: str, before: str) -> Form:
    if lang == "json" and expects_output(before):
        return Form.OUTPUT
    if lang in {"json", "jsonc", "json5"} and re.match(r"\s*(?:HTTP/|\$ |curl )", text):
        return Form.TRANSCRIPT
    if lang == "yaml" and _in_words(text):
        return Form.RULES
    return Form.CONFIG


def _in_words(text: str) -> bool:
    """Whether YAML is only the dress of prose: names of several words, or values that no parser takes."""
    names = _YAML_NAMES.findall(text)
    worded = [name for name in names if " " in name.strip() or _CAPITALISED.match(name)]
    return bool(names) and len(worded) >= (len(names) + 1) // 2 and "apiVersion" not in text


def _bare_form(text: str, before: str) -> Form:
    """The form of a fence without a language, or with one that says nothing."""
    if _prompts(text) or typed_as_root(text) or answer_begins(text):
        return Form.TRANSCRIPT
    lines = _lines(text)
    if addresses_only(lines):
        return Form.PROSE
    if is_complaint(lines):
        return Form.OUTPUT
    if _TREE.search(text):
        return Form.PROSE
    if len(_BOX.findall(text)) >= 3 or (
        re.search(r"-->|==>|\+-{3,}\+[^|]*$", text) and not _TABLE.search(text)
    ):
        return Form.DIAGRAM
    if expects_output(before) and not (calls_known(lines[0]) and len(lines) < 3):
        return Form.OUTPUT
    return _bare_code(text, lines) or _bare_text(text, lines)


def _bare_code(text: str, lines: list[str]) -> Form | None:
    code = _code_lines(text)
    if not code:
        return Form.COMMENTS if lines[0].startswith("#!") else Form.PROSE
    if all(_CRON.match(line) and _CRON_FIRST.match(line) for line in code):
        return Form.CRONTAB
    if all(_ASSIGNED.fullmatch(line) for line in code):
        return Form.CONFIG
    if (
        _QUERY.match(text)
        or _is_sql(text)
        or (_SQL_FIRST.match(code[0]) and ";" in text and not _LOG.match(lines[0]))
    ):
        return Form.SQL
    if _CMDLET.search(text):
        return Form.POWERSHELL
    if _looks_like_commands(code):
        return Form.BATCH if _WINDOWS.search(text) else Form.SHELL
    return None


def _looks_like_commands(code: list[str]) -> bool:
    """Whether nearly every line calls a known program in the way commands do, not as a sentence does."""
    joined = _CONTINUED.sub(" ", "\n".join(code)).split("\n")
    known = [line for line in joined if calls_known(line) and not _is_sentence(line)]
    return (
        bool(joined)
        and calls_known(joined[0])
        and not _is_sentence(joined[0])
        and len(known) * 10 >= len(joined) * 6
    )


def _is_sentence(line: str) -> bool:
    words = line.split()
    if _LABELLED.search(line):
        return True
    return (
        bool(_SENTENCE_END.search(line))
        and len(words) > 3
        and all(re.fullmatch(r"[\w'’,.!?()-]+:?", word) for word in words)
        and "-" not in line
    )


def _bare_text(text: str, lines: list[str]) -> Form:
    if text.lstrip()[:1] in "{[" and _is_json(text):
        return Form.OUTPUT
    if all(re.match(r"[-*•]\s|\d+[.)]\s", line) for line in lines):
        return Form.RULES
    if len(_BRACKETS.findall(text)) >= 2 or re.search(r"YYYY|HH:MM|\{\{", text):
        return Form.TEMPLATE
    if sum(bool(_ROSTER.match(line)) for line in lines) * 2 >= len(lines):
        return Form.TEMPLATE
    if any(_LOG.match(line) for line in lines) or _TABLE.search(text):
        return Form.OUTPUT
    if _settings(lines) and not re.match(r"[A-Z][\w ]+:\s", lines[0]):
        return Form.CONFIG
    return Form.PROSE


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def prompt_of(line: str) -> re.Match[str] | None:
    """The prompt at the front of a line of a terminal, if there is one."""
    return _PROMPT.match(line)
