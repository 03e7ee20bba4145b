"""Rules about verifications that look at something else than what they are to prove."""

import ast
import re
from collections.abc import Iterator

from runward.runbooks.finding.around import calls_by_name, line_of, list_named, marked, text_around
from runward.runbooks.finding.claims import purpose_of, said_above
from runward.runbooks.finding.commands import Placed, list_calls
from runward.runbooks.finding.example import example
from runward.runbooks.finding.model import Case, Found, Mend, Rule, Severity
from runward.runbooks.model import Block, Kind, Runbook

_SEARCHES = ("grep", "egrep", "fgrep")
_VERIFIES = re.compile(r"\b(?:verif(?:y|ies|ication)|check|confirm|ensure|validate)\b", re.IGNORECASE)
_ABOUT_DATA = re.compile(r"\b(?:migrat\w*|schema|tables?|database|data|columns?)\b", re.IGNORECASE)
_WATCH = re.compile(
    r"\b(?:monitor|watch|observe)\b[^.\n]{0,50}?\bfor\s+(?:at least\s+|about\s+|the (?:next|first)\s+)?(?P<time>\d+(?:\s*(?:-|to)\s*\d+)?\s*(?:min\w*|m\b|hours?|hrs?|h\b|seconds?|sec\b|s\b))",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"\b(?:while|until|for)\b[^\n]*;?\s*(?:do)?\b|\bwatch\b|\bsleep\b|\btimeout\b|\s-f\b|--follow|--watch|\s-w\b|--since|--last|--start-time|\btop\b|\bstats\b"
    r"|\bab\b|\bwrk\b|\bk6\b|\blocust\b|\bhey\b|\[\d+[mh]\]|\bstart=|\brollout status\b|\btail\b|\blogs?\b|\bjournalctl\b|\binterval\b|--duration|\bvmstat\b|\biostat\b|\bsar\b",
    re.IGNORECASE,
)  # fmt: skip
_WATCHER = re.compile(r"^$|^(?:echo|printf|read|exit)$|monitor|watch|soak|\(\)")
_SERVED = re.compile(r"s_client|ssl-cert|nmap\b|sslscan|testssl|-connect\b", re.IGNORECASE)
_SITE_FILE = re.compile(
    r"^/(?!.*(?:\b|_)(?:ca|root|chain|client|kubelet|pki|etcd)(?:\b|_)).+$", re.IGNORECASE
)
_END_DATES = re.compile(r"^-(?:enddate|dates|checkend)$")
_ABOUT_SITE = re.compile(r"\b(?:ssl|tls|https|cert\w*|expir\w*)\b", re.IGNORECASE)
_OWN_SHELL = re.compile(r"\b(?:shell|console|repl|interactive)\b", re.IGNORECASE)
_KEEPS = re.compile(
    r"\.(?:save|commit|set|update|write|put|post|publish|config_set|execute|alter|send|refresh|delete|create)\w*\(|setattr|os\.environ"
)
_WORD = re.compile(r"^\w[\w.-]*$")


def _finds_itself(case: Case) -> Iterator[Found]:
    for placed in list_named(case, *_SEARCHES):
        feed = placed.call.feed
        if feed is None or feed.kind != "pipe" or feed.name != "ps" or not placed.call.local:
            continue
        words = [word.text for word in placed.call.arguments]
        pattern = next((word for word in words if not word.startswith("-")), "")
        inverted = any(re.fullmatch(r"-\w*v\w*|--invert-match", word) for word in words)
        if (
            inverted
            or placed.block.kind is Kind.TRANSCRIPT
            or not pattern
            or re.search(r"[\[^$]", pattern)
            or _is_left_out(case.runbook, placed)
            or not _lists_commands(case.runbook, placed)
        ):
            continue
        yield marked(
            case.runbook,
            line_of(placed),
            pattern,
            f"The list holds this very search for “{pattern}”: it finds itself, and ends well, when no such process runs.",
            _bracketed(case.runbook, placed, pattern),
        )


def _is_left_out(runbook: Runbook, placed: Placed) -> bool:
    """Whether a later search of the pipeline leaves the search itself out."""
    line = " ".join(runbook.document.lines[line_of(placed) - 1 : placed.call.command.end + 1])
    return bool(
        re.search(
            r"grep\s+(?:-\w+\s+)*-\w*v\w*\s+(?:-e ?)?[\"']?\[?g\]?rep|!/grep/|awk\b[^|]*\$11|grep -v \$\$",
            line,
        )
    )


def _lists_commands(runbook: Runbook, placed: Placed) -> bool:
    """Whether ps shows command lines with their arguments, among them that of the search."""
    for one in calls_by_name(runbook).get("ps", ()):
        if line_of(one) == line_of(placed):
            words = [word.text for word in one.call.arguments]
            return not any(
                word in {"-C", "-p", "--pid", "-q", "--ppid"} or "comm" in word.split(",") or word == "-e"
                for word in words
            )
    return False


def _bracketed(runbook: Runbook, placed: Placed, pattern: str) -> Mend | None:
    """The same line with the first letter in brackets, which the search's own command line does not match."""
    line = runbook.document.lines[line_of(placed) - 1]
    if (
        placed.block.form == "inline"
        or not _WORD.match(pattern)
        or line.count(pattern) != 1
        or any(one in line for one in ("\\", "$("))
    ):
        return None
    quoted = f"'[{pattern[0]}]{pattern[1:]}'"
    for form in (f'"{pattern}"', f"'{pattern}'", pattern):
        if form in line:
            return Mend(line_of(placed), line_of(placed), line.replace(form, quoted))
    return None


def _name_of_a_table(case: Case) -> Iterator[Found]:
    for placed in list_named(case, "python", "python3"):
        words = [word.text for word in placed.call.arguments]
        text = words[words.index("-c") + 1] if "-c" in words[:-1] else ""
        said = said_above(case.runbook, line_of(placed))
        shown = _attribute_printed(text)
        if shown and _VERIFIES.search(said) and _ABOUT_DATA.search(said):
            yield marked(
                case.runbook,
                line_of(placed),
                shown,
                f"{shown} is a constant of the code: it is printed whether or not the table exists, and without asking the database.",
            )


def _attribute_printed(text: str) -> str:
    """The constant that a program prints and does nothing else; "" for any other program."""
    if "__" not in text:
        return ""
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError):
        return ""
    rest = [one for one in body if not isinstance(one, ast.Import | ast.ImportFrom)]
    printed = [_printed(one) for one in rest]
    return printed[0] if len(printed) == 1 else ""


def _printed(statement: ast.stmt) -> str:
    call = statement.value if isinstance(statement, ast.Expr) else None
    if (
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "print"
        and len(call.args) == 1
    ):
        shown = call.args[0]
        if isinstance(shown, ast.Attribute) and re.fullmatch(r"__\w+__", shown.attr):
            return shown.attr
    return ""


def _one_look(case: Case) -> Iterator[Found]:
    told: set[tuple[int, str]] = set()
    for placed in list_calls(case.runbook):
        inner = placed.call.through or placed.call.command.nested or placed.block.form == "inline"
        if inner or _WATCHER.search(placed.call.name):
            continue
        line = line_of(placed)
        found = _WATCH.search(said_above(case.runbook, line))
        stretch = _same_claim(case.runbook, placed.block, line)
        if not found or _GOES_ON.search(stretch) or (placed.block.number, found[0]) in told:
            continue
        told.add((placed.block.number, found[0]))
        yield marked(
            case.runbook,
            line,
            placed.call.name,
            f"{placed.call.name} looks once and ends: nothing is watched for {found['time']}, and what goes wrong a minute later is not seen.",
        )


def _same_claim(runbook: Runbook, block: Block, line: int) -> str:
    """The commands of a block from a line to the next comment."""
    lines = runbook.document.lines[line - 1 : block.end - 1]
    end = next(
        (place for place, text in enumerate(lines) if place and text.lstrip().startswith(("#", "--"))),
        len(lines),
    )
    return "\n".join(lines[:end])


def _file_not_served(case: Case) -> Iterator[Found]:
    for placed in list_named(case, "openssl"):
        words = [word.text for word in placed.call.arguments]
        if (
            words[:1] != ["x509"]
            or "-in" not in words[:-1]
            or not any(_END_DATES.match(word) for word in words)
        ):
            continue
        file = words[words.index("-in") + 1]
        if (
            file == "/dev/stdin"
            or not _SITE_FILE.search(file)
            or not _ABOUT_SITE.search(purpose_of(case.runbook, line_of(placed)))
        ):
            continue
        if not _SERVED.search(text_around(case.runbook, line_of(placed))):
            yield marked(
                case.runbook,
                line_of(placed),
                file,
                f"These are the dates of the file {file}: a server that was not reloaded since still shows the old certificate.",
            )


def _only_this_shell(case: Case) -> Iterator[Found]:
    for block in case.runbook.blocks:
        if (
            block.lang not in {"python", "py", "python3"}
            or block.kind is not Kind.COMMAND
            or _KEEPS.search(block.text)
        ):
            continue
        if not _OWN_SHELL.search(
            f"{block.text}\n{said_above(case.runbook, block.first_line)}"
        ) and not _is_step(case.runbook, block):
            continue
        for line, target in _attributes_set(block):
            yield marked(
                case.runbook,
                line,
                target,
                f"{target} is set in the process of this shell only: the workers that serve requests have objects of their own and never see it.",
            )


def _is_step(runbook: Runbook, block: Block) -> bool:
    """Whether a procedure has this carried out."""
    return any(
        step.block == block.number and step.kind == "command"
        for one in runbook.procedures
        for step in one.steps
    )


def _attributes_set(block: Block) -> Iterator[tuple[int, str]]:
    """Constants that are put into objects which the text itself imports or makes."""
    try:
        body = ast.parse(block.text).body
    except (SyntaxError, ValueError):
        return
    known = {
        alias.asname or alias.name for one in body if isinstance(one, ast.ImportFrom) for alias in one.names
    }
    if not all(isinstance(one, ast.Import | ast.ImportFrom | ast.Assign) for one in body):
        return
    for one in body:
        if not isinstance(one, ast.Assign) or len(one.targets) != 1:
            continue
        target = one.targets[0]
        if isinstance(target, ast.Name):
            known.add(target.id)
        elif isinstance(one.value, ast.Constant) and _owner_of(target) in known:
            yield block.first_line + one.lineno - 1, ast.unparse(target)


def _owner_of(target: ast.expr) -> str:
    """The object whose attribute is set; "" for any other assignment."""
    owner = target.value if isinstance(target, ast.Attribute) else None
    return owner.id if isinstance(owner, ast.Name) else ""


RULES = (
    Rule(
        id="search-finds-itself",
        severity=Severity.NOTE,
        title="A process is looked for in a list that holds the search too.",
        why=(
            "ps lists grep with the word it looks for among its arguments. There is always one line, and the exit is 0, also when what was"
            " looked for died hours ago."
        ),
        right="`pgrep -af NAME`, which never finds itself, or `systemctl is-active NAME`; with ps, `grep '[n]ame'` (every version).",
        bad=example("Workers", "bash", "ps aux | grep celery"),
        good=example("Workers", "bash", "pgrep -af celery"),
        look=_finds_itself,
        misleads=True,
    ),
    Rule(
        id="constant-proves-no-table",
        severity=Severity.WARNING,
        title="A migration counts as verified because a constant of the code can be printed.",
        why="The name stands in the class. Printing it opens no connection; it looks the same before, after and without the migration.",
        right="`alembic current --check-heads` (Alembic 1.17.1), and a statement that reads a new column of the table.",
        bad=example("Migration", "bash", "# Verify the migration", 'python -c "from shop.models import Order; print(Order.__tablename__)"'),
        good=example("Migration", "bash", "# Verify the migration", "alembic current --check-heads"),
        look=_name_of_a_table,
        misleads=True,
    ),
    Rule(
        id="one-look-is-no-watch",
        severity=Severity.WARNING,
        title="Something is to be watched for a time, and is looked at once.",
        why="What breaks after a change often breaks when the first cache expires or the first queue is full: minutes later.",
        right="Look again and again until the time is over, and fail at the first bad look: a loop with sleep and a limit, or an alert.",
        bad=example("Release", "bash", "# Watch for 15 minutes", "curl -fsS http://shop.example/health"),
        good=example(
            "Release", "bash", "# Watch for 15 minutes", "for look in {1..90}; do curl -fsS http://shop.example/health || exit 1; sleep 10; done"
        ),
        look=_one_look,
        misleads=True,
    ),
    Rule(
        id="certificate-file-not-served",
        severity=Severity.WARNING,
        title="The end of a certificate is read from its file, and the server is not asked.",
        why="A renewal writes a new file; the server keeps the old certificate in memory until it is reloaded. Visitors see that one.",
        right=(
            "`openssl s_client -connect HOST:443 -servername HOST </dev/null | openssl x509 -noout -enddate`, and compare the serial with"
            " the file's (OpenSSL 1.0 and later)."
        ),
        bad=example("Certificate", "bash", "# Check when the certificate expires", "openssl x509 -in /etc/ssl/shop.pem -noout -enddate"),
        good=example(
            "Certificate",
            "bash",
            "# Check when the certificate expires",
            "openssl s_client -connect shop.example:443 </dev/null | openssl x509 -noout -enddate",
        ),
        look=_file_not_served,
        misleads=True,
    ),
    Rule(
        id="changed-in-this-shell-only",
        severity=Severity.ERROR,
        title="A setting is changed in the objects of a shell that nobody else uses.",
        why=(
            "Each worker process imports the module for itself. What is assigned in a console lives as long as the console, and the service"
            " goes on as before while the incident is thought to be mended."
        ),
        right="Change what all workers read: a setting and a reload, or a switch in the database or Redis with a time at which it ends.",
        bad=example("Pool", "python", "# In the application's shell", "from shop.pool import get_pool", "pool = get_pool()", "pool.size = 100"),
        good=example(
            "Pool",
            "python",
            "# In the application's shell",
            "from shop.switches import Switch",
            "Switch.objects.filter(name='pool_size').update(value=100)",
        ),
        look=_only_this_shell,
        misleads=True,
    ),
)  # fmt: skip
