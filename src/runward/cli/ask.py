"""Ask the person at the terminal what a run, or a plan, cannot know."""

from rich.console import Console
from rich.markup import escape

from runward.cli.approval_page import approval_lines
from runward.cli.run_page import step_line
from runward.foundation.errors import Conflict, Mistake, NotAllowed
from runward.people.model import Person
from runward.runs import request
from runward.runs.model import GapKind, Plan, PlannedStep, RunView, Wait, WaitKind
from runward.runs.outside import Outside
from runward.runs.previews import looks_ahead

_PLAINLY = {"y": "approve", "yes": "approve", "n": "refuse", "no": "refuse"}


def ask_for_gaps(console: Console, plan: Plan) -> dict[str, str]:
    """What a person says the unbound placeholders stand for; nothing if they would rather stop."""
    told: dict[str, str] = {}
    for gap in plan.gaps:
        if gap.kind is not GapKind.UNBOUND or ": " in gap.what or gap.what in told:
            continue
        console.print(f"[yellow]line {gap.line}[/]  what does {escape(gap.what)} stand for?")
        value = _read(console, f"  {escape(gap.what)} = ")
        if not value:
            return {}
        told[gap.what] = value
    return told


def ask_about(console: Console, outside: Outside, view: RunView, person: Person) -> bool:
    """Put a run's question to the person; False if they leave it open."""
    wait = view.run.wait
    if wait is None:
        return False
    step = next((step for step in view.run.plan.steps if step.id == wait.step), None)
    _show(console, outside, view, wait, step)
    while True:
        said = _read(console, _prompt(wait), secret=wait.secret)
        if said is None or (not said and wait.choices):
            return False
        try:
            _file(outside, view, wait, said, person)
        except Mistake as mistake:
            console.print(f"    [yellow]{escape(str(mistake))}[/]")
        except (Conflict, NotAllowed) as refusal:
            console.print(f"    [yellow]{escape(str(refusal))}[/]")
            return isinstance(refusal, Conflict)
        else:
            return True


def _show(console: Console, outside: Outside, view: RunView, wait: Wait, step: PlannedStep | None) -> None:
    if step is not None and wait.kind is WaitKind.APPROVAL:
        for line in (step_line(step), *approval_lines(step, looks_ahead(outside, view, step))):
            console.print(line, soft_wrap=True)
    console.print(f"    [bold yellow]?[/] {escape(wait.prompt)}", soft_wrap=True)


def _prompt(wait: Wait) -> str:
    if not wait.choices:
        return "      > "
    numbered = "  ".join(f"{number}) {choice}" for number, choice in enumerate(wait.choices, start=1))
    return f"      {escape(numbered)}  [dim]Enter leaves it open[/]\n      > "


def _file(outside: Outside, view: RunView, wait: Wait, said: str, person: Person) -> None:
    if wait.kind is WaitKind.APPROVAL:
        approved = request.chosen_of(wait, _PLAINLY.get(said.lower(), said)) == "approve"
        request.approve(outside, view.run.id, wait.step, person, approved=approved)
        return
    choice, _, note = said.partition(" ") if wait.kind is WaitKind.MANUAL else (said, "", "")
    request.answer(outside, view.run.id, choice, person, note=note.strip())


def _read(console: Console, prompt: str, *, secret: bool = False) -> str | None:
    try:
        return console.input(prompt, password=secret).strip()
    except EOFError:
        return None
