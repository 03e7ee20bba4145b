"""Rules about looks into logs that miss what they are meant to find."""

import re
from collections.abc import Iterator
from itertools import pairwise

from runward.runbooks.finding.around import calls_by_name, line_of, list_named, marked
from runward.runbooks.finding.claims import purpose_of
from runward.runbooks.finding.commands import Placed
from runward.runbooks.finding.example import example
from runward.runbooks.finding.model import Case, Found, Mend, Rule, Severity
from runward.runbooks.model import Runbook
from runward.runbooks.shell.model import Call

_SEARCHES = ("grep", "egrep", "fgrep", "zgrep")
_FILTERS = frozenset({*_SEARCHES, "rg", "awk", "wc", "jq"})
_TAKES_VALUE = frozenset({"--tail", "-n", "--since", "--until"})
_LOG_FILE = re.compile(r"\.log(?:\.\d+)?(?:\.gz)?$|^/var/log/|_log$", re.IGNORECASE)
_REQUEST = re.compile(r"(?:GET|POST|PUT|PATCH|DELETE|HEAD) ")  # requests are logged to standard output
_BOTH = re.compile(r"2>&1|\|&|&>")
_FIRST = re.compile(
    r"\b(?:first|earliest|oldest|start\w*|began|beginning|boot|initial|head\w*)\b", re.IGNORECASE
)
_ORDERED = re.compile(r"\b(?:sort|tac|uniq|tail|cut)\b|\bls\b|--since|-m\s*\d")


def _words_counted(case: Case) -> Iterator[Found]:
    for placed in list_named(case, *_SEARCHES):
        call = placed.call
        words = [word.text for word in call.arguments if not word.text.startswith("-")]
        folded = any(re.fullmatch(r"-\w*i\w*|--ignore-case", one.text) for one in call.arguments)
        if (
            not words
            or (words[0].lower() if folded else words[0]) != "error"
            or any(re.fullmatch(r"-\w*[vw]\w*", one.text) for one in call.arguments)
        ):
            continue
        counts = any(re.fullmatch(r"-\w*c\w*|--count", one.text) for one in call.arguments)
        if counts or _is_counted(case.runbook, placed):
            yield marked(
                case.runbook,
                line_of(placed),
                call.name,
                f"This counts lines that hold the word “{words[0]}”, also “0 errors” and addresses with it, and none of level FATAL or CRITICAL.",
            )


def _is_counted(runbook: Runbook, placed: Placed) -> bool:
    """Whether what a search finds goes to `wc -l`."""
    for one in calls_by_name(runbook).get("wc", ()):
        feed = one.call.feed
        if feed and feed.name == placed.call.name and line_of(one) == line_of(placed):
            return one.call.has("-l")
    return False


def _complaints_lost(case: Case) -> Iterator[Found]:
    for placed in list_named(case, "docker", "podman", "nerdctl"):
        container = _logs_of(placed.call)
        if not container or not placed.call.command.piped or _is_both(case.runbook, placed):
            continue
        reader = _filter_of(case.runbook, placed)
        if reader:
            yield marked(
                case.runbook,
                line_of(placed),
                f"{placed.call.name} logs",
                f"{reader} sees only what {container} wrote to its standard output: its complaints pass beside the pipe.",
                _joined(case.runbook, placed),
            )


def _logs_of(call: Call) -> str:
    """The container whose logs are shown; "" for anything else, and for compose, which joins both streams."""
    words = [word.text for word in call.arguments]
    words = words[1:] if words[:1] == ["container"] else words
    pairs = pairwise(words)
    named = [word for before, word in pairs if not word.startswith("-") and before not in _TAKES_VALUE]
    return named[-1] if words[:1] == ["logs"] and named else ""


def _is_both(runbook: Runbook, placed: Placed) -> bool:
    line = runbook.document.lines[line_of(placed) - 1]
    return bool(_BOTH.search(placed.call.command.text) or _BOTH.search(line) or placed.call.command.redirects)


def _filter_of(runbook: Runbook, placed: Placed) -> str:
    for name in sorted(_FILTERS):
        for one in calls_by_name(runbook).get(name, ()):
            feed = one.call.feed
            if (
                feed
                and feed.kind == "pipe"
                and feed.name == placed.call.name
                and line_of(one) == line_of(placed)
            ):
                wanted = next((word.text for word in one.call.arguments if not word.text.startswith("-")), "")
                return "" if _REQUEST.match(wanted) else name
    return ""


def _joined(runbook: Runbook, placed: Placed) -> Mend | None:
    """The same line with both streams joined before the pipe."""
    line = runbook.document.lines[line_of(placed) - 1]
    if placed.block.form == "inline" or line.count("|") != 1 or " | " not in line:
        return None
    return Mend(line_of(placed), line_of(placed), line.replace(" | ", " 2>&1 | "))


def _oldest_shown(case: Case) -> Iterator[Found]:
    for placed in list_named(case, "head"):
        feed = placed.call.feed
        if (
            feed is None
            or feed.name not in {*_SEARCHES, "cat", "zcat"}
            or _FIRST.search(purpose_of(case.runbook, line_of(placed)))
        ):
            continue
        line = case.runbook.document.lines[line_of(placed) - 1]
        log = _log_searched(case.runbook, placed, feed.name)
        if log and not _ORDERED.search(line) and not re.search(r"head\s+-(?:n\s*)?1\b", line):
            yield marked(
                case.runbook,
                line_of(placed),
                "head",
                f"head shows the oldest lines that match in {log}; what happened last is at its end and stays unseen.",
            )


def _log_searched(runbook: Runbook, placed: Placed, name: str) -> str:
    for one in calls_by_name(runbook).get(name, ()):
        if line_of(one) == line_of(placed):
            files = [word.text for word in one.call.arguments if _LOG_FILE.search(word.text)]
            return files[0] if files else ""
    return ""


RULES = (
    Rule(
        id="error-words-counted",
        severity=Severity.NOTE,
        title="Errors are counted by the lines that hold the word.",
        why=(
            "A line such as “finished with 0 errors” counts, and one of level FATAL without the word does not. A limit on this number"
            " fires for nothing or never."
        ),
        right="Ask for the level: `journalctl -p err` (systemd), or the level field of structured logs with jq.",
        bad=example("Errors", "bash", "journalctl -u shop --since today | grep -i error | wc -l"),
        good=example("Errors", "bash", "journalctl -u shop --since today -p err --no-pager | wc -l"),
        look=_words_counted,
    ),
    Rule(
        id="container-errors-pass-by",
        severity=Severity.WARNING,
        title="A container's logs are searched without what it wrote to standard error.",
        why=(
            "docker logs gives each stream back as it was written: most programs log errors to standard error, which a pipe does not take."
            " The search says “nothing found” while the errors stand above it, or nowhere."
        ),
        right="`docker logs NAME 2>&1 | grep ...` (every version); docker compose logs joins both by itself.",
        bad=example("Errors", "bash", "docker logs shop-api | grep -i error"),
        good=example("Errors", "bash", "docker logs shop-api 2>&1 | grep -i error"),
        look=_complaints_lost,
        misleads=True,
    ),
    Rule(
        id="oldest-matches-shown",
        severity=Severity.WARNING,
        title="The matches in a log are cut off at their beginning, which is the oldest.",
        why="A log grows at its end. The first twenty matches are those of last week, and they stay the same while it burns.",
        right="`... | tail -20` for the newest, or count by minute or address: `cut ... | sort | uniq -c | sort -rn | head` (every version).",
        bad=example("Errors", "bash", "grep 502 /var/log/nginx/access.log | head -20"),
        good=example("Errors", "bash", "grep 502 /var/log/nginx/access.log | tail -20"),
        look=_oldest_shown,
    ),
)  # fmt: skip
