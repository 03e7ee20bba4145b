"""Carry out, follow and steer runs from the terminal."""

import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from runward.app import App, open_app
from runward.cli.approval_page import approval_lines
from runward.cli.ask import ask_about, ask_for_gaps
from runward.cli.follow import Follower
from runward.cli.plan import given_answers, plan_document
from runward.cli.plan_page import missing_lines
from runward.cli.run_page import console_for, print_json, step_line
from runward.cli.runs import print_view
from runward.foundation.errors import Conflict, Mistake, NotAllowed
from runward.foundation.ledger import seal
from runward.people.model import Person
from runward.runs import document_store, request, store
from runward.runs.answers import answers_for
from runward.runs.model import Plan, Run, RunState, RunView, Verdict, WaitKind
from runward.runs.outside import Outside
from runward.runs.plan import without_steps
from runward.runs.prepare import Prepared, beside, place_of, prepare
from runward.runs.previews import looks_ahead
from runward.runs.undo import undo_plan
from runward.worker import working
from runward.world import outside_of

_EXIT = {Verdict.SUCCEEDED: 0, Verdict.FAILED: 1, Verdict.UNCERTAIN: 3, Verdict.CANCELLED: 130}
_GAPS = 2
_WAITING = 8
_LOOK_SECONDS = 0.2
_CERTAIN_SECONDS = 25.0  # a worker on a shared server counts as gone after 15 s of silence


def exit_code(run: Run) -> int:
    """What the command line ends with for a run in this state."""
    return _EXIT[run.verdict] if run.state is RunState.ENDED and run.verdict else _WAITING


def run_procedure(  # noqa: PLR0913  # what a person may say about a run
    place: str,
    *,
    service: str,
    bound: Sequence[str],
    answers: Sequence[str],
    skip: Sequence[str],
    yes: bool,
    unattended: bool,
    drill: bool,
    person: str,
    as_json: bool,
    config: Path | None,
) -> int:
    """Carry out a procedure; the exit code tells how it ended."""
    file, wanted = place_of(place)
    app = open_app(config, beside(file))
    talk = Talk(
        app, app.me(person), as_json=as_json, yes=yes, may_ask=not unattended and _is_terminal(as_json)
    )
    prepared = _prepared(file, wanted, service, app, given_answers(bound), talk)
    plan = _without(prepared.plan, skip)
    if plan.gaps and as_json:
        print_json(plan_document(plan))
        return _GAPS
    if plan.gaps:
        for line in missing_lines(plan):
            talk.console.print(line, soft_wrap=True)
        return _GAPS
    said = _answers_of(plan, answers)
    text = prepared.runbook.document.text

    def ask_for_it(outside: Outside) -> Run:
        return request.request_run(
            outside, plan, text, talk.person, attended=not unattended, answers=said, drill=drill
        )

    return talk.carry_out(ask_for_it)


def _is_terminal(as_json: bool) -> bool:
    return not as_json and sys.stdin.isatty() and sys.stdout.isatty()


def _prepared(
    file: Path, wanted: str, service: str, app: App, given: dict[str, str], talk: "Talk"
) -> Prepared:
    """The plan, once more with what a person at the terminal says about what is unbound."""
    path = file.absolute()
    prepared = prepare(path, wanted, service=service, config=app.config.path, answers=given)
    told = ask_for_gaps(talk.console, prepared.plan) if talk.may_ask and prepared.plan.gaps else {}
    return (
        prepare(path, wanted, service=service, config=app.config.path, answers={**given, **told})
        if told
        else prepared
    )


def _without(plan: Plan, skip: Sequence[str]) -> Plan:
    left_out = {request.find_step(plan, name).id for name in skip}
    return without_steps(plan, left_out) if left_out else plan


def _answers_of(plan: Plan, texts: Sequence[str]) -> dict[str, str]:
    """Answers given beforehand, filed under what the run will ask: STEP=yes, STEP=done, option=WORD, judge=met."""
    found: dict[str, str] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign:
            raise Mistake(f"“{text}” answers nothing", hint="write it like 2=yes, 3=done or option=2")
        found.update(answers_for(plan, name.strip(), value.strip()))
    return found


class Talk:
    """One sitting at the terminal: carry runs out here, show them, ask what they ask."""

    def __init__(
        self,
        app: App,
        person: Person,
        *,
        as_json: bool = False,
        yes: bool = False,
        may_ask: bool | None = None,
    ) -> None:
        self.app, self.person, self.as_json, self.yes = app, person, as_json, yes
        self.may_ask = _is_terminal(as_json) if may_ask is None else may_ask
        self.console = Console(quiet=True) if as_json else console_for()

    def carry_out(self, begin: Callable[[Outside], Run]) -> int:
        """Begin or continue a run, and stay with it until it ends or waits for somebody else."""
        database = self.app.open_database()
        with working(self.app, database) as outside:
            run = begin(outside)
            follower = Follower(self.console, outside, run.id)
            follower.head()
            try:
                view = self._stay(outside, follower)
            except KeyboardInterrupt:
                view = self._interrupted(outside, follower, run)
            follower.tell_end(view)
        if self.as_json:
            print_view(view)
        return exit_code(view.run)

    def _stay(self, outside: Outside, follower: Follower) -> RunView:
        while True:
            view = follower.until_it_rests()
            if view.run.wait is not None and view.run.wait.kind is WaitKind.TARGET:
                self._wait_for_target(outside, view.run)
            elif view.run.state is RunState.ENDED or not self._have_a_say(outside, view):
                return view

    def _wait_for_target(self, outside: Outside, run: Run) -> None:
        """Another run holds what this one acts on; it goes on by itself when that one lets go."""
        self.console.print(f"[yellow]… waiting[/]  {escape(run.wait.prompt if run.wait else '')}")
        state = run.state
        while state is RunState.WAITING:
            time.sleep(_LOOK_SECONDS)
            with outside.database.reading() as tx:
                state = store.find_state(tx, run.id)

    def _have_a_say(self, outside: Outside, view: RunView) -> bool:
        """Let the person answer; False when the run waits for somebody or something else."""
        wait = view.run.wait
        if wait is None:
            return False
        if self.yes and wait.kind is WaitKind.APPROVAL and self._approve(outside, view):
            return True
        return self.may_ask and ask_about(self.console, outside, view, self.person)

    def _approve(self, outside: Outside, view: RunView) -> bool:
        step = view.run.wait.step if view.run.wait else ""
        try:
            request.approve(outside, view.run.id, step, self.person, approved=True, comment="--yes")
        except NotAllowed as refusal:
            self.console.print(f"    [yellow]--yes does not approve this:[/] {escape(str(refusal))}")
            return False
        self.console.print(f"    [green]✓ approved[/] by {escape(self.person.name)} (--yes)")
        return True

    def _interrupted(self, outside: Outside, follower: Follower, run: Run) -> RunView:
        self.console.print("\n[yellow]Stopping the run; once more Ctrl-C leaves it to `runward resume`.[/]")
        with suppress(Conflict):
            request.cancel(outside, run.id, self.person)
        while True:
            view = follower.until_it_rests()
            if view.run.state is RunState.ENDED:
                return view


@dataclass(frozen=True, slots=True)
class Manner:
    """Who speaks to a run, and how the answer is wanted."""

    person: str = ""
    config: Path | None = None
    as_json: bool = False
    follow: bool = True

    def talk(self) -> Talk:
        """A sitting of this manner."""
        app = open_app(self.config)
        return Talk(app, app.me(self.person), as_json=self.as_json)


def approve_step(run: str, step: str, manner: Manner, *, comment: str, refuse: bool) -> int:
    """Approve or refuse a step, and carry the run on."""
    talk = manner.talk()

    def act(outside: Outside) -> Run:
        _show_before(talk.console, outside, run, step)
        return request.approve(outside, run, step, talk.person, approved=not refuse, comment=comment)

    return _say(talk, manner, act)


def _show_before(console: Console, outside: Outside, run: str, step_name: str) -> None:
    """Let the person see what they have just decided on, and what it would hit, before it is done."""
    with outside.database.reading() as tx:
        view = store.get_view(tx, run)
    if view.run.state is RunState.WAITING:
        step = request.find_step(view.run.plan, step_name)
        for line in (step_line(step), *approval_lines(step, looks_ahead(outside, view, step))):
            console.print(line, soft_wrap=True)


def answer_wait(run: str, value: str, manner: Manner, *, note: str) -> int:
    """Answer what a run waits for, and carry it on."""
    talk = manner.talk()
    return _say(talk, manner, lambda outside: request.answer(outside, run, value, talk.person, note=note))


def _say(talk: Talk, manner: Manner, act: Callable[[Outside], Run]) -> int:
    if manner.follow:
        return talk.carry_out(act)
    database = talk.app.open_database()
    run = act(outside_of(talk.app, database))
    seal(database)
    if manner.as_json:
        print_json({"version": 1, "recorded": run.id})
    talk.console.print(
        f"recorded; run {run.id} goes on where it is worked on, or with: runward resume {run.id}"
    )
    return 0


def resume_run(run: str, manner: Manner) -> int:
    """Take up a run whose worker is gone, or sit down with one that waits."""
    talk = manner.talk()

    def begin(outside: Outside) -> Run:
        patience = 0.0 if outside.database.is_sqlite else _CERTAIN_SECONDS
        return _insisted(lambda: request.resume(outside, run), patience, talk.console)

    return talk.carry_out(begin)


def _insisted(act: Callable[[], Run], patience: float, console: Console) -> Run:
    """What `act` answers once the run's worker is known to be gone: on a shared server that takes some silence."""
    until = time.monotonic() + patience
    while True:
        try:
            return act()
        except Conflict as conflict:
            if time.monotonic() >= until or "is being worked on" not in str(conflict):
                raise
            console.print(f"[dim]{escape(str(conflict))}; making certain that it is gone[/]")
        time.sleep(2.0)


def retry_run(run: str, step: str, manner: Manner) -> int:
    """Carry out a run again from a step."""
    talk = manner.talk()
    return talk.carry_out(
        lambda outside: request.retry(outside, run, step, talk.person, attended=talk.may_ask)
    )


def undo_run(run: str, manner: Manner) -> int:
    """Carry out the undo commands of a run's finished steps, the last first."""
    talk = manner.talk()

    def begin(outside: Outside) -> Run:
        with outside.database.reading() as tx:
            view = store.get_view(tx, run)
            text = document_store.get_document(tx, view.run.plan.document_digest)
        plan = undo_plan(view, outside.people)
        return request.request_run(
            outside, plan, text, talk.person, attended=talk.may_ask, follows=view.run.id
        )

    return talk.carry_out(begin)


def cancel_run(run: str, manner: Manner) -> int:
    """Stop a run; wait for its worker to stop, or end it here when nobody works on it."""
    talk = manner.talk()
    code = talk.carry_out(lambda outside: request.cancel(outside, run, talk.person))
    return 0 if code == _EXIT[Verdict.CANCELLED] else code
