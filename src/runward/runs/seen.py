"""Put what was observed of a run's attempts into the shape that a judgement rests on."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from runward.foundation.tape import ERR, OUT, bytes_of
from runward.foundation.terminal import plain
from runward.plugins.contracts import Ended, Outcome, Section
from runward.plugins.shell.job import TAPE
from runward.runbooks.model import Expectation
from runward.runs.judge import judge
from runward.runs.judging.doubted import doubted
from runward.runs.judging.ruling import Ruling
from runward.runs.model import Judgement, PlannedStep, RunView
from runward.runs.outcome import Seen, SeenCommand, SeenSection, SeenTable
from runward.runs.result import outcome_of

_MOST_BYTES = 1 << 20  # of one command's output; more than that is not read to judge it


def seen_of(step: PlannedStep, outcome: Outcome) -> Seen:
    """One execution of a block, with what its commands printed read back from the tape."""
    folder = Path(outcome.folder) / TAPE if outcome.folder else None
    return Seen(
        block=step.block or 0,
        exit=outcome.exit,
        ended=outcome.ended in {Ended.FINISHED, Ended.BOUNDED},
        whole=not any(section.dropped_bytes for section in outcome.sections),
        commands=tuple(
            SeenCommand(each.line, each.text, each.exits, each.failed, each.http_status)
            for each in outcome.commands
        ),
        sections=tuple(_section(section, folder) for section in outcome.sections),
        tables=tuple(SeenTable(each.line, each.columns, each.rows, each.count) for each in outcome.tables),
        failures=tuple(f"line {each.line}: {each.why}" for each in outcome.failures),
    )


def _section(section: Section, folder: Path | None) -> SeenSection:
    return SeenSection(
        section.line,
        section.end,
        _printed(folder, section.line, OUT) if section.out_bytes else "",
        _printed(folder, section.line, ERR) if section.err_bytes else "",
    )


def _printed(folder: Path | None, line: int, stream: str) -> str:
    return plain(bytes_of(folder, section=line, stream=stream, most=_MOST_BYTES)) if folder else ""


def seen_in(view: RunView) -> dict[int, list[Seen]]:
    """The executions of each block so far, the oldest first."""
    found: dict[int, list[Seen]] = defaultdict(list)
    steps = {step.id: step for step in view.run.plan.steps}
    for record in sorted(view.records, key=lambda record: record.attempt):
        step, outcome = steps.get(record.step), outcome_of(record)
        if step is not None and step.block is not None and outcome is not None:
            found[step.block].append(seen_of(step, outcome))
    return found


def judgements_of_step(step: PlannedStep, outcome: Outcome, view: RunView) -> tuple[Judgement, ...]:
    """What became of a step's own expectations."""
    if not step.expects:
        return ()
    seen = seen_in(view)
    if step.block is not None:
        seen.setdefault(step.block, []).append(seen_of(step, outcome))
    return _judged(step.expects, seen)


def doubts_of_step(step: PlannedStep, outcome: Outcome) -> tuple[Judgement, ...]:
    """What cannot be told of a step that ended well, because its commands' answers prove nothing."""
    return doubted(step.doubts, seen_of(step, outcome)) if step.doubts else ()


def judgements_of_procedure(view: RunView) -> tuple[Judgement, ...]:
    """What became of the expectations of the procedure as a whole."""
    return _judged(view.run.plan.expects, seen_in(view))


def _judged(expects: Sequence[Expectation], seen: Mapping[int, Sequence[Seen]]) -> tuple[Judgement, ...]:
    return tuple(_judgement(expectation, judge(expectation, seen)) for expectation in expects)


def _judgement(expectation: Expectation, ruling: Ruling) -> Judgement:
    return Judgement(expectation.line, expectation.text, ruling.met, ruling.because)
