"""Ask for runs, and let people have their say in them; each with its ledger entry in one transaction."""

from collections.abc import Mapping
from dataclasses import replace

from runward.foundation import ledger, outbox
from runward.foundation.errors import Conflict, Mistake, NotAllowed, NotFound
from runward.foundation.ids import new_id
from runward.foundation.storage.database import Transaction
from runward.people.model import Person, Verdict
from runward.people.permit import may_approve, may_request, rule_for
from runward.runbooks.model import Risk
from runward.runs import document_store, store
from runward.runs.advance import act_of
from runward.runs.model import (
    Answer,
    Approval,
    Plan,
    PlannedStep,
    Run,
    RunState,
    RunView,
    StepRecord,
    StepState,
    Wait,
    WaitKind,
)
from runward.runs.outside import Outside

ADVANCE = "runs.advance"


def request_run(  # noqa: PLR0913  # what a run is founded on
    outside: Outside,
    plan: Plan,
    document: str,
    person: Person,
    *,
    attended: bool,
    answers: Mapping[str, str] | None = None,
    follows: str = "",
    drill: bool = False,
    done: tuple[StepRecord, ...] = (),
) -> Run:
    """Ask for a run of a plan without gaps; raises Mistake or NotAllowed, and then nothing is kept."""
    _refuse_unready(plan)
    worst = max((step.risk for step in plan.steps), key=lambda risk: risk.rank, default=Risk.READ)
    _insist(may_request(person, outside.people, worst.value))
    now = outside.clock()
    run = Run(
        new_id(now),
        plan,
        person.name,
        RunState.REQUESTED,
        attended,
        now,
        person.user,
        follows=follows,
        drill=drill,
    )
    with outside.database.transaction() as tx:
        document_store.save_document(tx, plan.document_digest, plan.path, document)
        store.save_new_run(tx, run)
        for key, value in (answers or {}).items():
            store.save_answer(tx, run.id, Answer(key, value, person.name, now, "given beforehand"))
        for record in done:
            store.save_record(tx, run, record)
        ledger.append(tx, person.name, "run.requested", f"run/{run.id}", _told(run))
        _start(tx, run.id, 0)
    return run


def _told(run: Run) -> Mapping[str, object]:
    """What the ledger keeps of a request."""
    plan = run.plan
    return {
        "procedure": plan.procedure,
        "service": plan.service,
        "plan": plan.digest,
        "follows": run.follows,
        "drill": run.drill,
    }


def _refuse_unready(plan: Plan) -> None:
    if plan.gaps:
        gap = plan.gaps[0]
        more = f" (and {len(plan.gaps) - 1} more; `runward plan` lists them)" if len(plan.gaps) > 1 else ""
        raise Mistake(f"{gap.what}{more}", file=plan.path, line=gap.line, hint=gap.hint)
    if not plan.steps:
        raise Mistake(f"“{plan.heading}” has no step that could be done", file=plan.path, line=plan.line)


def _insist(verdict: Verdict) -> None:
    if not verdict.allowed:
        raise NotAllowed(verdict.why + (f"\n  {verdict.hint}" if verdict.hint else ""))


def _start(tx: Transaction, run_id: str, segment: int) -> None:
    outbox.post(tx, ADVANCE, segment_key(run_id, segment), {"run_id": run_id, "segment": segment})


def segment_key(run_id: str, segment: int) -> str:
    """The id under which a segment is handed to the engine; the same for every attempt to hand it over."""
    return f"run-{run_id}-{segment}"


def open_segment(tx: Transaction, run_id: str, segment: int) -> bool:
    """Let a run go on after `segment`; False if it already does, or has ended."""
    if not store.save_next_segment(tx, run_id, segment):
        return False
    _start(tx, run_id, segment + 1)
    return True


def find_step(plan: Plan, name: str) -> PlannedStep:
    """A step by its number or id; raises NotFound."""
    for step in plan.steps:
        if name in {step.id, str(step.number)}:
            return step
    known = ", ".join(str(step.number) for step in plan.steps)
    raise NotFound(f"“{plan.heading}” has no step {name}; its steps are {known}")


def approve(
    outside: Outside, run_id: str, step_name: str, person: Person, *, approved: bool, comment: str = ""
) -> Run:
    """Record a yes or no to a step of exactly this plan; the run goes on if it was waiting for it.

    Raises NotAllowed for who may not, Conflict for a run that has ended or was cancelled.
    """
    with outside.database.transaction() as tx:
        view = _open_view(tx, run_id)
        step = find_step(view.run.plan, step_name)
        now = outside.clock()
        rule = replace(rule_for(outside.people, view.run.plan.service, step.risk.value), quorum=step.quorum)
        act = act_of(view, step, now, outside.people)
        if approved:
            _insist(may_approve(person, act, rule, outside.people))
        given = Approval(step.id, view.run.plan.digest, person.name, approved, now, person.user, comment)
        store.save_approval(tx, view.run.id, given)
        detail = {"step": step.id, "plan": view.run.plan.digest, "comment": comment}
        ledger.append(
            tx, person.name, "step.approved" if approved else "step.refused", f"run/{view.run.id}", detail
        )
        if _waits_for(view.run, WaitKind.APPROVAL):
            open_segment(tx, view.run.id, view.run.segment)
        return view.run


def _open_view(tx: Transaction, run_id: str) -> RunView:
    run = store.get_run(tx, run_id)
    store.hold_run(tx, run.id)
    view = store.get_view(tx, run.id)
    if view.run.state is RunState.ENDED:
        raise Conflict(f"run {view.run.id} has ended: {view.run.verdict} ({view.run.because})")
    if view.run.cancelled_by:
        raise Conflict(f"run {view.run.id} was cancelled by {view.run.cancelled_by}")
    return view


def _waits_for(run: Run, kind: WaitKind) -> bool:
    return run.state is RunState.WAITING and run.wait is not None and run.wait.kind is kind


def answer(outside: Outside, run_id: str, value: str, person: Person, *, note: str = "") -> Run:
    """Answer what a run waits for; raises Mistake for what was not offered, Conflict if it waits for no answer."""
    with outside.database.transaction() as tx:
        view = _open_view(tx, run_id)
        wait = view.run.wait
        if view.run.state is not RunState.WAITING or wait is None or wait.kind is WaitKind.TARGET:
            raise Conflict(f"run {view.run.id} waits for no answer: it is {view.run.state}")
        if wait.kind is WaitKind.APPROVAL:
            raise Mistake(
                "this step waits for an approval", hint=f"runward approve {view.run.id} {wait.step}"
            )
        chosen = chosen_of(wait, value)
        if wait.secret:
            outside.secret_answers[view.run.id, wait.key] = chosen
        kept = "" if wait.secret else chosen
        store.save_answer(tx, view.run.id, Answer(wait.key, kept, person.name, outside.clock(), note))
        detail = {"key": wait.key, "value": "(secret)" if wait.secret else chosen, "note": note}
        ledger.append(tx, person.name, "run.answered", f"run/{view.run.id}", detail)
        open_segment(tx, view.run.id, view.run.segment)
        return view.run


def chosen_of(wait: Wait, value: str) -> str:
    """The choice that a person meant: in full, by its number, or by an unambiguous beginning; raises Mistake."""
    if not wait.choices:
        return value
    meant = value.strip().lower()
    if meant.isdigit() and 1 <= int(meant) <= len(wait.choices):
        return wait.choices[int(meant) - 1]
    exact = [choice for choice in wait.choices if choice.lower() == meant]
    begun = [choice for choice in wait.choices if meant and choice.lower().startswith(meant)]
    if len(exact or begun) != 1:
        raise Mistake(f"“{value}” is not one of the choices", hint="choose from: " + " | ".join(wait.choices))
    return (exact or begun)[0]


def cancel(outside: Outside, run_id: str, person: Person) -> Run:
    """Ask a run to stop: a step that is being done is ended, what waits goes no further.

    Raises Conflict if it has ended or was cancelled before.
    """
    worked_on = _is_worked_on(outside, run_id)
    with outside.database.transaction() as tx:
        run = store.get_run(tx, run_id)
        store.hold_run(tx, run.id)
        if not store.save_cancel(tx, run.id, person.name):
            ended = run.state is RunState.ENDED
            raise Conflict(
                f"run {run.id} "
                + (f"has ended: {run.verdict}" if ended else f"was cancelled by {run.cancelled_by}")
            )
        ledger.append(tx, person.name, "run.cancelled", f"run/{run.id}", {"state": run.state.value})
        if not worked_on:
            open_segment(tx, run.id, run.segment)
        return run


def _is_worked_on(outside: Outside, run_id: str) -> bool:
    with outside.database.reading() as tx:
        run = store.get_run(tx, run_id)
    return run.state is RunState.RUNNING and outside.is_alive(run.owner)


def resume(outside: Outside, run_id: str) -> Run:
    """Take up a run whose worker is gone; one that has ended, or that this worker has taken up, is left as it is.

    Raises Conflict if another worker is at it.
    """
    worked_on = _is_worked_on(outside, run_id)
    with outside.database.transaction() as tx:
        run = store.get_run(tx, run_id)
        if run.state is RunState.ENDED or (worked_on and run.owner == outside.worker):
            return run
        if worked_on:
            raise Conflict(f"run {run.id} is being worked on by {run.owner}")
        if run.state is RunState.RUNNING:
            open_segment(tx, run.id, run.segment)
        return run


def retry(outside: Outside, run_id: str, step_name: str, person: Person, *, attended: bool) -> Run:
    """A new run of the same plan from a step on; what the old one did before that step counts as done.

    Raises Mistake when the document or its bindings have changed: then the procedure is to be run anew.
    """
    with outside.database.reading() as tx:
        view = store.get_view(tx, run_id)
        text = document_store.get_document(tx, view.run.plan.document_digest)
    if view.run.state is not RunState.ENDED:
        raise Conflict(f"run {view.run.id} has not ended; answer or cancel it")
    fresh = outside.replan(view.run.plan)
    if fresh.digest != view.run.plan.digest:
        raise Mistake(
            "the document or its bindings changed since that run; run the procedure anew", file=fresh.path
        )
    first = find_step(fresh, step_name) if step_name else first_open_step(view)
    before = [step.id for step in fresh.steps if step.number < first.number]
    done = tuple(_carried(view, step_id) for step_id in before)
    return request_run(outside, fresh, text, person, attended=attended, follows=view.run.id, done=done)


def first_open_step(view: RunView) -> PlannedStep:
    """The first step that did not end well; raises Mistake if there is none."""
    for step in view.run.plan.steps:
        record = view.latest(step.id)
        if record is None or record.state not in {StepState.DONE, StepState.SKIPPED}:
            return step
    raise Mistake("every step of that run was done", hint="name the step to begin with: --from STEP")


def _carried(view: RunView, step_id: str) -> StepRecord:
    record = view.latest(step_id)
    if record is None or record.state not in {StepState.DONE, StepState.SKIPPED}:
        number = find_step(view.run.plan, step_id).number
        raise Mistake(
            f"step {number} did not end well in run {view.run.id}", hint=f"begin with it: --from {number}"
        )
    because = f"{record.because} (in run {view.run.id})" if record.because else f"in run {view.run.id}"
    return replace(record, attempt=1, because=because)
