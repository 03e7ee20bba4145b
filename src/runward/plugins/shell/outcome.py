"""Put together what was observed of a script: from the facts that its keeper saved to an outcome."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from runward.foundation.tape import ERR, OUT, bytes_of
from runward.foundation.terminal import plain
from runward.plugins.contracts import CommandResult, Ended, Failure, Lingerer, Order, Outcome, Section
from runward.plugins.shell.asking import question_left
from runward.plugins.shell.exits import command_result, failure_of, without_echoes
from runward.plugins.shell.job import TAPE
from runward.plugins.shell.programs import CERTIFICATE, CONFESSIONS, complaint_in, expiry_of
from runward.plugins.shell.recording import Mark
from runward.plugins.shell.tracing import Observed

_PIPEFAIL = re.compile(r"\bset\b[^\n]*\bpipefail\b")
_MOST_READ = 1 << 20
_WORDS = {
    Ended.TIMED_OUT: "it took longer than its time limit and was stopped",
    Ended.CANCELLED: "it was cancelled",
    Ended.LOST: "nobody saw how it ended, so what was done is not known",
}


def outcome_of(order: Order, seen: Observed, facts: Mapping[str, Any] | None, folder: Path) -> Outcome:
    """What became of an order."""
    if facts is None:
        failure = Failure(order.first_line, "", _WORDS[Ended.LOST], code="lost")
        return Outcome(Ended.LOST, failures=(failure,), doubts=seen.doubts, folder=str(folder))
    if "refusal" in facts:
        failure = Failure(order.first_line, "", f"it could not be started: {facts['refusal']}", code="start")
        return Outcome(Ended.REFUSED, failures=(failure,), folder=str(folder))
    ended = Ended(facts["ended"])
    told = {int(number): dict(one) for number, one in facts["told"].items()}
    marks = {mark.id: mark for mark in seen.marks}
    _end_last(marks, told, facts)
    commands = _confessed(_commands(order, marks, told), folder, datetime.fromtimestamp(facts["at"], UTC))
    sizes = facts["bytes"]
    return Outcome(
        ended=ended,
        exit=facts["exit"],
        signal=facts["signal"],
        commands=commands,
        failures=_failures(order, facts, commands, folder, marks),
        sections=_sections(order, seen, told, facts),
        doubts=(*seen.doubts, *([facts["trouble"]] if facts["trouble"] else [])),
        running=_running(marks, facts),
        not_started=_not_started(seen, told, ended, facts),
        left_running=tuple(Lingerer(pid, command) for pid, command in facts["left_running"]),
        folder=str(folder),
        out_bytes=sum(size for name, _, size in sizes if name == OUT),
        err_bytes=sum(size for name, _, size in sizes if name == ERR),
        started_at=datetime.fromtimestamp(facts["at"], UTC),
        took_seconds=facts["took"],
        **_state(order, marks, facts),
    )


def _end_last(marks: Mapping[int, Mark], told: dict[int, dict[str, Any]], facts: Mapping[str, Any]) -> None:
    """Give the command at which `set -e` ended the script the exits that the shell's end tells of."""
    left = facts["left"]
    last = told.get(facts["now"])
    if left.get("how") == "trap" and left["status"] and last and last["running"] and facts["now"] in marks:
        mark = marks[facts["now"]]
        exits = " ".join(left["exits"])
        if mark.measured and len(left["exits"]) == max(1, len(mark.members)):
            last["exits"] = {**last["exits"], exits: 1}
            last["times"] += 1


def _commands(
    order: Order, marks: Mapping[int, Mark], told: Mapping[int, Mapping[str, Any]]
) -> tuple[CommandResult, ...]:
    pipefail = bool(_PIPEFAIL.search(order.script))
    tops = sorted((mark.line for mark in marks.values() if mark.top), reverse=True)
    ids = [
        number
        for number in sorted(told)
        if number in marks and told[number]["exits"] and marks[number].measured
    ]
    results = [
        command_result(
            marks[number], told[number], pipefail=pipefail, section=_section(tops, marks[number].line)
        )
        for number in ids
    ]
    return tuple(without_echoes(results, marks, ids))


def _section(tops: list[int], line: int) -> int:
    return next((top for top in tops if top <= line), line)


def _confessed(commands: tuple[CommandResult, ...], folder: Path, now: datetime) -> tuple[CommandResult, ...]:
    """The same, with those failed that printed an error although they ended with exit 0."""
    told = []
    for command in commands:
        silent = command.failed or command.handled or any(command.exits)
        words = "" if silent else _confession(command, folder) or _expiry(command, folder, now)
        told.append(
            replace(command, failed=True, why=f"ended with exit 0 and yet says: {words}")
            if words
            else command
        )
    return tuple(told)


def _confession(command: CommandResult, folder: Path) -> str:
    for rule in CONFESSIONS:
        if not rule.program.search(command.text):
            continue
        streams = {rule.stream, OUT} if "2>&1" in command.text or "&>" in command.text else {rule.stream}
        for stream in streams:
            printed = bytes_of(folder / TAPE, section=command.section, stream=stream, most=_MOST_READ)
            if found := rule.error.search(printed.decode("utf-8", "replace")):
                return found[1].strip()
    return ""


def _expiry(command: CommandResult, folder: Path, now: datetime) -> str:
    """A look at a certificate ends with exit 0 whatever its dates are."""
    if not CERTIFICATE.search(command.text):
        return ""
    printed = bytes_of(folder / TAPE, section=command.section, stream=OUT, most=_MOST_READ)
    return expiry_of(printed.decode("utf-8", "replace"), now)


def _told(command: CommandResult, folder: Path) -> Failure:
    """Why a command failed, with what it said itself where nothing else spoke in its section.

    Engines of containers say on standard output that there is no such program.
    """
    failure = failure_of(command)
    if failure.code != "exit" or command.line != command.section:
        return failure
    for stream in (ERR, OUT) if failure.exit in {126, 127} else (ERR,):
        said = bytes_of(folder / TAPE, section=command.section, stream=stream, most=_MOST_READ)
        if said.strip():
            return replace(failure, hint=complaint_in(said))
    return replace(failure, hint=_question(command, folder))


def _question(command: CommandResult, folder: Path) -> str:
    """What it asked before it gave up without a complaint."""
    printed = bytes_of(folder / TAPE, section=command.section, stream=OUT, most=_MOST_READ)
    question = question_left(plain(printed))
    return f"it asked “{question}”, and nobody can answer" if question else ""


def _asked(order: Order, facts: Mapping[str, Any], marks: Mapping[int, Mark]) -> Failure:
    """What was asked, and by which command."""
    prompt, times, number = facts["asked"]
    mark = marks.get(number or facts["now"])
    line, text = (mark.line, mark.text) if mark else (order.first_line, "")
    why = f"it asked “{prompt}”" if prompt else "it read its input"
    hint = "Give it the answer beforehand (an environment variable, a file, a flag), or do this step by hand."
    return Failure(
        line,
        text,
        f"{why} more than {times - 1} times, and nobody can answer; it was stopped",
        0,
        "asked",
        hint,
    )


def _failures(
    order: Order,
    facts: Mapping[str, Any],
    commands: tuple[CommandResult, ...],
    folder: Path,
    marks: Mapping[int, Mark],
) -> tuple[Failure, ...]:
    ended, left = Ended(facts["ended"]), facts["left"]
    failures = [_told(command, folder) for command in commands if command.failed]
    if ended is Ended.ASKED:
        failures.append(_asked(order, facts, marks))
    if ended in _WORDS:
        failures.append(Failure(order.first_line, "", _WORDS[ended], facts["exit"] or 0, ended.value))
    if ended is not Ended.FINISHED or not facts["exit"]:
        return tuple(failures)
    if left.get("how") == "exit":
        why = f"the script ended itself with exit {facts['exit']}"
        failures.append(
            Failure(left["line"] or order.first_line, f"exit {facts['exit']}", why, facts["exit"], "exit")
        )
    elif not failures and not _explained(facts["exit"], commands):
        why = (
            f"the script ended by {_signal(facts)}"
            if facts["signal"]
            else f"the script ended with exit {facts['exit']}"
        )
        failures.append(Failure(order.first_line, "", why, facts["exit"], "exit"))
    return tuple(failures)


def _explained(status: int, commands: tuple[CommandResult, ...]) -> bool:
    """Whether the last command that ran is one that only said no."""
    answers = [
        command for command in commands if command.exits and command.exits[-1] == status and command.why
    ]
    return bool(answers)


def _signal(facts: Mapping[str, Any]) -> str:
    return f"signal {facts['signal']}"


def _sections(
    order: Order, seen: Observed, told: Mapping[int, Mapping[str, Any]], facts: Mapping[str, Any]
) -> tuple[Section, ...]:
    sizes = {(name, line): size for name, line, size in facts["bytes"]}
    lines, dropped = dict(facts["lines"]), dict(facts["dropped"])
    begun = [mark for mark in seen.marks if mark.top and mark.id in told and told[mark.id]["started"]]
    if not begun:
        end = order.first_line + order.script.rstrip("\n").count("\n")
        begun = [Mark(0, order.first_line, end, order.script, top=True)]
    sections: dict[int, Section] = {}
    end_at = facts["at"] + facts["took"]
    for place, mark in enumerate(begun):
        start = told[mark.id]["started"] if mark.id else facts["at"]
        following = told[begun[place + 1].id]["started"] if place + 1 < len(begun) else end_at
        earlier = sections.get(mark.line)
        sections[mark.line] = Section(
            line=mark.line,
            end=mark.end,
            text=f"{earlier.text}; {mark.text}" if earlier else mark.text,
            out_bytes=sizes.get((OUT, mark.line), 0),
            err_bytes=sizes.get((ERR, mark.line), 0),
            lines=lines.get(mark.line, 0),
            dropped_bytes=dropped.get(mark.line, 0),
            started_at=earlier.started_at if earlier else datetime.fromtimestamp(start, UTC),
            took_seconds=round((earlier.took_seconds if earlier else 0.0) + max(0.0, following - start), 6),
            ended=place + 1 < len(begun) or facts["ended"] == Ended.FINISHED,
        )
    return tuple(sections.values())


def _running(marks: Mapping[int, Mark], facts: Mapping[str, Any]) -> tuple[str, ...]:
    """What was at work when the script was stopped, with the line that had begun it."""
    if facts["ended"] == Ended.FINISHED:
        return ()
    mark = marks.get(facts["now"])
    place = f"line {mark.line}: " if mark else ""
    commands = facts["running"] or ([mark.text.strip().splitlines()[0]] if mark else [])
    return tuple(f"{place}{command}" for command in commands)


def _not_started(
    seen: Observed, told: Mapping[int, Any], ended: Ended, facts: Mapping[str, Any]
) -> tuple[str, ...]:
    if seen.doubts or (ended is Ended.FINISHED and not facts["exit"]):
        return ()
    last = max((number for number in told), default=0)
    return tuple(
        f"line {mark.line}: {mark.text.strip().splitlines()[0]}"
        for mark in seen.marks
        if mark.top and mark.id > last and mark.kind != "function_definition"
    )


def _state(order: Order, marks: Mapping[int, Mark], facts: Mapping[str, Any]) -> dict[str, Any]:
    """What the next step starts from; nothing where the script could not tell any more."""
    if facts["environment"] is None:
        return {"environment": None}
    gone = set(facts["removed"])
    environment = {name: value for name, value in order.environment.items() if name not in gone}
    environment |= facts["environment"]
    defined = set(facts["defined"])
    written = {
        mark.text.split("(")[0].removeprefix("function").strip().split()[0]: mark.text
        for mark in marks.values()
        if mark.kind == "function_definition" and mark.top and mark.text.strip()
    }
    functions = {name: text for name, text in {**order.functions, **written}.items() if name in defined}
    return {
        "environment": environment,
        "removed": tuple(sorted((set(order.removed) | (gone - set(order.environment))) - set(environment))),
        "variables": facts["variables"],
        "functions": functions,
        "withheld": tuple(facts["withheld"]),
        "working_folder": facts["working_folder"],
    }
