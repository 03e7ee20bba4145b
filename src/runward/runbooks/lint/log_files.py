"""Rules about log files that a program still writes to."""

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatch

from runward.runbooks.finding.around import is_advised_against, line_of, list_named, marked, text_before
from runward.runbooks.finding.example import example
from runward.runbooks.finding.model import Case, Found, Rule, Severity
from runward.runbooks.model import Kind, Runbook
from runward.runbooks.python.judge import tree_of
from runward.runbooks.shell.model import Call

_CURRENT = re.compile(r"(?:.*/)?(?:\*|[\w.-]*\*?)\.log\*?")
_LOG = re.compile(r"[\w$/{}.*-]*(?:/log/|/logs/|\.log\b|_log\b|catalina\.out|nohup\.out)[\w$/{}.*-]*")
_TRUNCATING = re.compile(
    r"^\s*(?:sudo\s+)?(?:(?:(?:cat\s+/dev/null|:|true|echo\s+-n|echo\s+(?:\"\"|'')|echo)\s*)?(?<![>|&\d])>(?!>)\s*(?P<file>\S+)"
    r"|truncate\s+(?:-s|--size)[\s=]*0\s+(?P<cut>\S+))\s*(?:#.*)?$"
)
_SAVED = re.compile(
    r"\b(?:cp|rsync|scp|tar|mv|zip)\s|gzip\s+-c|s3\s+cp|\btail\s+(?:-n\s*\d+|-\d+)[^\n|]*>|archive|save (?:a copy|the last|what)|back(?:ed)? up",
    re.IGNORECASE,
)


def _truncated(case: Case) -> Iterator[Found]:
    for block in case.runbook.blocks:
        if block.kind not in {Kind.COMMAND, Kind.TRANSCRIPT} or not (
            ">" in block.text or "truncate" in block.text
        ):
            continue
        before = ""
        for number, line in enumerate(block.text.split("\n"), block.first_line):
            found = _TRUNCATING.match(line) if not before.endswith("\\") else None
            before = line.rstrip()
            file = (found["file"] or found["cut"]) if found else ""
            if not file or not _LOG.fullmatch(file.strip("'\"")) or is_advised_against(case.runbook, number):
                continue
            if not _SAVED.search(text_before(case.runbook, number)):
                said = (
                    f"It empties {file} without keeping a copy: what the log says about the trouble is gone."
                )
                yield marked(case.runbook, number, file, said)


def _removed_while_open(case: Case) -> Iterator[Found]:
    for placed in list_named(case, "find", "rm", "gzip"):
        call = placed.call
        if call.through[-1:] == ("find",):
            continue
        name = _named_by(call)
        if (
            not name
            or not _CURRENT.fullmatch(name)
            or not _LOG.search(" ".join(word.text for word in call.arguments))
        ):
            continue
        does = (
            "compresses"
            if call.name == "gzip" or any(word.text == "gzip" for word in call.arguments)
            else "deletes"
        )
        said = (
            f"It {does} {name}, the name that a program writes to now: one that keeps it open goes on writing into the file that is gone,"
            " so those lines are lost and the space is not freed."
        )
        yield marked(case.runbook, line_of(placed), name, said)


def _named_by(call: Call) -> str:
    """The log file or pattern that a call deletes or compresses, "" if it does neither."""
    words = [word.text for word in call.arguments]
    if call.name == "find":
        ends = call.has("-delete") or {"rm", "gzip"} & set(words)
        names = [words[at + 1] for at, word in enumerate(words[:-1]) if word in {"-name", "-iname"}]
        return names[0] if ends and names else ""
    if call.name == "gzip" and call.has("-c", "-k", "--keep", "--stdout", "-d", "-t", "-l"):
        return ""
    logs = [
        word
        for word in words
        if word.endswith((".log", ".log*")) and not re.search(r"\d", word.rpartition("/")[2])
    ]
    return logs[0] if logs else ""


def _rotation_unnoticed(case: Case) -> Iterator[Found]:
    if "logrotate" not in case.runbook.document.text and "postrotate" not in case.runbook.document.text:
        return
    held = dict(_handlers(case.runbook))
    for pattern, line, text in _stanzas(case.runbook):
        kept = next((path for path in held if fnmatch(path, pattern)), None)
        if kept and re.search(r"^\s*create\b", text, re.MULTILINE) and "copytruncate" not in text:
            said = (
                f"After rotation the application goes on writing to the renamed file: FileHandler (line {held[kept]}) keeps {kept} open, and"
                " only a signal that makes it open the file again, or WatchedFileHandler, moves it to the new one."
            )
            at = next(
                number for number, one in enumerate(text.split("\n"), line) if re.match(r"\s*create\b", one)
            )
            yield marked(case.runbook, at, "create", said)


def _handlers(runbook: Runbook) -> Iterator[tuple[str, int]]:
    """The files that logging.FileHandler is given in the document's Python, with their lines."""
    for block in runbook.blocks:
        if block.lang not in {"python", "py", "python3"} or "FileHandler" not in block.text:
            continue
        for node in ast.walk(tree_of(block.text) or ast.Module([], [])):
            if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name == "FileHandler" and isinstance(node.args[0].value, str):
                yield node.args[0].value, block.first_line + node.lineno - 1


def _stanzas(runbook: Runbook) -> Iterator[tuple[str, int, str]]:
    """The stanzas of logrotate: what each is for, its line and its text."""
    for block in runbook.blocks:
        if "rotate" not in block.text:
            continue
        for found in re.finditer(r"^\s*(/\S+)\s*\{([^}]*)\}", block.text, re.MULTILINE):
            yield found[1], block.first_line + block.text.count("\n", 0, found.start(2)), found[2]


RULES = (
    Rule(
        id="log-emptied",
        severity=Severity.WARNING,
        title="A log is emptied before a copy of it is kept.",
        why="The disk is often full because something goes wrong, and the log that is emptied is what says so; nothing brings it back.",
        right="Copy or compress it elsewhere first (`gzip -c app.log > /mnt/spare/app.log.gz`), then empty it; better let logrotate do both (`copytruncate`).",
        bad=example("Disk full", "bash", "> /var/log/shop/app.log"),
        good=example(
            "Disk full",
            "bash",
            "gzip -c /var/log/shop/app.log > /mnt/spare/app.log.gz",
            "> /var/log/shop/app.log",
        ),
        look=_truncated,
        instead="disk-full",
    ),
    Rule(
        id="log-removed-while-open",
        severity=Severity.WARNING,
        title="A log file is deleted or compressed under the name that its program writes to.",
        why=(
            "A program keeps its log open: after the file is removed or replaced, it writes on into nothing that has a name. The space is freed only"
            " when it is restarted. A quiet service's current log is old, so an age limit does not spare it."
        ),
        right="Rotate first (logrotate with `copytruncate`, or a signal to reopen), and delete or compress only rotated names (`*.log.*`, dated files).",
        bad=example("Disk full", "bash", "find /var/log/shop -name '*.log' -mtime +7 -exec gzip {} \\;"),
        good=example("Disk full", "bash", "find /var/log/shop -name 'app.log.*' -mtime +7 -exec gzip {} \\;"),
        look=_removed_while_open,
        instead="disk-full",
    ),
    Rule(
        id="rotation-unnoticed",
        severity=Severity.WARNING,
        title="Logs are rotated by renaming, and the application keeps the old file open.",
        why="logging.FileHandler opens its file once: after logrotate's `create` the lines go to the renamed file, then to the deleted one, unless the reload really opens it again.",
        right="Use logging.handlers.WatchedFileHandler, or `copytruncate` in logrotate; try it with `logrotate -d` and `logrotate -f`.",
        bad="\n".join(
            (
                example(
                    "Logging",
                    "python",
                    "import logging",
                    'logging.basicConfig(handlers=[logging.FileHandler("/var/log/shop/app.log")])',
                ),
                example(
                    "Rotation",
                    "text",
                    "# /etc/logrotate.d/shop",
                    "/var/log/shop/*.log {",
                    "    daily",
                    "    create 0640 shop shop",
                    "}",
                ),
            )
        ),
        good="\n".join(
            (
                example(
                    "Logging",
                    "python",
                    "import logging",
                    'logging.basicConfig(handlers=[logging.FileHandler("/var/log/shop/app.log")])',
                ),
                example(
                    "Rotation",
                    "text",
                    "# /etc/logrotate.d/shop",
                    "/var/log/shop/*.log {",
                    "    daily",
                    "    copytruncate",
                    "}",
                ),
            )
        ),
        look=_rotation_unnoticed,
    ),
)
