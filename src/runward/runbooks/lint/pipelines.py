"""Rules about scripts that end well whatever happened within them."""

import re
from collections.abc import Iterator

from runward.runbooks.finding.around import calls_by_name, line_of, list_named, marked
from runward.runbooks.finding.commands import Placed
from runward.runbooks.finding.example import example
from runward.runbooks.finding.model import Case, Found, Rule, Severity
from runward.runbooks.model import Block, Kind, Runbook
from runward.runbooks.shell.options import words_of

_DUMPS = (
    "pg_dump",
    "pg_dumpall",
    "mysqldump",
    "mariadb-dump",
    "mongodump",
    "pg_basebackup",
    "mariabackup",
    "xtrabackup",
)
_PIPE_WATCHED = re.compile(r"\bpipefail\b|PIPESTATUS|pipestatus")
_FAILS = words_of("-f --fail --fail-with-body --fail-early")
_SHOWS_STATUS = re.compile(r"http_code|response_code|%\{")
_STOPS = re.compile(
    r"^\s*set\s+-\w*e|\bset\s+-o\s+errexit|\bexit\s+(?:[1-9]|\"?\$)|\breturn\s+[1-9]|\btrap\b[^\n]*\bERR\b",
    re.MULTILINE,
)
_ONLY_SAYS = re.compile(r"\|\|\s*(?:\{\s*)?(?:echo|printf)\b")
_ALL_WELL = re.compile(
    r"^\s*(?:echo|printf)\s[^\n]*(?:\b(?:checks?|verification|validation|tests?) (?:is |are )?(?:complete[d]?|finished|done)\b"
    r"|\b(?:passed|success\w*|healthy|all good)\b|✅|🎉)",
    re.IGNORECASE,
)
_BRANCHES = re.compile(r"^\s*(?:else|elif|\)|fi|done|esac|\})")


def _hides_the_dump(case: Case) -> Iterator[Found]:
    for placed in list_named(case, *_DUMPS):
        shown_only = not placed.call.command.piped or placed.block.form == "inline"
        if shown_only or _PIPE_WATCHED.search(placed.block.text):
            continue
        after, name = _reader_of(case.runbook, placed), placed.call.name
        if after:
            yield marked(
                case.runbook,
                line_of(placed),
                name,
                f"The exit of this line is that of {after}: where {name} fails half-way or finds no server, {after} takes what came,"
                " nothing included, and ends well.",
            )


def _reader_of(runbook: Runbook, placed: Placed) -> str:
    """The program that reads what another prints; "" where that is a substitution, or a dump is only loaded."""
    for one in calls_by_name(runbook).values():
        for reader in one:
            feed, command = reader.call.feed, reader.call.command
            near = command.line <= line_of(placed) + 3 and command.line >= line_of(placed)
            if (
                feed
                and feed.kind == "pipe"
                and feed.name in {placed.call.name, *placed.call.through}
                and near
            ):
                return "" if reader.block.number != placed.block.number else reader.call.name
    return ""


def _hides_the_status(case: Case) -> Iterator[Found]:
    for placed in list_named(case, "curl"):
        command, words = placed.call.command, placed.call.arguments
        if not command.piped or command.nested or not _is_check(placed) or _SHOWS_STATUS.search(command.text):
            continue
        if any(
            word.text in _FAILS or re.fullmatch(r"-[a-zA-Z]*[fIiv][a-zA-Z]*", word.text) for word in words
        ):
            continue
        reader = _reader_of(case.runbook, placed)
        if reader in {"jq", "python", "python3", "json_pp"}:
            yield marked(
                case.runbook,
                line_of(placed),
                "curl",
                f"curl ends with exit 0 when the server answers 500, and the exit of the line is that of {reader}: this look cannot fail.",
            )


def _is_check(placed: Placed) -> bool:
    """Whether a script asks, and no person who only reads the answer."""
    return placed.block.text.lstrip().startswith("#!")


def _always_well(case: Case) -> Iterator[Found]:
    for block in case.runbook.blocks:
        if block.kind is not Kind.COMMAND or block.form == "inline" or _STOPS.search(block.text):
            continue
        line = _last_words(block)
        if line and len(_ONLY_SAYS.findall(block.text)) + _flags_only(block.text) > 0:
            text = case.runbook.document.lines[line - 1].strip()
            yield marked(
                case.runbook,
                line,
                text,
                "This is said, and the script ends with exit 0, after every check above it has failed too.",
            )


def _last_words(block: Block) -> int:
    """The line on which a script ends by saying that all is well; 0 where it does not."""
    lines = block.text.rstrip().split("\n")
    if not _ALL_WELL.match(lines[-1]) or lines[-1].startswith((" ", "\t")):
        return 0
    return block.first_line + len(lines) - 1


def _flags_only(text: str) -> int:
    """How many conditions of a script do nothing but print that something is wrong."""
    return len(
        re.findall(
            r"\bthen\s*\n\s*echo\s[^\n]*(?:❌|fail|critical|error|down|not running)[^\n]*\n\s*fi\b",
            text,
            re.IGNORECASE,
        )
    )


RULES = (
    Rule(
        id="pipe-hides-failed-dump",
        severity=Severity.ERROR,
        title="A dump goes through a pipe whose exit is that of the last program.",
        why=(
            "Without pipefail the shell looks at the last program only. A dump of a server that cannot be reached leaves a file of twenty"
            " bytes and exit 0, and what follows uploads it, calls it good and deletes the old ones."
        ),
        right=(
            "`set -o pipefail` at the top (bash, every version; POSIX since 2024), or no pipe: `pg_dump -F c -f FILE` compresses by itself."
            " Write to a temporary name and rename it when all is well."
        ),
        bad=example("Backup", "bash", "pg_dump shop | gzip > shop.sql.gz"),
        good=example("Backup", "bash", "set -euo pipefail", "pg_dump shop | gzip > shop.sql.gz"),
        look=_hides_the_dump,
    ),
    Rule(
        id="check-cannot-fail",
        severity=Severity.WARNING,
        title="A health check asks by curl in a way that ends well whatever the answer is.",
        why=(
            "curl takes an answer of 500 for an answer and ends with 0; behind a pipe not even a refused connection is seen. Without a time"
            " limit it may also wait for minutes."
        ),
        right="`curl -fsS --max-time 5 URL` with pipefail; --fail-with-body keeps the answer too (curl 7.76).",
        bad=example("Health check", "bash", "#!/bin/bash", "curl -s http://shop.example/health | jq .status"),
        good=example(
            "Health check", "bash", "#!/bin/bash", "set -o pipefail", "curl -fsS --max-time 5 http://shop.example/health | jq .status"
        ),
        look=_hides_the_status,
    ),
    Rule(
        id="always-ends-well",
        severity=Severity.WARNING,
        title="A script of checks says at its end that all is well whatever it found.",
        why=(
            "The checks only print their complaint. Whoever calls the script (cron, a pipeline, a monitor) sees exit 0 and the last line,"
            " and a person who scrolls to the end reads a success."
        ),
        right='Count the failures and say so: `failed=0; check || failed=1; exit "$failed"` (every shell).',
        bad=example("Health", "bash", 'pg_isready || echo "database is down"', 'echo "All checks completed"'),
        good=example(
            "Health",
            "bash",
            "failed=0",
            'pg_isready || { echo "database is down"; failed=1; }',
            'echo "Checks completed, failed: $failed"',
            'exit "$failed"',
        ),
        look=_always_well,
    ),
)  # fmt: skip
