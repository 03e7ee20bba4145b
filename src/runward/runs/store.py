"""Keep runs: their plans, attempts, approvals and answers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Integer,
    RowMapping,
    String,
    Table,
    and_,
    insert,
    or_,
    select,
    update,
)

from runward.foundation.errors import Conflict, NotFound
from runward.foundation.storage.database import Transaction, hold
from runward.foundation.storage.schema import JsonText, Moment, Words, metadata
from runward.runs.digest import stored_shape
from runward.runs.model import (
    Answer,
    Approval,
    Ending,
    Judgement,
    Plan,
    Run,
    RunState,
    RunView,
    StepRecord,
    StepState,
    Verdict,
    Wait,
)

runs = Table(
    "runs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("service", Words, nullable=False),
    Column("path", Words, nullable=False, index=True),
    Column("procedure", Words, nullable=False),
    Column("plan", JsonText, nullable=False),
    Column("plan_digest", String(64), nullable=False),
    Column("requester", Words, nullable=False),
    Column("requester_user", Words, nullable=False),
    Column("attended", Boolean, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("segment", Integer, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("owner", Words, nullable=False),
    Column("wait", JsonText, nullable=True),
    Column("verdict", String(16), nullable=True),
    Column("because", Words, nullable=False),
    Column("cancelled_by", Words, nullable=False),
    Column("follows", String(32), nullable=False),
    Column("drill", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False, index=True),
    Column("started_at", Moment, nullable=True),
    Column("ended_at", Moment, nullable=True),
)

run_steps = Table(
    "run_steps",
    metadata,
    Column("run_id", ForeignKey("runs.id"), primary_key=True),
    Column("step", Words, primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("state", String(16), nullable=False),
    Column("because", Words, nullable=False),
    Column("birth", JsonText, nullable=False),
    Column("result", JsonText, nullable=False),
    Column("judgements", JsonText, nullable=False),
    Column("started_at", Moment, nullable=True),
    Column("ended_at", Moment, nullable=True),
)

run_approvals = Table(
    "run_approvals",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("run_id", ForeignKey("runs.id"), nullable=False, index=True),
    Column("step", Words, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("person", Words, nullable=False),
    Column("approved", Boolean, nullable=False),
    Column("user", Words, nullable=False),
    Column("comment", Words, nullable=False),
    Column("at", Moment, nullable=False),
)

run_answers = Table(
    "run_answers",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("run_id", ForeignKey("runs.id"), nullable=False, index=True),
    Column("key", Words, nullable=False),
    Column("value", Words, nullable=False),
    Column("person", Words, nullable=False),
    Column("note", Words, nullable=False),
    Column("at", Moment, nullable=False),
)

_PROGRESS = (
    "state",
    "segment",
    "epoch",
    "owner",
    "verdict",
    "because",
    "started_at",
    "ended_at",
)  # cancelling has a writer of its own
_ENDING = tuple(each.name for each in fields(Ending))
_MOST_AT_ONCE = 100  # attempts that a follower is told of at one look
_PLAN = TypeAdapter(Plan)
_WAIT = TypeAdapter(Wait)
_JUDGEMENTS = TypeAdapter(tuple[Judgement, ...])


def save_new_run(tx: Transaction, run: Run) -> None:
    """Add a run."""
    tx.execute(insert(runs).values(**_row(run)))


def _row(run: Run) -> dict[str, Any]:
    row = {each.name: getattr(run, each.name) for each in fields(run) if each.name != "plan"}
    return row | {
        "service": run.plan.service,
        "path": run.plan.path,
        "procedure": run.plan.procedure,
        "plan": as_json(run.plan),
        "plan_digest": run.plan.digest,
        "wait": _WAIT.dump_python(run.wait, mode="json") if run.wait else None,
    }


def _run(row: RowMapping) -> Run:
    return Run(
        id=row["id"],
        plan=_PLAN.validate_python(row["plan"]),
        requester=row["requester"],
        requester_user=row["requester_user"],
        state=RunState(row["state"]),
        attended=row["attended"],
        created_at=row["created_at"],
        segment=row["segment"],
        epoch=row["epoch"],
        owner=row["owner"],
        wait=_WAIT.validate_python(row["wait"]) if row["wait"] else None,
        verdict=Verdict(row["verdict"]) if row["verdict"] else None,
        because=row["because"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        cancelled_by=row["cancelled_by"],
        follows=row["follows"],
        drill=row["drill"],
    )


def get_run(tx: Transaction, run_id: str) -> Run:
    """A run by its id or by an unambiguous beginning of it; raises NotFound or Conflict."""
    found = (
        tx.execute(select(runs).where(runs.c.id.startswith(run_id, autoescape=True)).limit(2))
        .mappings()
        .all()
    )
    exact = [row for row in found if row["id"] == run_id]
    if len(found) > 1 and not exact:
        raise Conflict(f"more than one run begins with {run_id}; give more of the id")
    if not found:
        raise NotFound(f"there is no run {run_id}; `runward runs` lists them")
    return _run((exact or found)[0])


def list_runs(tx: Transaction, limit: int = 50, state: RunState | None = None) -> list[Run]:
    """Runs, newest first."""
    query = select(runs).order_by(runs.c.created_at.desc(), runs.c.id.desc()).limit(limit)
    if state is not None:
        query = query.where(runs.c.state == state.value)
    return [_run(row) for row in tx.execute(query).mappings()]


def list_endings(tx: Transaction, path: str) -> list[Ending]:
    """How the runs of a document ended, newest first; those that were cancelled say nothing and are left out."""
    query = (
        select(runs)
        .with_only_columns(*(runs.c[name] for name in _ENDING))
        .where(runs.c.path == path, runs.c.state == RunState.ENDED.value)
        .where(runs.c.verdict != Verdict.CANCELLED.value)
        .order_by(runs.c.ended_at.desc(), runs.c.id.desc())
    )
    return [Ending(**{**row, "verdict": Verdict(row["verdict"])}) for row in tx.execute(query).mappings()]


def hold_run(tx: Transaction, run_id: str) -> None:
    """Keep whoever else speaks to a run, or pauses it, waiting until this transaction ends."""
    hold(tx, f"run/{run_id}")


def get_view(tx: Transaction, run_id: str) -> RunView:
    """A run with all that has happened in it; raises NotFound."""
    run = get_run(tx, run_id)
    return RunView(run, _records(tx, run.id), _approvals(tx, run.id), _answers(tx, run.id))


def find_state(tx: Transaction, run_id: str) -> RunState:
    """The state of a run, without all that belongs to it."""
    return RunState(tx.execute(select(runs.c.state).where(runs.c.id == run_id)).scalar_one())


def list_records_but(tx: Transaction, run_id: str, known: Collection[tuple[str, int]]) -> list[StepRecord]:
    """The attempts of a run that are not known yet, the oldest first."""
    mine = select(run_steps.c.step, run_steps.c.attempt).where(run_steps.c.run_id == run_id)
    new = [(row.step, row.attempt) for row in tx.execute(mine) if (row.step, row.attempt) not in known]
    return list(_records(tx, run_id, new[:_MOST_AT_ONCE])) if new else []


def _records(tx: Transaction, run_id: str, only: Sequence[tuple[str, int]] = ()) -> tuple[StepRecord, ...]:
    query = (
        select(run_steps)
        .where(run_steps.c.run_id == run_id)
        .order_by(run_steps.c.started_at, run_steps.c.attempt)
    )
    if only:
        query = query.where(
            or_(*(and_(run_steps.c.step == step, run_steps.c.attempt == attempt) for step, attempt in only))
        )
    return tuple(_record(row) for row in tx.execute(query).mappings())


def _record(row: RowMapping) -> StepRecord:
    return StepRecord(
        step=row["step"],
        attempt=row["attempt"],
        state=StepState(row["state"]),
        because=row["because"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        birth=row["birth"],
        result=row["result"],
        judgements=_JUDGEMENTS.validate_python(row["judgements"]),
    )


def _approvals(tx: Transaction, run_id: str) -> tuple[Approval, ...]:
    columns = [
        run_approvals.c[name] for name in ("step", "digest", "person", "approved", "at", "user", "comment")
    ]
    query = select(*columns).where(run_approvals.c.run_id == run_id).order_by(run_approvals.c.id)
    return tuple(Approval(**row) for row in tx.execute(query).mappings())


def _answers(tx: Transaction, run_id: str) -> tuple[Answer, ...]:
    columns = [run_answers.c[name] for name in ("key", "value", "person", "at", "note")]
    query = select(*columns).where(run_answers.c.run_id == run_id).order_by(run_answers.c.id)
    return tuple(Answer(**row) for row in tx.execute(query).mappings())


def save_claim(tx: Transaction, run_id: str, owner: str, segment: int, now: datetime) -> Run:
    """Make `owner` the one who works on a run's segment.

    Raises Conflict when the segment is an old one, the run has ended, or somebody claimed it meanwhile.
    """
    run = get_run(tx, run_id)
    if run.segment != segment or run.state is RunState.ENDED:
        raise Conflict(f"segment {segment} of run {run_id} is over")
    claimed = replace(
        run,
        owner=owner,
        epoch=run.epoch + 1,
        state=RunState.RUNNING,
        wait=None,
        started_at=run.started_at or now,
    )
    _update(tx, run, claimed)
    return claimed


def save_run(tx: Transaction, before: Run, after: Run) -> None:
    """Change a run, if nobody has taken it up since `before` was read; raises Conflict."""
    _update(tx, before, after)


def _update(tx: Transaction, before: Run, after: Run) -> None:
    values = {name: getattr(after, name) for name in _PROGRESS}
    values["wait"] = _WAIT.dump_python(after.wait, mode="json") if after.wait else None
    done = tx.execute(
        update(runs).where(runs.c.id == before.id, runs.c.epoch == before.epoch).values(**values)
    )
    if done.rowcount != 1:
        raise Conflict(f"run {before.id} was taken up by another worker")


def save_next_segment(tx: Transaction, run_id: str, segment: int) -> bool:
    """Open the segment after `segment`; False if somebody already did, or the run has ended."""
    query = update(runs).where(
        runs.c.id == run_id, runs.c.segment == segment, runs.c.state != RunState.ENDED.value
    )
    opened = query.values(segment=segment + 1, state=RunState.REQUESTED.value, wait=None)
    return tx.execute(opened).rowcount == 1


def save_cancel(tx: Transaction, run_id: str, person: str) -> bool:
    """Ask for a run to be cancelled; False if it has ended or was cancelled before."""
    query = update(runs).where(
        runs.c.id == run_id, runs.c.state != RunState.ENDED.value, runs.c.cancelled_by == ""
    )
    return tx.execute(query.values(cancelled_by=person)).rowcount == 1


def find_cancel(tx: Transaction, run_id: str) -> str:
    """Who cancelled a run, or an empty string."""
    return str(tx.execute(select(runs.c.cancelled_by).where(runs.c.id == run_id)).scalar() or "")


def save_intent(tx: Transaction, run: Run, record: StepRecord) -> None:
    """Record, before a step starts, that it is about to; raises Conflict if the run is no longer ours."""
    _guard(tx, run)
    tx.execute(insert(run_steps).values(run_id=run.id, **_step_row(record)))


def save_record(tx: Transaction, run: Run, record: StepRecord) -> None:
    """Complete or replace the record of an attempt; raises Conflict if the run is no longer ours."""
    _guard(tx, run)
    key = (
        run_steps.c.run_id == run.id,
        run_steps.c.step == record.step,
        run_steps.c.attempt == record.attempt,
    )
    if tx.execute(update(run_steps).where(*key).values(**_step_row(record))).rowcount == 0:
        tx.execute(insert(run_steps).values(run_id=run.id, **_step_row(record)))


def _guard(tx: Transaction, run: Run) -> None:
    """Touch the run's row under its epoch, so that an older owner's write fails and a newer one waits."""
    done = tx.execute(
        update(runs).where(runs.c.id == run.id, runs.c.epoch == run.epoch).values(epoch=run.epoch)
    )
    if done.rowcount != 1:
        raise Conflict(f"run {run.id} was taken up by another worker")


def _step_row(record: StepRecord) -> dict[str, Any]:
    return {
        "step": record.step,
        "attempt": record.attempt,
        "state": record.state.value,
        "because": record.because,
        "birth": dict(record.birth),
        "result": dict(record.result),
        "judgements": _JUDGEMENTS.dump_python(record.judgements, mode="json"),
        "started_at": record.started_at,
        "ended_at": record.ended_at,
    }


def save_approval(tx: Transaction, run_id: str, approval: Approval) -> None:
    """Add one person's yes or no."""
    tx.execute(insert(run_approvals).values(run_id=run_id, **asdict(approval)))


def save_answer(tx: Transaction, run_id: str, answer: Answer) -> None:
    """Add one person's answer."""
    tx.execute(insert(run_answers).values(run_id=run_id, **asdict(answer)))


def list_waiting_for(tx: Transaction, kind: str) -> list[Run]:
    """Runs that wait for one kind of thing, oldest first."""
    query = select(runs).where(runs.c.state == RunState.WAITING.value).order_by(runs.c.created_at)
    return [run for row in tx.execute(query).mappings() if (run := _run(row)).wait and run.wait.kind == kind]


def as_json(plan: Plan) -> Mapping[str, Any]:
    """A plan in the form in which it is kept and published."""
    return stored_shape(plan)
