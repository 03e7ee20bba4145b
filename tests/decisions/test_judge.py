"""Judging: what was seen -> met, not met or could not tell, with the figure in the reason."""

import json

import pytest

from runward.runbooks.model import Expectation, Operator, Source
from runward.runs.judge import judge
from runward.runs.model import Met
from runward.runs.outcome import Seen, SeenCommand, SeenSection, SeenTable

YES, NO, UNSURE = Met.MET, Met.NOT_MET, Met.COULD_NOT_TELL
OPERATORS = {one.value: one for one in Operator}


def expectation(source: Source, wanted: str = "", name: str = "", at: tuple[int, ...] = ()) -> Expectation:
    """`wanted` is "operator value unit" with spaces: "< 2 s"."""
    operator, _, rest = wanted.partition(" ")
    value, unit = rest, ""
    if rest and rest.rsplit(" ", 1)[-1] in {"s", "ms", "%", "min", "time", "G", "M", "d"}:
        value, unit = rest.rsplit(" ", 1)
    return Expectation(
        3, "as the document says", source, (1,), at, name, OPERATORS.get(operator), value, unit
    )


def printed(text: str, command: str = "show", exits: tuple[int, ...] = (0,), **more: object) -> Seen:
    commands = (
        SeenCommand(
            10, command, exits, failed=bool(more.pop("failed", False)), http_status=more.pop("status", None)
        ),
    )  # type: ignore[arg-type]
    return Seen(1, exits[-1], commands=commands, sections=(SeenSection(10, 10, text),), **more)  # type: ignore[arg-type]


def table(columns: str, *rows: tuple[object, ...], count: int | None = None) -> Seen:
    return Seen(
        1, 0, tables=(SeenTable(10, tuple(columns.split()), rows, len(rows) if count is None else count),)
    )


def verdict(one: Expectation, *seen: Seen) -> tuple[Met, str]:
    found = judge(one, {1: seen} if seen else {})
    return found.met, found.because


COLUMNS = [
    # wanted, name, columns, rows, answer, what the reason must tell
    ("< 2 s", "lag_seconds", "client lag_seconds", [("a", 0.4)], YES, "0.4"),
    ("< 2 s", "lag_seconds", "client lag_seconds", [("a", 0.4), ("b", 7.5)], NO, "7.5"),
    ("< 2 s", "lag_seconds", "client lag_seconds", [("a", 0.4), ("b", 7.5), ("c", 91)], NO, "91"),
    ("< 2 s", "lag_seconds", "client lag_seconds", [("a", 2)], NO, "below 2 s"),
    ("<= 2 s", "lag_seconds", "client lag_seconds", [("a", 2)], YES, "2"),
    ("< 2 s", "lag_seconds", "client lag_seconds", [("a", None)], UNSURE, "null"),
    ("< 2 s", "lag_seconds", "client lag_seconds", [("a", 0.1), ("b", None)], UNSURE, "null"),
    ("< 2 s", "lag_seconds", "client lag_seconds", [("a", 9), ("b", None)], NO, "9"),
    ("< 2 s", "lag_seconds", "client lag_seconds", [], UNSURE, "no row"),
    ("< 2 s", "lag_seconds", "client lag_seconds", [("a", "NaN")], UNSURE, "no value"),
    ("< 2 s", "lag_seconds", "client lag_seconds", [("a", float("nan"))], UNSURE, "nan"),
    ("< 2 s", "lag_seconds", "client lag_seconds", [("a", "")], UNSURE, "no value"),
    ("< 2 s", "lag_seconds", "client lag_seconds", [("a", True)], UNSURE, "no number"),
    ("< 2 s", "lag_seconds", "client lag_seconds", [("a", "ERROR: gone")], UNSURE, "no number"),
    ("< 2 s", "lag_seconds", "client other", [("a", 1)], UNSURE, "no column"),
    ("< 2 s", "replay_lag", "client replay_lag", [("a", "00:00:01.5")], YES, "1.5 s"),
    ("< 2 s", "replay_lag", "client replay_lag", [("a", "00:00:02.5")], NO, "2.5 s"),
    ("< 2 s", "replay_lag", "client replay_lag", [("a", "1 day 00:00:00")], NO, "86400 s"),
    ("< 2 s", "lag", "client lag_ms", [("a", 1500)], YES, "1.5 s"),
    ("< 2 s", "lag", "client lag", [("a", 1500)], UNSURE, "without a unit"),
    ("< 2 s", "lag", "client lag", [("a", 0.2)], YES, "0.2"),
    ("< 2 s", "lag", "client lag_bytes", [("a", 1)], UNSURE, "cannot be told in s"),
    ("< 2 s", "lag", "replay_lag write_lag", [("0.1", "0.2")], UNSURE, "several columns"),
    ("> 0", "count", "count", [(17,)], YES, "17"),
    ("> 0", "count", "count", [(0,)], NO, "0"),
    ("> 0", "count", "count", [("1,204",)], YES, "1,204"),
    ("== 0", "orphans", "orphans", [(3,)], NO, "3"),
    ("== streaming", "state", "client state", [("a", "streaming"), ("b", "catchup")], NO, "catchup"),
    ("== streaming", "state", "client state", [("a", "streaming"), ("b", "streaming")], YES, "2 rows"),
    ("== streaming", "state", "client state", [], UNSURE, "no row"),
    ("<= 2026-02-17 10:30:00 time", "pg_last", "pg_last", [("2026-02-17 10:29:58+00:00",)], YES, "10:29:58"),
    ("<= 2026-02-17 10:30:00 time", "pg_last", "pg_last", [("2026-02-17 10:31:00+00:00",)], NO, "10:31"),
    ("<= 2026-02-17 10:30:00 time", "pg_last", "pg_last", [(None,)], UNSURE, "null"),
    ("between 40..70 %", "pool", "pool_ratio", [(0.55,)], YES, "55 %"),
    ("between 40..70 %", "pool", "pool_percent", [(0.55,)], NO, "0.55"),
    ("between 40..70 %", "pool", "pool", [(1,)], NO, "1"),
    ("> 70 %", "pool", "pool", [(1,)], UNSURE, "1 or 100"),
    ("between 40..70 %", "pool", "pool", [(70,)], YES, "70"),
    ("between 40..70 %", "pool", "pool", [(70.1,)], NO, "70.1"),
]


@pytest.mark.parametrize(("wanted", "name", "columns", "rows", "answer", "reason"), COLUMNS)
def test_columns_of_sql(
    wanted: str, name: str, columns: str, rows: list[tuple[object, ...]], answer: Met, reason: str
) -> None:
    got, because = verdict(expectation(Source.COLUMN, wanted, name), table(columns, *rows))
    assert (got, reason in because) == (answer, True), because


PODS = "NAME                  READY   STATUS             RESTARTS   AGE\n"
PRINTED = [
    (
        "== Running",
        "STATUS",
        PODS + "web-1                 1/1     Running            0          2d\n",
        YES,
        "Running",
    ),
    (
        "== Running",
        "STATUS",
        PODS
        + "web-1                 1/1     Running            0          2d\nweb-2                 0/1     CrashLoopBackOff   9 (1m ago)   2d\n",
        NO,
        "CrashLoopBackOff",
    ),
    (
        "== Running",
        "STATUS",
        PODS + "web-1                 1/2     Running            0          2d\n",
        NO,
        "1 of 2",
    ),
    (
        "== Running",
        "STATUS",
        PODS + "job-1                 0/1     Completed          0          2d\n",
        UNSURE,
        "no row",
    ),
    ("== Running", "STATUS", PODS, UNSURE, "no table"),
    ("== Running", "STATUS", "No resources found in shop namespace.\n", UNSURE, "no table"),
    (
        "== n/n",
        "COMPLETIONS",
        "NAME   COMPLETIONS   DURATION   AGE\nnight  1/1           20s        3h\n",
        YES,
        "1 of 1",
    ),
    (
        "== n/n",
        "COMPLETIONS",
        "NAME   COMPLETIONS   DURATION   AGE\nnight  0/1           20s        3h\n",
        NO,
        "0 of 1",
    ),
    (
        "== n/n",
        "COMPLETIONS",
        "NAME    SCHEDULE    SUSPEND   ACTIVE\nnight   0 2 * * *   False     0\n",
        UNSURE,
        "no column",
    ),
    (
        "< 90 %",
        "Use%",
        "Filesystem      Size  Used Avail Use% Mounted on\n/dev/sda1        50G   20G   28G  42% /\n",
        YES,
        "42%",
    ),
    (
        "< 90 %",
        "Use%",
        "Filesystem      Size  Used Avail Use% Mounted on\n/dev/sda1        50G   47G    3G  95% /\n",
        NO,
        "95%",
    ),
    ("> 0", "size", "-rw-r--r-- 1 root root 4.1M Jan  5 02:00 backup.gz\n", YES, "4.1M"),
    ("> 0", "size", "-rw-r--r-- 1 root root 0 Jan  5 02:00 backup.gz\n", NO, "0"),
    ("> 0", "size", "01/15/2024  02:00 AM         1,204,331 shop.dump\n", YES, "1,204,331"),
    ("> 0", "size", "ls: cannot access 'backup.gz': No such file or directory\n", UNSURE, "no table"),
    ("> 0", "count", " count \n-------\n    42\n(1 row)\n", YES, "42"),
    ("> 0", "count", " count |    max     \n-------+------------\n     0 | 2026-01-01\n(1 row)\n", NO, "0"),
    (
        "matches Up",
        "STATUS",
        "NAME      COMMAND    STATUS          PORTS\nweb       run        Up 3 minutes    80/tcp\n",
        YES,
        "Up",
    ),
    (
        "matches Up",
        "STATUS",
        "NAME      COMMAND    STATUS          PORTS\nweb       run        Exited (1)      80/tcp\n",
        NO,
        "Exited",
    ),
]


@pytest.mark.parametrize(("wanted", "name", "text", "answer", "reason"), PRINTED)
def test_tables_that_programs_print(wanted: str, name: str, text: str, answer: Met, reason: str) -> None:
    got, because = verdict(expectation(Source.COLUMN, wanted, name), printed(text))
    assert (got, reason in because) == (answer, True), because


METRICS = "curl -s http://localhost:8000/metrics/json"
POOL, HITS = "Connection pool utilization", "Cache hit rate"
KEYS = [
    # wanted, name, what was printed, the command, answer, what the reason must tell
    ("between 40..70 %", POOL, {"connection_pool": {"active": 12, "max": 50, "utilization_percent": 55.0}}, METRICS, YES, "55"),
    ("between 40..70 %", POOL, {"active": 12, "max": 50, "utilization_percent": 75.0}, f"{METRICS} | jq '.connection_pool'", NO, "75"),
    ("between 40..70 %", POOL, {"used": 27, "max": 50}, f"{METRICS} | jq '.connection_pool'", YES, "27 of 50"),
    ("between 40..70 %", POOL, {"connection_pool": {"used": 49, "max": 50}}, METRICS, NO, "98"),
    ("between 40..70 %", POOL, {"connection_pool": {"used": 3, "max": 0}}, METRICS, UNSURE, "no figure"),
    ("between 40..70 %", POOL, {"connection_pool": {"utilization": 0.55}}, METRICS, YES, "55 %"),
    ("between 40..70 %", POOL, {"connection_pool": {"utilization": 1}}, METRICS, NO, "1"),
    ("> 70 %", POOL, {"connection_pool": {"utilization": 1}}, METRICS, UNSURE, "1 or 100"),
    ("between 40..70 %", POOL, {"connection_pool": {"utilization": None}}, METRICS, UNSURE, "no figure"),
    ("between 40..70 %", POOL, {"connection_pool": {"utilization": "NaN"}}, METRICS, UNSURE, "no figure"),
    ("between 40..70 %", POOL, {"connection_pool": {"utilization": "55%"}}, METRICS, YES, "55%"),
    ("between 40..70 %", POOL, {"connectionPool": {"utilizationPercent": 41}}, METRICS, YES, "41"),
    ("between 40..70 %", POOL, {"pools": {"a": {"connection_utilization": 50}, "b": {"connection_utilization": 99}}}, METRICS, UNSURE, "several figures"),
    ("between 40..70 %", POOL, {"error": "not ready"}, METRICS, UNSURE, "no figure"),
    ("between 40..70 %", POOL, {"memory": {"used": 27, "max": 50}}, METRICS, UNSURE, "no figure"),
    ("> 70 %", HITS, {"cache": {"hit_rate": 0.83}}, METRICS, YES, "is 0.83 = 83 %, wanted"),
    ("> 70 %", HITS, {"cache": {"hit_rate": 61.5}}, METRICS, NO, "61.5"),
    ("> 70 %", HITS, {"cache": {"hits": 830, "misses": 170}}, METRICS, YES, "830 hits"),
    ("> 70 %", HITS, {"hits": 10, "misses": 90}, f"{METRICS} | jq '.cache'", NO, "10"),
    ("> 70 %", HITS, {"cache": {"hits": 0, "misses": 0}}, METRICS, UNSURE, "no figure"),
    ("> 70 %", HITS, {"cache": {"hits": 5}}, METRICS, UNSURE, "no figure"),
    ("< 100 ms", "average query latency", {"database": {"avg_latency_ms": 45, "query_count": 3}}, METRICS, UNSURE, "no figure"),
    ("< 100 ms", "latency", {"database": {"latency_ms": 45}}, METRICS, YES, "45"),
    ("< 2 s", "latency", {"latency_ms": 4500}, METRICS, NO, "4.5 s"),
    ("< 2 s", "latency", {"latency": "1.2s"}, METRICS, YES, "1.2"),
    ("== ok", "$.status", {"status": "ok"}, METRICS, YES, "ok"),
    ("== ok", "$.status", {"status": "degraded"}, METRICS, NO, "degraded"),
    ("== ok", "$.status", {"state": "ok"}, METRICS, UNSURE, "has no"),
    ("> 3", "$.queue.workers", {"queue": {"workers": 4}}, METRICS, YES, "4"),
    ("> 3", "$.queue[0].workers", {"queue": [{"workers": 2}]}, METRICS, NO, "2"),
    ("!= null", ".cache", {"hits": 1}, f"{METRICS} | jq '.cache'", YES, "is there"),
    ("!= null", ".cache", None, f"{METRICS} | jq '.cache'", UNSURE, "no value"),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "name", "answered", "command", "answer", "reason"), KEYS)
def test_keys_of_json(
    wanted: str, name: str, answered: object, command: str, answer: Met, reason: str
) -> None:
    seen = printed(json.dumps(answered, indent=2), command)
    got, because = verdict(expectation(Source.KEY, wanted, name, (10,)), seen)
    assert (got, reason in because) == (answer, True), because


def test_a_bare_figure_that_jq_leaves_is_judged() -> None:
    seen = printed("45.2\n", f"{METRICS} | jq '.database.avg_latency_ms'")
    assert verdict(expectation(Source.KEY, "< 100 ms", "average latency", (10,)), seen)[0] is YES


def test_an_answer_that_is_no_json_cannot_be_told() -> None:
    seen = printed("<html>502 Bad Gateway</html>", METRICS)
    assert verdict(expectation(Source.KEY, "> 70 %", HITS, (10,)), seen)[0] is UNSURE


STATUSES = [
    ("== 200", "", "curl http://localhost/health", (0,), 200, YES, "200"),
    ("== 200", "", "curl http://localhost/health", (0,), 503, NO, "503"),
    ("between 200..299", "", "curl http://localhost/health", (0,), 204, YES, "204"),
    ("== 200", '{"status":"ok"}', "curl http://localhost/health", (0,), None, UNSURE, "without its status"),
    (
        "== 200",
        "HTTP/1.1 200 OK\r\nServer: x\r\n\r\n",
        "curl -I http://localhost/health",
        (0,),
        None,
        YES,
        "200",
    ),
    ("== 200", "HTTP/2 503 \r\n", "curl -I http://localhost/health", (0,), None, NO, "503"),
    (
        "== 200",
        "HTTP/1.1 301 Moved\r\n\r\nHTTP/1.1 200 OK\r\n",
        "curl -IL http://localhost/",
        (0,),
        None,
        YES,
        "200",
    ),
    ("== 200", "200", "curl -s -o /dev/null -w '%{http_code}' http://localhost/", (0,), None, YES, "200"),
    (
        "== 200",
        "000",
        "curl -s -o /dev/null -w '%{http_code}' http://localhost/",
        (7,),
        None,
        NO,
        "nothing answered",
    ),
    ("== 200", "", "curl -f http://localhost/health", (22,), None, NO, "400 or above"),
    ("== 200", "", "curl http://nowhere/health", (6,), None, NO, "not resolved"),
    ("== 200", "", "curl http://localhost/health", (28,), None, NO, "timed out"),
    ("== 200", "", "curl http://localhost/health", (127,), None, UNSURE, "127"),
    ("== 200", "", "ls", (0,), None, UNSURE, "no request"),
]


@pytest.mark.parametrize("row", STATUSES)
def test_http_statuses(row: tuple[str, str, str, tuple[int, ...], int | None, Met, str]) -> None:
    wanted, text, command, exits, status, answer, reason = row
    seen = printed(text, command, exits, status=status)
    got, because = verdict(expectation(Source.STATUS, wanted, at=(10,)), seen)
    assert (got, reason in because) == (answer, True), because


def test_every_request_must_answer_well() -> None:
    commands = (
        SeenCommand(10, "curl http://a/health", (0,), http_status=200),
        SeenCommand(11, "curl http://b/health", (0,), http_status=500),
        SeenCommand(12, "curl http://b/metrics", (0,), http_status=404),
    )
    seen = Seen(1, 0, commands=commands)
    met, because = verdict(expectation(Source.STATUS, "== 200", "/health"), seen)
    assert met is NO
    assert "500" in because


EXITS = [
    (printed("", "check", (0,)), (10,), YES),
    (printed("", "check", (3,), failed=True), (10,), NO),
    (printed("", "check", (3,)), (10,), NO),
    (printed("", "dump | gzip", (1, 0), failed=True), (10,), NO),
    (printed("", "[ -f backup.gz ]", (1,)), (10,), NO),
    (Seen(1, 0, commands=(SeenCommand(10, "check"),)), (10,), UNSURE),
    (printed("", "check", (0,)), (77,), UNSURE),
    (Seen(1, None, ended=False), (), UNSURE),
    (Seen(1, 0), (), YES),
    (Seen(1, 2), (), NO),
    (Seen(1, 0, failures=("line 12: pg_dump ended with 1",)), (), NO),
]


@pytest.mark.parametrize(("seen", "at", "answer"), EXITS)
def test_exit_codes(seen: Seen, at: tuple[int, ...], answer: Met) -> None:
    assert verdict(expectation(Source.EXIT, "== 0", at=at), seen)[0] is answer


ROWS = [
    (">= 1", printed("/backups/a.gz\n"), YES),
    (">= 1", printed(""), NO),
    (">= 1", printed("", "find /backups", (1,), failed=True), UNSURE),
    ("== 0", table("id"), YES),
    ("== 0", table("id", (1,), count=5000), NO),
    ("== 0", printed(" id \n----\n(0 rows)\n"), YES),
    ("== 0", printed("", ended=False), UNSURE),
    ("== 0", Seen(1, 0, tables=(SeenTable(10),)), UNSURE),
]


@pytest.mark.parametrize(("wanted", "seen", "answer"), ROWS)
def test_numbers_of_rows(wanted: str, seen: Seen, answer: Met) -> None:
    assert verdict(expectation(Source.ROWS, wanted, at=(10,)), seen)[0] is answer


TEXTS = [
    ("matches PONG", "PONG\n", YES),
    ("matches PONG", "NOAUTH Authentication required.\n", NO),
    ("matches PONG", "PONGO\n", NO),
    ("matches PONG", "", NO),
    ("matches /^Result: (ok|fine)$/", "log\nResult: fine\n", YES),
    ("matches Backup successful: ...", "Backup successful: /b/x.gz\n", YES),
    ("matches ... is   up", "server 7 is up\n", YES),
    ("absent WARNING: Health check failed", "fine\n", YES),
    ("absent WARNING: Health check failed", "WARNING: Health check failed\n", NO),
    ("absent Disk usage critical: ...%", "Disk usage critical: 96%\n", NO),
    ("absent [ ]", "[X] 0001_initial\n[ ] 0002_next\n", NO),
    ("absent [ ]", "[X] 0001_initial\n", YES),
    ("absent [ ]", "", UNSURE),
    ("matches one\n...\nthree", "one\ntwo\nthree\n", YES),
    ("matches one\nthree", "three\none\n", NO),
    ('matches {"status":\n"ok"}', '{"time": 3, "status": "ok"}', YES),
    ('matches {"status":\n"ok"}', '{"time": 3, "status": "down"}', NO),
]


@pytest.mark.parametrize(("wanted", "text", "answer"), TEXTS)
def test_lines_of_text(wanted: str, text: str, answer: Met) -> None:
    got, because = verdict(expectation(Source.OUTPUT, wanted), printed(text))
    assert got is answer, because


def test_a_message_that_went_elsewhere_is_known_by_its_command() -> None:
    mailed = (SeenCommand(20, "[ -f x.gz ]", (1,)), SeenCommand(23, 'echo "Backup failed!"', (0, 0)))
    one = expectation(Source.OUTPUT, "absent Backup failed!", "Backup failed!", (23,))
    assert verdict(one, Seen(1, 0, commands=mailed, sections=(SeenSection(20, 24, ""),)))[0] is NO
    kept = (SeenCommand(20, "[ -f x.gz ]", (0,)), SeenCommand(21, "echo fine", (0,)))
    assert verdict(one, Seen(1, 0, commands=kept, sections=(SeenSection(20, 24, "fine"),)))[0] is YES


def test_a_test_that_could_not_be_made_proves_nothing() -> None:
    broken = (SeenCommand(37, '[ "" -gt 90 ]', (2,)), SeenCommand(50, "echo done", (0,)))
    one = expectation(Source.OUTPUT, "absent Disk usage critical", "Disk usage critical", (37, 38))
    seen = Seen(1, 0, commands=broken, sections=(SeenSection(37, 39, ""), SeenSection(50, 50, "done")))
    assert verdict(one, seen)[0] is UNSURE


def test_a_line_that_was_never_reached_proves_nothing() -> None:
    one = expectation(Source.OUTPUT, "absent it failed", "it failed", (40,))
    seen = Seen(1, 1, commands=(SeenCommand(10, "cd /nowhere", (1,)),), sections=(SeenSection(10, 10, ""),))
    assert verdict(one, seen)[0] is UNSURE


SEARCHES = [
    ("docker logs api | grep -i error", (0, 1), "", YES),
    ("docker logs api | grep -i error", (0, 0), "2026 ERROR: no space\n", NO),
    ("docker logs api | grep -i error", (1, 1), "", UNSURE),
    ("docker logs api | grep -iE 'error|fault'", (0, 0), "2026 ERROR: no space\n", NO),
]


@pytest.mark.parametrize(("command", "exits", "text", "answer"), SEARCHES)
def test_a_search_that_finds_nothing_must_have_searched(
    command: str, exits: tuple[int, ...], text: str, answer: Met
) -> None:
    one = expectation(Source.OUTPUT, "absent /(?i)error/", "error", (10,))
    assert verdict(one, printed(text, command, exits))[0] is answer


OWN_SEARCHES = [
    # operator and pattern, command, exits, printed, answer
    ("absent /error/", "docker logs api | grep -i error", (0, 0), "2026 ERROR: no space\n", NO),
    ("absent /error/", "grep -i error app.log", (0,), "2026 Error: no space\n", NO),
    ("absent /error/", "grep -i error app.log", (1,), "", YES),
    (r"absent /error\|fault/", r"grep 'error\|fault' app.log", (0,), "a fault\n", NO),
    ("absent /error|fault/", "grep -iE 'error|fault' app.log", (0,), "a FAULT\n", NO),
    ("absent /*error/", "grep '*error' app.log", (1,), "", YES),
    ("absent /*error/", "cat app.log", (0,), "an *error here\n", NO),
    ("matches /success/", "grep -i success app.log", (0,), "SUCCESS: all there\n", YES),
    ("matches /success/", "grep -i success app.log", (1,), "", NO),
    ("matches /success/", "cat app.log", (0,), "SUCCESS: all there\n", NO),
]


@pytest.mark.parametrize(("wanted", "command", "exits", "text", "answer"), OWN_SEARCHES)
def test_a_search_answers_by_its_own_exit_in_its_own_dialect(
    wanted: str, command: str, exits: tuple[int, ...], text: str, answer: Met
) -> None:
    assert verdict(expectation(Source.OUTPUT, wanted, "", (10,)), printed(text, command, exits))[0] is answer


@pytest.mark.parametrize(
    ("errors", "answer", "told"),
    [
        ("2026 ERROR: no space\n", NO, "on standard error, where `docker logs api | grep -i error` does not look"),
        ("a warning of a log\n", YES, "was printed (line 10)"),
        ("", YES, "was printed (line 10)"),
    ],
)  # fmt: skip
def test_what_passes_a_search_by_on_the_other_stream_was_printed_too(
    errors: str, answer: Met, told: str
) -> None:
    """T-041: a pipe carries standard output only."""
    one = expectation(Source.OUTPUT, "absent /error/", "error", (10,))
    command = SeenCommand(10, "docker logs api | grep -i error", (0, 1))
    seen = Seen(1, 1, commands=(command,), sections=(SeenSection(10, 10, "", errors),))
    met, because = verdict(one, seen)
    assert met is answer
    assert told in because


FIGURES = [
    ("> 0", "Warmed cache with ... stories", "Warmed cache with 100 stories\n", YES),
    ("> 0", "Warmed cache with ... stories", "Warmed cache with 0 stories\n", NO),
    ("> 0", "Warmed cache with ... stories", "Traceback (most recent call last):\n", UNSURE),
    ("< 90 %", "disk usage", "Disk usage: 42%\n", YES),
    ("< 90 %", "disk usage", "Disk usage: 93%\n", NO),
    ("< 90 %", "disk usage", "Disk usage: 42% of 100G\n", UNSURE),
]


@pytest.mark.parametrize(("wanted", "name", "text", "answer"), FIGURES)
def test_figures_in_text(wanted: str, name: str, text: str, answer: Met) -> None:
    assert verdict(expectation(Source.OUTPUT, wanted, name), printed(text))[0] is answer


def test_a_change_takes_two_figures() -> None:
    one = Expectation(3, "it improves", Source.CHANGE, (2, 1), (), "execution time", Operator.BELOW)
    slow = Seen(
        1, 0, tables=(SeenTable(5, ("QUERY PLAN",), (("Seq Scan",), ("Execution Time: 81.4 ms",)), 2),)
    )
    fast = Seen(2, 0, tables=(SeenTable(9, ("QUERY PLAN",), (("Execution Time: 0.9 ms",),), 1),))
    assert judge(one, {1: (slow,), 2: (fast,)}).met is YES
    assert judge(one, {1: (fast,), 2: (slow,)}).met is NO
    assert judge(one, {2: (fast,)}).met is UNSURE
    assert judge(one, {1: (Seen(1, 0),), 2: (fast,)}).met is UNSURE


def test_the_same_block_must_have_been_executed_twice() -> None:
    one = Expectation(3, "wait", Source.CHANGE, (1, 1), (), "lag_seconds", Operator.BELOW)
    assert verdict(one, table("lag_seconds", (9,)))[0] is UNSURE
    assert verdict(one, table("lag_seconds", (9,)), table("lag_seconds", (2,)))[0] is YES
    assert verdict(one, table("lag_seconds", (2,)), table("lag_seconds", (9,)))[0] is NO


def test_what_only_a_person_can_tell_is_left_to_one() -> None:
    assert verdict(Expectation(3, "looks good", Source.HUMAN))[0] is UNSURE


@pytest.mark.parametrize("source", [one for one in Source if one is not Source.HUMAN])
def test_nothing_seen_is_never_met(source: Source) -> None:
    assert verdict(expectation(source, "== 0", "x"))[0] is UNSURE
    assert verdict(expectation(source, "== 0", "x"), Seen(1))[0] is UNSURE


def test_several_blocks_must_all_do() -> None:
    one = Expectation(3, "healthy", Source.EXIT, (1, 2), (), "", Operator.EQUAL, "0")
    assert judge(one, {1: (Seen(1, 0),), 2: (Seen(2, 0),)}).met is YES
    assert judge(one, {1: (Seen(1, 0),), 2: (Seen(2, 1),)}).met is NO
    assert judge(one, {1: (Seen(1, 0),)}).met is UNSURE
