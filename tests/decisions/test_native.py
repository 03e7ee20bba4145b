"""Calls of actions as tables: how they are read, filled, judged, and what is decided about what was shown."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from runward.foundation.errors import Mistake
from runward.inventory.bind import Bound
from runward.inventory.fill import filled
from runward.people.model import Approvals, People
from runward.plugins.actions.postgres_connections import totals_of
from runward.plugins.actions.postgres_replication import row_of_replica
from runward.plugins.actions.postgres_slow import statement_for
from runward.plugins.actions.redis_memory import figures_of, remarks_on
from runward.plugins.calls import call_of, faults_of
from runward.plugins.contracts import Ended, Outcome, table_of_rows
from runward.plugins.facts import find_reference
from runward.plugins.locktree import places_in
from runward.plugins.sessions import fate_of
from runward.runbooks.classify import Piece, meaning_of
from runward.runbooks.model import Kind, Risk, StepKind
from runward.runbooks.read import parse_runbook
from runward.runs.advance import Do, LookAhead, Pause, next_of
from runward.runs.model import (
    PREVIEW,
    Approval,
    Plan,
    PlannedStep,
    Run,
    RunState,
    RunView,
    StepRecord,
    StepState,
    WaitKind,
)
from runward.runs.result import result_of


@pytest.mark.parametrize(
    ("text", "risk", "why"),
    [
        ("action: postgres.locks", Risk.READ, "who waits for whom"),
        ("action: postgres.terminate\nstate: idle", Risk.DESTROY, "End sessions"),
        ("action: postgres.cancel", Risk.CHANGE, "Interrupt queries"),
        ("action: redis.expire\nmatch: a*\nafter: 1h", Risk.CHANGE, "Set an expiry"),
        ("action: postgres.unheard_of", Risk.CHANGE, "there is no such action"),
        ("just words", Risk.CHANGE, "does not say which action"),
        ("action: [", Risk.CHANGE, "not YAML"),
    ],
)
def test_what_a_call_does(text: str, risk: Risk, why: str) -> None:
    meaning = meaning_of(Piece(text, "runward", 7))
    assert (meaning.kind, meaning.risk, meaning.tools) == (Kind.COMMAND, risk, ())
    assert why in meaning.risks[0].why
    assert meaning.risks[0].line == 7


def test_an_empty_fence_is_nothing() -> None:
    assert meaning_of(Piece("\n", "runward")).kind is Kind.OTHER


def test_the_line_of_a_call_is_that_of_its_action() -> None:
    assert (
        meaning_of(Piece("# why\nstate: idle\naction: postgres.terminate", "runward", 7)).risks[0].line == 9
    )


def test_placeholders_in_settings_are_found() -> None:
    meaning = meaning_of(Piece("action: redis.expire\nmatch: <pattern>\nafter: 1h", "runward", 4))
    assert [(one.name, one.line) for one in meaning.placeholders] == [("<pattern>", 5)]


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("action: x.y\nstate: on", {"state": "on"}),
        ("action: x.y\nafter: 1:30", {"after": "1:30"}),
        ("action: x.y\nname: 007", {"name": "007"}),
        ("action: x.y\nname: ", {"name": ""}),
        ("action: x.y\nnames: [a, b]", {"names": ["a", "b"]}),
        ("action: x.y\nname: null\nday: 2026-01-01", {"name": "null", "day": "2026-01-01"}),
    ],
)
def test_scalars_stay_the_text_that_they_are(text: str, settings: dict[str, object]) -> None:
    assert call_of(text).settings == settings


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("action: x.y\nstate: a\nstate: b", 3),
        ("state: a", 1),
        ("action: [a]", 1),
        ("- action", 1),
        ("action: x.y\ntarget: [a]", 2),
        ("action: x.y\n\tstate: a", 2),
        ("", 1),
    ],
)
def test_what_is_no_call_is_a_mistake_at_its_line(text: str, line: int) -> None:
    with pytest.raises(Mistake) as caught:
        call_of(text)
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("action: postgres.locks", []),
        ("action: postgres.lock", [1]),
        ("action: postgres.terminate\nage: 1m\nstate: asleep\nat_most: 0", [2, 3, 4]),
        ("# first\naction: redis.expire", [2, 2]),
        ("action: logs.rotate\nlarger_than: many", [2]),
        ("action: tls.inspect\nname: [a]", [2]),
    ],
)
def test_everything_that_is_wrong_with_a_call_is_told_at_its_line(text: str, lines: list[int]) -> None:
    assert [fault.line for fault in faults_of(call_of(text))] == lines


WORDS = {
    "<p>": "page:*",
    "<quote>": 'say "it": # {now}',
    "<on>": "on",
    "<lines>": "a\nb: c",
    "limit: 5": "limit: 7",
    "other: 1": "different: 2",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("match: <p>", 'match: "page:*"'),
        ("match: <p>  # those of the cache", 'match: "page:*"  # those of the cache'),
        ("match: <quote>", 'match: "say \\"it\\": # {now}"'),
        ("match: <on>", 'match: "on"'),
        ("match: <lines>", 'match: "a\\nb: c"'),
        ("- <p>", '- "page:*"'),
        ("path: /var/<on>/x", "path: /var/on/x"),
        ('path: "/var/<on>/x"', 'path: "/var/on/x"'),
        ("limit: 5", 'limit: "7"'),
        ("  limit: 5", '  limit: "7"'),
    ],
)
def test_values_are_written_as_the_text_that_they_are(text: str, expected: str) -> None:
    done = filled(text, {name: Bound(value) for name, value in WORDS.items()}, "runward")
    assert (done.text, done.problems) == (expected, ())


@pytest.mark.parametrize("text", ["path: /var/<quote>/x", "path: '<lines>'", "other: 1", "x: [<quote>]"])
def test_what_could_be_read_as_something_else_is_not_written(text: str) -> None:
    done = filled(text, {name: Bound(value) for name, value in WORDS.items()}, "runward")
    assert done.text == text
    assert len(done.problems) == 1


def test_a_secret_is_no_setting() -> None:
    secret = Bound(reference=find_reference("env:WORD"))
    done = filled("match: <p>", {"<p>": secret}, "runward")
    assert done.text == "match: <p>"
    assert "takes none as a setting" in done.problems[0].why


@pytest.mark.parametrize(
    ("blockers", "expected"),
    [
        ({}, []),
        ({2: [1]}, [(1, 0, 1), (2, 1, 0)]),
        ({2: [1], 3: [2]}, [(1, 0, 2), (2, 1, 1), (3, 2, 0)]),
        ({3: [1], 4: [2], 5: [2]}, [(2, 0, 2), (4, 1, 0), (5, 1, 0), (1, 0, 1), (3, 1, 0)]),
        ({3: [1, 2]}, [(1, 0, 1), (3, 1, 0), (2, 0, 1)]),
        ({2: [1, 1, 1]}, [(1, 0, 1), (2, 1, 0)]),
        ({5: [0]}, [(0, 0, 1), (5, 1, 0)]),
        ({1: [2], 2: [1]}, [(1, 0, 1), (2, 1, 1)]),
        ({1: [2], 2: [1], 3: [2], 9: [8]}, [(1, 0, 2), (2, 1, 2), (3, 2, 0), (8, 0, 1), (9, 1, 0)]),
    ],
)
def test_trees_of_waits(blockers: dict[int, list[int]], expected: list[tuple[int, int, int]]) -> None:
    assert sorted((one.pid, one.depth, one.waiting) for one in places_in(blockers)) == sorted(expected)
    weights = [one.waiting for one in places_in(blockers) if not one.depth]
    assert weights == sorted(weights, reverse=True), "the heaviest tree first"


BORN, NOW = "2026-11-21T04:00:00+00:00", datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
SHOWN = {"pid": 7, "backend_start": BORN, "state_change": NOW.isoformat(), "query_start": NOW.isoformat()}


@pytest.mark.parametrize(
    ("now", "fate"),
    [
        (
            {
                "backend_start": datetime(2026, 11, 21, 4, 0, tzinfo=UTC),
                "state_change": NOW,
                "query_start": NOW,
            },
            "",
        ),
        (None, "gone, or no longer what was meant"),
        ({"backend_start": NOW, "state_change": NOW, "query_start": NOW}, "another session has its pid"),
        (
            {"backend_start": BORN, "state_change": NOW + timedelta(microseconds=1), "query_start": NOW},
            "moved on",
        ),
        ({"backend_start": BORN, "state_change": NOW, "query_start": NOW + timedelta(seconds=1)}, "moved on"),
    ],
)
def test_what_becomes_of_an_approved_session(now: dict[str, Any] | None, fate: str) -> None:
    said = fate_of(SHOWN, now)
    assert (fate in said) if fate else not said


OWN = {"replica": "r", "paused": False, "since_replay": 120.0}


@pytest.mark.parametrize(
    ("own", "receiver", "seconds", "state"),
    [
        (OWN, None, None, "disconnected"),
        (OWN | {"since_replay": None}, None, None, "disconnected"),
        (OWN, {"state": "streaming", "lag_bytes": 0.0, "silent": 1.0}, 0.0, "streaming"),
        (OWN, {"state": "streaming", "lag_bytes": 10.0, "silent": 1.0}, 120.0, "streaming"),
        (OWN, {"state": "streaming", "lag_bytes": 0.0, "silent": 600.0}, None, "streaming"),
        (OWN, {"state": "streaming", "lag_bytes": 0.0, "silent": None}, None, "streaming"),
        (OWN, {"state": "streaming", "lag_bytes": None, "silent": 1.0}, 120.0, "streaming"),
        (
            OWN | {"since_replay": None},
            {"state": "streaming", "lag_bytes": 9.0, "silent": 1.0},
            None,
            "streaming",
        ),
    ],
)
def test_the_lag_that_a_replica_knows(
    own: dict[str, Any], receiver: dict[str, Any] | None, seconds: float | None, state: str
) -> None:
    row = row_of_replica(own, receiver)
    assert (row["lag_seconds"], row["state"]) == (seconds, state)


@pytest.mark.parametrize(
    ("settings", "used", "usable", "share"),
    [
        ({"max_connections": 100, "superuser_reserved_connections": 3}, 97, 97, 100.0),
        (
            {"max_connections": 100, "superuser_reserved_connections": 3, "reserved_connections": 7},
            9,
            90,
            10.0,
        ),
        ({"max_connections": 3, "superuser_reserved_connections": 3}, 1, 0, None),
    ],
)
def test_connections_that_may_be_used(
    settings: dict[str, int], used: int, usable: int, share: float | None
) -> None:
    found = totals_of(settings, {"used": used})
    assert (found["usable"], found["used_percent"]) == (usable, share)


@pytest.mark.parametrize(
    ("columns", "named"),
    [
        (
            {"total_exec_time", "mean_exec_time", "toplevel"},
            ["total_exec_time", "mean_exec_time", "AND toplevel"],
        ),
        ({"total_exec_time", "mean_exec_time"}, ["total_exec_time"]),
        ({"total_time", "mean_time"}, ["total_time", "mean_time"]),
    ],
)
def test_the_statements_of_each_version(columns: set[str], named: list[str]) -> None:
    text = statement_for(columns, "public", "total")
    assert all(name in text for name in named)
    assert ("toplevel" in text) is ("toplevel" in columns)
    assert ("exec_time" in text) is ("total_exec_time" in columns)


INFO = {"used_memory": 900, "maxmemory": 1000, "maxmemory_policy": "volatile-lru", "db0": {"keys": 10, "expires": 4},
        "db3": {"keys": 10, "expires": 10}}  # fmt: skip


@pytest.mark.parametrize(
    ("info", "percent", "lasting", "said"),
    [
        (INFO, 90.0, 6, "6 keys without an expiry are never evicted"),
        (INFO | {"maxmemory_policy": "noeviction"}, 90.0, 6, "writes fail"),
        (INFO | {"maxmemory": 0}, None, 6, "no maxmemory is set"),
        (INFO | {"maxmemory_policy": "allkeys-lru"}, 90.0, 6, ""),
    ],
)
def test_what_a_redis_says_of_its_memory(
    info: dict[str, Any], percent: float | None, lasting: int, said: str
) -> None:
    row = figures_of(info)
    assert (row["used_percent"], row["lasting_keys"]) == (percent, lasting)
    remarks = remarks_on(row)
    assert said in remarks[0] if said else not remarks


END = PlannedStep("end", 1, 5, "End", StepKind.COMMAND, "runward", 1, 6, script="action: postgres.terminate", target="db",
                  risk=Risk.DESTROY, needs_approval=True, quorum=1)  # fmt: skip
PLAN = Plan("shop", "/x.md", "d", "p", "P", 3, "fix", (END,), digest="digest")
PEOPLE = People(approvals=Approvals(requester_may_approve=("read", "change", "destroy"), destroy=1))
AT = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)


def seen(count: int, attempt: int = 1, at: datetime = AT) -> StepRecord:
    table = table_of_rows("sessions", ("pid",), [{"pid": number} for number in range(count)])
    result = result_of(Outcome(Ended.FINISHED, 0, tables=(table,)))
    return StepRecord(PREVIEW + "end", attempt, StepState.DONE, "", at, at, result=result)


def yes(at: datetime) -> Approval:
    return Approval("end", "digest", "alice", approved=True, at=at, user="alice")


def failed(attempt: int) -> StepRecord:
    return StepRecord("end", attempt, StepState.FAILED, "no", AT, AT)


@pytest.mark.parametrize(
    ("records", "approvals", "decided"),
    [
        ((), (), LookAhead(END, 1)),
        ((), (yes(AT),), LookAhead(END, 1)),
        ((seen(2),), (), WaitKind.APPROVAL),
        ((seen(2),), (yes(AT - timedelta(seconds=1)),), WaitKind.APPROVAL),
        ((seen(2),), (yes(AT + timedelta(seconds=1)),), Do(END, 1)),
        ((seen(0),), (), Do(END, 1)),
        (
            (seen(2), StepRecord("end", 1, StepState.INTERRUPTED, "", AT, AT, result={"untouched": True})),
            (),
            LookAhead(END, 2),
        ),
    ],
)
def test_first_it_is_looked_then_approved_then_done(
    records: tuple[StepRecord, ...], approvals: tuple[Approval, ...], decided: object
) -> None:
    run = Run("r", PLAN, "alice", RunState.RUNNING, True, AT, requester_user="alice")
    found = next_of(RunView(run, records, approvals), AT + timedelta(seconds=2), PEOPLE)
    if isinstance(decided, WaitKind):
        assert isinstance(found, Pause)
        assert found.wait.kind is decided
    else:
        assert found == decided


@pytest.mark.parametrize(
    ("said", "column"),
    [("Used percent < 80 %", "used_percent"), ("Idle in transaction < 5", "idle_in_transaction")],
)
def test_expected_results_in_prose_find_the_column_of_an_action(said: str, column: str) -> None:
    text = f"# S\n\n## Connections check\n\n```runward\naction: postgres.connections\n```\n\n**Expected results**:\n\n- {said}\n"
    (procedure,) = parse_runbook(text, "x.md").procedures
    (expected,) = procedure.expects
    assert (expected.source.value, expected.name) == ("column", column)
