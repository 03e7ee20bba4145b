"""Decide which commands of a script failed, from what was recorded of each."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from runward.plugins.contracts import CommandResult, Failure
from runward.plugins.shell.programs import Meaning, meaning_of
from runward.plugins.shell.recording import Mark

_ASKS_STATUS = re.compile(r"http_code|response_code")
_SILENT = re.compile(r"(?:2|&)>>?\s*/dev/null")
_OK = Meaning(failed=False, why="")


def command_result(mark: Mark, told: Mapping[str, Any], *, pipefail: bool, section: int) -> CommandResult:
    """What one mark did, judged by its worst time."""
    seen = [tuple(int(word) for word in form.split()) for form in told["exits"]]
    judged = [(exits, *_judged(mark, exits, pipefail=pipefail)) for exits in seen]
    exits, meaning, handled = max(
        judged, key=lambda one: (one[1].failed, any(one[0])), default=((), _OK, False)
    )
    started = told["started"]
    result = CommandResult(
        line=mark.line,
        text=mark.text,
        exits=exits,
        members=mark.members,
        failed=meaning.failed,
        handled=handled,
        why=meaning.why,
        bounded=told["bounded"],
        times=told["times"],
        section=section,
        started_at=datetime.fromtimestamp(started, UTC) if started else None,
        took_seconds=round(told["took"], 6),
    )
    if told["bounded"] and any(exits):
        result = replace(
            result, failed=False, handled=False, why="it follows for ever; it was ended when there was enough"
        )
    return _with_answer(result, mark, told["http"])


def _judged(mark: Mark, exits: tuple[int, ...], *, pipefail: bool) -> tuple[Meaning, bool]:
    """The worst that the members of a pipeline say, and whether the block deals with it."""
    texts = _texts(mark, exits)
    dealt_with = _OK
    answer = _OK
    for place, (text, status) in enumerate(zip(texts, exits, strict=True)):
        meaning = meaning_of(text, status, texts[place + 1 :])
        if meaning.failed and not _handles(mark, meaning, decides=pipefail or place == len(exits) - 1):
            return meaning, False
        if meaning.failed:
            dealt_with = meaning
        elif meaning.why:
            answer = meaning
    if dealt_with.why:
        return Meaning(failed=False, why=f"{dealt_with.why}; {mark.handled}"), True
    return answer, bool(answer.why and mark.handled)


def _handles(mark: Mark, meaning: Meaning, *, decides: bool) -> bool:
    """Whether the block deals with a failure: only of the member whose exit it sees.

    A program that is not there is a failure in any case (no condition can be decided by it), unless the
    block expects just that: silent, with something else to do instead.
    """
    if not mark.handled or not decides:
        return False
    if meaning.code == "not-found":
        return mark.handled.startswith("followed by") and bool(_SILENT.search(mark.text))
    return True


def _with_answer(result: CommandResult, mark: Mark, answers: list[int]) -> CommandResult:
    if not answers:
        return result
    worst = max(answers)
    result = replace(result, http_status=worst)
    if worst < 400 or result.failed or (result.handled and any(result.exits)):
        return result
    if _ASKS_STATUS.search(mark.text) and (mark.handled or not mark.top):
        return replace(result, handled=True, why=f"answered {worst}, which the block asks for itself")
    return replace(result, failed=True, handled=False, why=f"answered {worst}")


def without_echoes(
    results: Iterable[CommandResult], marks: Mapping[int, Mark], ids: list[int]
) -> list[CommandResult]:
    """The same, where what only hands on another command's exit counts once, at its origin."""
    found = dict(zip(ids, results, strict=True))
    telling = {number: result for number, result in found.items() if result.why and any(result.exits)}
    told = []
    for number, result in found.items():
        origin = _origin(number, telling, marks) if result.failed and result.http_status is None else None
        if origin:
            told.append(replace(result, failed=False, why=f"hands on the exit of line {origin.line}"))
        else:
            told.append(result)
    return told


def _origin(
    number: int, telling: Mapping[int, CommandResult], marks: Mapping[int, Mark]
) -> CommandResult | None:
    """The command within this one that every failed member of it only hands on."""
    mark, result = marks[number], telling[number]
    inner = [(marks[other], one) for other, one in telling.items() if other != number and not one.handled]
    texts = _texts(mark, result.exits)
    origin = None
    for place, (text, status) in enumerate(zip(texts, result.exits, strict=True)):
        if not meaning_of(text, status, texts[place + 1 :]).failed:
            continue
        origin = next(
            (one for other, one in inner if status in one.exits and _holds(mark, text, other)), None
        )
        if origin is None:
            return None
    return origin


def _holds(mark: Mark, text: str, other: Mark) -> bool:
    """Whether a command stands within a member of another, or in the function that the member calls."""
    if other.function and other.function != mark.function:
        return text.split()[:1] == [other.function]
    return mark.line <= other.line <= mark.end and other.text in text and other.text != text


def _texts(mark: Mark, exits: tuple[int, ...]) -> tuple[str, ...]:
    """The members that the exits belong to."""
    return mark.members if len(mark.members) == len(exits) else (mark.text,) * len(exits)


def failure_of(result: CommandResult) -> Failure:
    """A failed command as a reason."""
    worst = next((status for status in result.exits if status), 0)
    not_found = result.why.endswith(("command not found", "is there but cannot be executed"))
    answered = result.http_status is not None and result.http_status >= 400 and not worst
    code = "http" if answered else "not-found" if not_found else "exit"
    return Failure(result.line, result.text, result.why, worst, code)
