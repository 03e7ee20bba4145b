"""Judge exit codes, HTTP statuses and numbers of rows."""

import re

from runward.runbooks.model import Expectation, Operator
from runward.runs.judging.figures import holds, wanted_words
from runward.runs.judging.ruling import Ruling, decided, met, not_met, unknown, worst_of
from runward.runs.outcome import Seen, SeenCommand

_TESTS = re.compile(r"(?:\[\[?|test)\s")
_HTTP = re.compile(r"\b(?:curl|wget|https?|xh|Invoke-WebRequest|Invoke-RestMethod|iwr|irm)\b", re.IGNORECASE)
_STATUS_LINE = re.compile(r"^\s*HTTP/\d(?:\.\d)?\s+(?P<status>\d{3})\b", re.MULTILINE)
_WRITTEN = re.compile(r"%\{(?:http_code|response_code)\}")
_UNREACHED = {
    5: "the proxy's name was not resolved",
    6: "the host's name was not resolved",
    7: "nothing answered at this address",
    28: "it timed out",
    35: "TLS could not be agreed on",
    47: "too many redirects",
    52: "the server closed without an answer",
    56: "the connection broke",
    60: "the certificate is not trusted",
}
_ROWS_SAID = re.compile(r"^\((\d+) rows?\)\s*$", re.MULTILINE)


def exits(expectation: Expectation, seen: Seen) -> Ruling:
    """Exit codes: of the commands on the expectation's lines, or of the block."""
    wanted = expectation.value or "0"
    if not expectation.at:
        return _whole(expectation, seen, wanted)
    commands = seen.commands_at(expectation.at)
    if not commands:
        return unknown(f"line {min(expectation.at)} was not executed")
    for command in commands:
        if command.failed or (command is commands[0] and _TESTS.match(command.text) and any(command.exits)):
            return not_met(f"`{_short(command)}` ended with {_codes(command)} (line {command.line})")
    if not seen.ended:
        return unknown(f"block {seen.block} was not seen to end by itself")
    last = commands[-1]
    if not last.exits:
        return unknown(f"the exit code of `{_short(last)}` was not seen (line {last.line})")
    if len(commands) == 1 and not _holds(last.exits[-1], expectation, wanted):
        return not_met(f"`{_short(last)}` ended with {_codes(last)}, wanted {wanted} (line {last.line})")
    return met(f"`{_short(last)}` ended with {_codes(last)} (line {last.line})")


def _whole(expectation: Expectation, seen: Seen, wanted: str) -> Ruling:
    if seen.failures and wanted == "0" and expectation.operator in {None, Operator.EQUAL}:
        return not_met(seen.failures[0])
    if seen.exit is None or not seen.ended:
        return unknown(f"block {seen.block} was not seen to end by itself")
    said = (
        f"block {seen.block} ended with {seen.exit}, wanted {wanted_words(expectation.operator, wanted, '')}"
    )
    return decided(_holds(seen.exit, expectation, wanted), said)


def _holds(code: int, expectation: Expectation, wanted: str) -> bool:
    return holds(float(code), expectation.operator or Operator.EQUAL, wanted)


def statuses(expectation: Expectation, seen: Seen) -> Ruling:
    """HTTP statuses of the requests on the expectation's lines; all of them must do."""
    requests = [command for command in seen.commands_at(expectation.at) if _HTTP.search(command.text)]
    named = [command for command in requests if not expectation.name or expectation.name in command.text]
    requests = named or requests
    if not requests:
        return unknown("no request was executed that could have a status")
    rulings = [_status_of(command, expectation, seen) for command in requests]
    return worst_of(rulings)


def _status_of(command: SeenCommand, expectation: Expectation, seen: Seen) -> Ruling:
    wanted = wanted_words(expectation.operator, expectation.value, "")
    where = f"line {command.line}"
    status = command.http_status or _printed_status(command, seen)
    if status:
        good = holds(float(status), expectation.operator or Operator.EQUAL, expectation.value)
        return decided(
            good, f"the answer to `{_short(command)}` has status {status}, wanted {wanted} ({where})"
        )
    first = command.exits[0] if command.exits else 0
    if first == 22:
        return not_met(f"`{_short(command)}` says that the status is 400 or above, wanted {wanted} ({where})")
    if first in _UNREACHED:
        return not_met(f"`{_short(command)}` got no answer: {_UNREACHED[first]} ({where})")
    if first:
        return unknown(f"`{_short(command)}` ended with {first} and no status was seen ({where})")
    return unknown(f"`{_short(command)}` printed an answer without its status ({where})")


def _printed_status(command: SeenCommand, seen: Seen) -> int:
    """The status in the headers printed, that of the last answer where there were redirects; 0 if none."""
    text = seen.text_at((command.line,))
    beside = [one for one in seen.commands_at((command.line,)) if _HTTP.search(one.text)]
    if len(beside) > 1:
        return 0
    if _WRITTEN.search(command.text):
        written = re.findall(r"(?<!\d)([1-5]\d\d)(?!\d)", text)
        return int(written[-1]) if written else 0
    lines = _STATUS_LINE.findall(text)
    return int(lines[-1]) if lines else 0


def rows(expectation: Expectation, seen: Seen) -> Ruling:
    """How many rows or lines there are."""
    wanted = wanted_words(expectation.operator, expectation.value, "")
    if not seen.ended:
        return unknown(f"block {seen.block} was not seen to end by itself")
    broken = [command for command in seen.commands_at(expectation.at) if command.failed]
    if broken:
        return unknown(f"`{_short(broken[0])}` failed, so its lines prove nothing (line {broken[0].line})")
    count, what = _count(expectation, seen)
    if count is None:
        return unknown(f"block {seen.block} returned no rows that could be counted")
    said = f"there are {count} {what}, wanted {wanted} (block {seen.block})"
    return decided(holds(float(count), expectation.operator or Operator.EQUAL, expectation.value), said)


def _count(expectation: Expectation, seen: Seen) -> tuple[int | None, str]:
    tables = seen.tables_at(expectation.at)
    with_rows = [table for table in tables if table.columns]
    if with_rows:
        return with_rows[-1].count, "rows"
    if tables or seen.exit is None:
        return None, "rows"
    text = seen.text_at(expectation.at)
    said = _ROWS_SAID.findall(text)
    if said:
        return int(said[-1]), "rows"
    if not seen.whole:
        return None, "lines"
    return sum(bool(line.strip()) for line in text.split("\n")), "lines"


def _codes(command: SeenCommand) -> str:
    return " | ".join(str(code) for code in command.exits) or "an unknown exit code"


def _short(command: SeenCommand) -> str:
    text = " ".join(command.text.split())
    return text if len(text) <= 60 else text[:59] + "…"
