"""Follow a run in the terminal: what it does as it does it, asking what it asks."""

import time
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from runward.cli.run_page import (
    closing_lines,
    end_lines,
    head_lines,
    line_end,
    part_lines,
    record_lines,
    shortened,
    step_line,
)
from runward.foundation.tape import Frame, Reader
from runward.foundation.terminal import plain
from runward.runs import store
from runward.runs.model import PlannedStep, RunState, RunView, StepRecord, StepState
from runward.runs.outside import Outside
from runward.runs.places import tape_folder

_LOOK_SECONDS = 0.05
_LINES_PER_COMMAND = 30
_WIDEST_LINE = 240


class StepScreen:
    """Shows one attempt while it runs: each command, and the first lines of what it prints."""

    def __init__(self, console: Console, step: PlannedStep, record: StepRecord, folder: Path) -> None:
        self._console, self._step, self._reader = console, step, Reader(folder)
        self._section, self._shown, self._hidden = 0, 0, 0
        self._is_headline = False
        self._rest: dict[str, str] = {}
        console.print(step_line(step))
        says_more = step.instruction.strip(" :.*") != step.title.strip(" :.*")
        if step.instruction and says_more and record.attempt == 1:
            console.print(f"    [dim]{escape(shortened(step.instruction, 400))}[/]")

    def refresh(self) -> None:
        """Print what has come since."""
        for frame in self._reader.read():
            if frame.section != self._section:
                self._begin(frame.section)
            self._print(frame)

    def close(self, record: StepRecord) -> None:
        """Print what is left, and how it ended."""
        self.refresh()
        self._end_section()
        for line in (*part_lines(self._step, record), *record_lines(record)):
            self._console.print(line)

    def _begin(self, section: int) -> None:
        self._end_section()
        self._section, self._shown, self._is_headline = section, 0, False
        part = next((part for part in self._step.parts if part.line == section), None)
        source = source_line(self._step, section)
        if part is not None and source.lstrip().startswith(("echo", "printf", "#")):
            self._console.print(f"    [bold cyan]{escape(part.title)}[/]")
            self._is_headline = True  # what it prints need not be shown twice
        elif source:
            self._console.print(f"    [cyan]$[/] {line_end(shortened(source.strip(), 100))}")

    def _print(self, frame: Frame) -> None:
        text = self._rest.pop(frame.stream, "") + plain(frame.data)
        *lines, rest = text.split("\n")
        if rest:
            self._rest[frame.stream] = rest
        for line in lines:
            self._line(line, frame.stream)

    def _line(self, line: str, stream: str) -> None:
        if self._is_headline or not line.strip():
            return
        if self._shown >= _LINES_PER_COMMAND:
            self._hidden += 1
            return
        self._shown += 1
        colour = "red" if stream == "err" else "dim"
        self._console.print(f"    [{colour}]│[/] {line_end(shortened(line, _WIDEST_LINE))}", soft_wrap=True)

    def _end_section(self) -> None:
        for stream, rest in sorted(self._rest.items()):
            self._line(rest, stream)
        self._rest.clear()
        if self._hidden:
            self._console.print(f"    [dim]│ … {self._hidden} more lines are kept in the evidence[/]")
        self._hidden = 0


def source_line(step: PlannedStep, line: int) -> str:
    """The script's line at a line of the document."""
    lines = step.script.splitlines()
    number = line - step.first_line
    return lines[number] if 0 <= number < len(lines) else ""


class Follower:
    """Prints a run's story from the database and the tapes, whichever process carries the run out."""

    def __init__(self, console: Console, outside: Outside, run_id: str) -> None:
        self._console, self._outside, self._run_id = console, outside, run_id
        self._told: set[tuple[str, int]] = set()
        self._steps: dict[str, PlannedStep] = {}
        self._open: tuple[tuple[str, int], StepScreen] | None = None

    def head(self) -> None:
        """Say what is carried out."""
        run = self._view().run
        self._steps = {step.id: step for step in run.plan.steps}
        for line in head_lines(run):
            self._console.print(line)

    def until_it_rests(self) -> RunView:
        """Print until the run has ended or waits for somebody."""
        while True:
            state, news = self._news()
            self._tell(news)
            if state in {RunState.ENDED, RunState.WAITING} and self._open is None:
                return self._view()
            time.sleep(_LOOK_SECONDS)

    def tell_end(self, view: RunView) -> None:
        """Print the verdict, or what the run waits for."""
        for line in end_lines(view):
            self._console.print(line)

    def _view(self) -> RunView:
        with self._outside.database.reading() as tx:
            return store.get_view(tx, self._run_id)

    def _news(self) -> tuple[RunState, list[StepRecord]]:
        with self._outside.database.reading() as tx:
            state = store.find_state(tx, self._run_id)
            return state, store.list_records_but(tx, self._run_id, self._told)

    def _tell(self, news: list[StepRecord]) -> None:
        for record in news:
            key = (record.step, record.attempt)
            step = self._steps.get(record.step)
            if step is None:
                self._closing(record)
                self._told.add(key)
                continue
            screen = self._screen(key, step, record)
            if record.state is StepState.RUNNING:
                screen.refresh()
                return
            screen.close(record)
            self._told.add(key)
            self._open = None

    def _screen(self, key: tuple[str, int], step: PlannedStep, record: StepRecord) -> StepScreen:
        if self._open is None or self._open[0] != key:
            folder = tape_folder(self._outside.state, self._run_id, step, record.attempt)
            self._open = (key, StepScreen(self._console, step, record, folder))
        return self._open[1]

    def _closing(self, record: StepRecord) -> None:
        for line in closing_lines(record):
            self._console.print(line, soft_wrap=True)
