"""Runs are kept whole on both databases, and only their present worker can write."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from runward.foundation.errors import Conflict, NotFound
from runward.foundation.storage.database import Database
from runward.runbooks.model import Expectation, Risk, Source, StepKind
from runward.runs import document_store, lock_store, store
from runward.runs.digest import digest_of
from runward.runs.model import (
    Answer,
    Approval,
    Judgement,
    Met,
    Plan,
    PlannedStep,
    Run,
    RunState,
    StepRecord,
    StepState,
    Verdict,
    Wait,
    WaitKind,
)

NOW = datetime(2026, 3, 1, 9, 0, 0, 123456, tzinfo=UTC)


def new_run(run_id: str = "run1") -> Run:
    expectation = Expectation(7, "lag < 2 s", Source.COLUMN, (1,), name="lag")
    step = PlannedStep(
        "s1", 1, 5, "Look — ☃", StepKind.COMMAND, "bash", 1, risk=Risk.DESTROY, expects=(expectation,)
    )
    plan = Plan("shop", "RUNBOOK.md", "doc", "p", "P", 1, "fix", (step,), values={"<ip>": "10.0.0.1"})
    plan = replace(plan, digest=digest_of(plan))
    return Run(run_id, plan, "ada", RunState.REQUESTED, attended=True, created_at=NOW, requester_user="ada")


def saved(database: Database, run_id: str = "run1") -> Run:
    run = new_run(run_id)
    with database.transaction() as tx:
        store.save_new_run(tx, run)
    return run


def test_a_run_comes_back_as_it_was_with_the_same_digest(database: Database) -> None:
    run = saved(database)
    with database.reading() as tx:
        found = store.get_run(tx, run.id)
    assert found == run
    assert digest_of(found.plan) == run.plan.digest


def test_what_happens_in_a_run_comes_back_in_order(database: Database) -> None:
    run = saved(database)
    record = StepRecord(
        "s1",
        1,
        StepState.RUNNING,
        started_at=NOW,
        birth={"pid": 7},
        judgements=(Judgement(7, "lag", Met.NOT_MET, "9 s"),),
    )
    done = replace(record, state=StepState.DONE, ended_at=NOW + timedelta(seconds=1), result={"exit": 0})
    approval = Approval("s1", run.plan.digest, "bob", approved=True, at=NOW, user="bob")
    with database.transaction() as tx:
        claimed = store.save_claim(tx, run.id, "worker-1", 0, NOW)
        store.save_intent(tx, claimed, record)
        store.save_record(tx, claimed, done)
        store.save_approval(tx, run.id, approval)
        store.save_answer(tx, run.id, Answer("condition:s1", "yes", "ada", NOW))
        store.save_answer(tx, run.id, Answer("condition:s1", "no", "bob", NOW))
    with database.reading() as tx:
        view = store.get_view(tx, run.id)
    assert view.records == (done,)
    assert view.approvals == (approval,)
    assert view.answer("condition:s1") == "no"


def test_an_older_owner_can_no_longer_write(database: Database) -> None:
    run = saved(database)
    with database.transaction() as tx:
        old = store.save_claim(tx, run.id, "worker-1", 0, NOW)
    with database.transaction() as tx:
        new = store.save_claim(tx, run.id, "worker-2", 0, NOW)
    record = StepRecord("s1", 1, StepState.RUNNING, started_at=NOW)
    with pytest.raises(Conflict), database.transaction() as tx:
        store.save_intent(tx, old, record)
    with pytest.raises(Conflict), database.transaction() as tx:
        store.save_run(tx, old, replace(old, state=RunState.ENDED, verdict=Verdict.SUCCEEDED))
    with database.transaction() as tx:
        store.save_intent(tx, new, record)
    with database.reading() as tx:
        assert store.get_view(tx, run.id).records == (record,)


def test_a_segment_that_is_over_cannot_be_claimed(database: Database) -> None:
    run = saved(database)
    with database.transaction() as tx:
        assert store.save_next_segment(tx, run.id, 0)
        assert not store.save_next_segment(tx, run.id, 0)
    with pytest.raises(Conflict), database.transaction() as tx:
        store.save_claim(tx, run.id, "late", 0, NOW)


def test_only_one_of_many_claims_the_next_segment(database: Database) -> None:
    run = saved(database)
    won: list[bool] = []

    def try_it() -> None:
        with database.transaction() as tx:
            won.append(store.save_next_segment(tx, run.id, 0))

    threads = [threading.Thread(target=try_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 7 + [True]


def test_a_target_belongs_to_one_run_at_a_time(database: Database) -> None:
    first, second = saved(database, "run1"), saved(database, "run2")
    with database.transaction() as tx:
        assert lock_store.save_locks(tx, first.id, ["shop/db", "shop/cache"], NOW) == ""
        assert lock_store.save_locks(tx, first.id, ["shop/db"], NOW) == ""
    with database.transaction() as tx:
        assert lock_store.save_locks(tx, second.id, ["shop/web", "shop/db"], NOW) == first.id
        assert lock_store.find_lock(tx, second.id) is None, "all or nothing"
    with database.transaction() as tx:
        assert lock_store.release_locks(tx, first.id)
        assert not lock_store.release_locks(tx, first.id)
        assert lock_store.save_locks(tx, second.id, ["shop/web", "shop/db"], NOW) == ""


def test_cancelling_is_said_once_and_not_after_the_end(database: Database) -> None:
    run = saved(database)
    with database.transaction() as tx:
        assert store.save_cancel(tx, run.id, "ada")
        assert not store.save_cancel(tx, run.id, "bob")
        assert store.find_cancel(tx, run.id) == "ada"
        claimed = store.save_claim(tx, run.id, "worker", 0, NOW)
        store.save_run(tx, claimed, replace(claimed, state=RunState.ENDED, verdict=Verdict.CANCELLED))
    with database.transaction() as tx:
        assert not store.save_cancel(tx, run.id, "cy")
        assert store.get_run(tx, run.id).cancelled_by == "ada", (
            "a worker's write does not undo the cancelling"
        )


def test_waiting_runs_are_found_by_what_they_wait_for(database: Database) -> None:
    run = saved(database)
    wait = Wait(WaitKind.TARGET, "s1", "target:other", "busy")
    with database.transaction() as tx:
        claimed = store.save_claim(tx, run.id, "worker", 0, NOW)
        store.save_run(tx, claimed, replace(claimed, state=RunState.WAITING, wait=wait))
    with database.reading() as tx:
        assert [found.id for found in store.list_waiting_for(tx, WaitKind.TARGET)] == [run.id]
        assert store.list_waiting_for(tx, WaitKind.APPROVAL) == []


def test_an_id_may_be_shortened_while_it_is_clear(database: Database) -> None:
    saved(database, "abc1")
    saved(database, "abd2")
    with database.reading() as tx:
        assert store.get_run(tx, "abc").id == "abc1"
        with pytest.raises(Conflict, match="more than one"):
            store.get_run(tx, "ab")
        with pytest.raises(NotFound, match="runward runs"):
            store.get_run(tx, "%")


def test_a_document_is_kept_once(database: Database) -> None:
    with database.transaction() as tx:
        document_store.save_document(tx, "d" * 64, "RUNBOOK.md", "# One")
        document_store.save_document(tx, "d" * 64, "RUNBOOK.md", "# One")
        assert document_store.get_document(tx, "d" * 64) == "# One"
        with pytest.raises(NotFound):
            document_store.get_document(tx, "e" * 64)


def test_two_may_keep_the_same_document_at_once(database: Database) -> None:
    begun = threading.Event()
    failures: list[BaseException] = []

    def second() -> None:
        begun.wait(10)
        try:
            with database.transaction() as tx:
                document_store.save_document(tx, "d" * 64, "RUNBOOK.md", "# One")
        except BaseException as error:  # noqa: BLE001  # whatever it is, the test tells it
            failures.append(error)

    other = threading.Thread(target=second)
    other.start()
    with database.transaction() as tx:
        document_store.save_document(tx, "d" * 64, "RUNBOOK.md", "# One")
        begun.set()
        other.join(0.5)
    other.join(20)
    assert failures == []
    with database.reading() as tx:
        assert document_store.get_document(tx, "d" * 64) == "# One"
