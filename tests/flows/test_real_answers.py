"""Where a command runs well and its answer proves nothing, the run says so and never that it succeeded."""

import gzip
import shutil
import subprocess
from pathlib import Path

import pytest

from flows.desk import Desk
from flows.practice import Practice, because, failures, judged, printed, record
from flows.test_real_traps import DB, _stand_in, fails, library, only, through
from lab.estates import tls_estate
from lab.house import House
from lab.postgres import PostgresServer
from runward.runbooks.finding.model import Case
from runward.runbooks.linting import findings_of
from runward.runbooks.policy import policy_of
from runward.runbooks.read import parse_runbook

UNKNOWN = "could not tell"
SETTINGS = """
[services.shop.targets.db]
kind = "postgresql"
url = "env:SHOP_URL"
"""
SHELVES = """
CREATE TABLE shelves (id int PRIMARY KEY, room int UNIQUE, note text);
CREATE INDEX shelves_note ON shelves (note);
INSERT INTO shelves SELECT n, n, 'note ' || n % 7 FROM generate_series(1, 5000) AS n;
ANALYZE shelves;
"""
USED = """
SET enable_seqscan = off;
SELECT * FROM shelves WHERE id = 7;
SELECT pg_stat_force_next_flush();
"""


@pytest.fixture
def shop(postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Desk, str]:
    """A desk whose service has a database of its own, with a key that is used and indexes that are not."""
    name = f"shop_{tmp_path.name[-20:].replace('-', '_').lower()}"
    monkeypatch.setenv("SHOP_URL", postgres.create_database(name))
    postgres.run_sql(SHELVES, name)
    postgres.run_sql(USED, name)
    return Desk(tmp_path), name


def asked(desk: Desk, heading: str, *lines: str) -> str:
    """The procedure of a document with these lines of SQL; they begin on line 4."""
    desk.write("\n".join((f"## {heading}", "", "```sql", *lines, "```", "")), SETTINGS)
    return "RUNBOOK.md#" + heading.lower().replace(" ", "-")


def test_t029_a_report_that_is_always_empty(shop: tuple[Desk, str], postgres: PostgresServer) -> None:
    desk, name = shop
    procedure = asked(
        desk,
        "Unused indexes",
        "SELECT tablename, indexname FROM pg_indexes",
        "WHERE schemaname = 'public' AND indexname NOT IN (",
        "  SELECT indexname FROM pg_stat_user_indexes WHERE idx_scan > 0);",
    )
    unused = "SELECT indexrelname FROM pg_stat_user_indexes WHERE idx_scan = 0"
    assert {"indexrelname": "shelves_note"} in postgres.run_sql(unused, name)
    plan = desk.view("plan", procedure, code=0)
    assert [(one["line"], one["rule"]) for one in plan["steps"][0]["doubts"]] == [(6, "column-from-outside")]
    assert "caution: line 6 proves nothing" in desk.runward("plan", procedure).stdout
    view = desk.view("run", procedure, "--unattended", code=3)
    assert view["records"][0]["state"] == "done"
    assert view["records"][0]["result"]["tables"][0]["count"] == 0
    assert view["run"]["verdict"] == UNKNOWN
    assert "pg_stat_user_indexes has no column indexname" in because(view, 6)
    assert "pg_stat_user_indexes has no column indexname" in view["run"]["because"]
    _shown_everywhere(desk, view["run"]["id"], "has no column indexname")


def _shown_everywhere(desk: Desk, run: str, words: str) -> None:
    """On the page of the run, and in its evidence of both kinds."""
    assert words in desk.runward("show-run", run, code=0).stdout.replace("\n", " ")
    for kind in ("md", "html"):
        desk.runward("evidence", run, "--out", f"evidence.{kind}", code=0)
        page = (desk.folder / f"evidence.{kind}").read_text()
        assert words in page
        assert "could not tell" in page


def test_t030_a_list_of_unused_indexes_with_keys_in_it(shop: tuple[Desk, str]) -> None:
    desk, _ = shop
    procedure = asked(
        desk, "Unused indexes", "SELECT indexrelname FROM pg_stat_user_indexes", "WHERE idx_scan = 0;"
    )
    view = desk.view("run", procedure, "--unattended", code=3)
    listed = {row[0] for row in view["records"][0]["result"]["tables"][0]["rows"]}
    assert {"shelves_room_key", "shelves_note"} <= listed, "the unique index stands among those to drop"
    assert view["run"]["verdict"] == UNKNOWN
    assert "unique" in because(view, 5)


def test_a_question_that_can_be_answered_succeeds(shop: tuple[Desk, str]) -> None:
    desk, _ = shop
    procedure = asked(
        desk,
        "Unused indexes",
        "SELECT indexrelname FROM pg_stat_user_indexes JOIN pg_index USING (indexrelid)",
        "WHERE idx_scan = 0 AND NOT indisunique;",
    )
    view = desk.view("run", procedure, "--unattended", code=0)
    assert view["run"]["verdict"] == "succeeded"
    assert judged(view) == {}


def test_a_person_can_answer_for_the_command(shop: tuple[Desk, str]) -> None:
    desk, _ = shop
    procedure = asked(
        desk, "Unused indexes", "SELECT indexrelname FROM pg_stat_user_indexes WHERE idx_scan = 0;"
    )
    view = desk.view("run", procedure, code=8)
    assert view["run"]["wait"]["kind"] == "judgement"
    assert "unique" in view["run"]["wait"]["prompt"]
    desk.runward("answer", view["run"]["id"], "met", code=0)
    assert desk.newest()["run"]["verdict"] == "succeeded"
    assert desk.view("run", procedure, "--answer=line:4=not met", code=1)["run"]["verdict"] == "failed"


def test_silence_proves_nothing_and_a_file_does(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    (tmp_path / "backups").mkdir()
    look = "find backups -name '*.dump' -mtime -1"
    desk.write(f"# Verify that backups ran\n\n```bash\n# Files of the last day\n{look}\n```\n")
    silent = desk.view("run", "RUNBOOK.md#verify-that-backups-ran", "--unattended", code=3)
    assert silent["records"][0]["result"]["exit"] == 0
    assert "find ends with exit 0" in because(silent, 5)
    (tmp_path / "backups/new.dump").write_text("rows")
    found = desk.view("run", "RUNBOOK.md#verify-that-backups-ran", "--unattended", code=0)
    assert found["run"]["verdict"] == "succeeded"


def test_the_doubt_is_part_of_what_is_approved(shop: tuple[Desk, str]) -> None:
    desk, _ = shop
    query = "SELECT indexrelname FROM pg_stat_user_indexes WHERE idx_scan = 0;"
    plan = desk.view("plan", asked(desk, "Indexes", query), code=0)
    kept = desk.view("run", "RUNBOOK.md#indexes", "--unattended", code=3)["run"]["plan"]
    assert kept["digest"] == plan["digest"]
    assert kept["steps"][0]["doubts"] == plan["steps"][0]["doubts"]


@pytest.mark.parametrize(
    ("book", "procedure", "line", "rule"),
    [
        pytest.param("fraiseql", "database-maintenance", 303, "column-from-outside", id="T-029"),
        pytest.param("fraiseql", "2-investigation-15-60-minutes-performance-metrics-check", 94, "unused-index-may-be-key", id="T-030"),
        pytest.param("todo", "issue-websocket-connections-dropping", 292, "selector-shows-ten-lines", id="T-044"),
        pytest.param("todo", "issue-reminders-not-sending", 320, "selector-shows-ten-lines", id="T-044 without a search"),
    ],
)  # fmt: skip
def test_the_plan_of_a_book_warns_at_the_line(
    books: dict[str, Path], book: str, procedure: str, line: int, rule: str
) -> None:
    with House.open(name="desk") as house:
        practice = Practice(house, books[book])
        practice.write()
        plan = practice.plan(procedure)
        assert (line, rule) in {
            (one["line"], one["rule"]) for step in plan["steps"] for one in step["doubts"]
        }
        page = practice.runward("plan", f"{practice.book}#{procedure}").stdout
        assert f"line {line} proves nothing" in page


def test_t044_kubectl_itself_says_ten_lines() -> None:
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed here")
    said = subprocess.run(["kubectl", "logs", "--help"], capture_output=True, text=True, check=True).stdout
    assert "otherwise 10, if a selector is provided" in " ".join(said.split())


def test_t009_a_program_that_no_pod_has(books: dict[str, Path]) -> None:
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed here")
    with House.open(name="todo") as house:
        practice = Practice(house, books["todo"], {"DATABASE_URL": "postgresql://nowhere/shop"})
        practice.write('[services.live.environment]\nDATABASE_URL = "env:DATABASE_URL"\n')
        pod = "--bind=<backend-pod>=backend-0"
        plan = practice.plan("issue-api-returns-500-errors", pod)
        step = next(one for one in plan["steps"] if one["line"] <= 263 <= one["line"] + 6)
        assert step["risk"] == "change"
        assert step["needs_approval"]
        assert {"line": 263, "why": "nothing is known of pgsql, so it may change something"}.items() <= next(
            one for one in step["risks"] if one["line"] == 263
        ).items()
        view = only(practice, "issue-api-returns-500-errors", (263,), pod)
        view = fails(practice, view, 263, "kubectl ended with exit 1")
        assert "refused" in failures(view)[263]


def test_t031_t034_t035_answers_of_a_book_that_mislead(books: dict[str, Path]) -> None:
    with tls_estate(books["subjunctive"]) as estate:
        environment = {**estate.environment, "PGPASSWORD": estate.postgres.password}
        environment |= {"POSTGRES_HOST": "127.0.0.1", "POSTGRES_USER": estate.postgres.user}
        environment["POSTGRES_DB"] = estate.names["database"]
        practice = Practice(estate.house, books["subjunctive"], environment)
        named = "".join(f'{name} = "env:{name}"\n' for name in environment if name.startswith("POSTGRES_"))
        practice.write(DB + named)
        _t035_the_newest_backup_is_never_shown(practice, estate.house.path(estate.names["backups"]))
        _t031_unique_columns_are_sorted_to_the_end(practice, estate.postgres, estate.names["database"])
        large = "CREATE TABLE answers AS SELECT n, md5(n::text) AS given FROM generate_series(1, 40000) AS n"
        estate.postgres.run_sql(large, estate.names["database"])
        _t034_a_dump_that_is_compressed_twice(practice, estate.house, estate.names["backups"])


def _t035_the_newest_backup_is_never_shown(practice: Practice, folder: Path) -> None:
    for day in range(1, 10):
        (folder / f"backup_2026010{day}.dump.gz").write_bytes(b"")
    view = practice.run("morning-health-check-9-am", "--unattended", code=3)
    assert view["run"]["verdict"] == UNKNOWN
    shown = printed(practice, view)
    assert "backup_20260101.dump.gz" in shown
    assert "backup_20260109.dump.gz" not in shown
    assert "ls sorts by name" in because(view, 57)
    assert "line 57: ls sorts by name" in view["run"]["because"]
    told = practice.run("morning-health-check-9-am", "--answer=line:57=met", code=0)
    assert told["run"]["verdict"] == "succeeded"
    for file in folder.glob("backup_2026*"):
        file.unlink()


def _t031_unique_columns_are_sorted_to_the_end(practice: Practice, server: PostgresServer, name: str) -> None:
    server.run_sql("ANALYZE", name)
    view = through(practice, only(practice, "issue-high-database-cpu", (432,)))
    rows = record(view, 432)["result"]["tables"][0]["rows"]
    assert [row[3] for row in rows if row[2] == "id"][-1] == -1.0
    assert rows[0][3] > 0
    assert judged(view)[432] == UNKNOWN
    assert "cannot say that an index is missing" in because(view, 432)
    assert view["run"]["verdict"] == UNKNOWN


def _t034_a_dump_that_is_compressed_twice(practice: Practice, house: House, backups: str) -> None:
    """Nothing is lost, yet the file cannot be listed any more, and what verifies it only sees that it is there."""
    _stand_in(house, "aws")
    view = through(practice, practice.run("automated-backup-script"))
    assert record(view, 745)["state"] == "done", printed(practice, view)
    assert judged(view)[758] == UNKNOWN
    assert "is all that is looked at" in because(view, 758)
    assert view["run"]["verdict"] == UNKNOWN
    (made,) = house.path(backups).glob("backup_20*.dump.gz")
    packed = made.read_bytes()
    once = gzip.decompress(packed)
    assert len(packed) > 0.9 * len(once)
    assert house.run(["pg_restore", "--list", f"{backups}/{made.name}"]).returncode != 0
    made.with_suffix("").write_bytes(once)
    assert house.run(["pg_restore", "--list", f"{backups}/{made.stem}"]).returncode == 0


def test_t099_a_worker_class_that_was_retired(books: dict[str, Path]) -> None:
    runbook = parse_runbook(books["subjunctive"].read_text(), "RUNBOOK.md")
    found = [one for one in findings_of(Case(runbook, policy_of(runbook))) if "uvicorn" in one.rule.id]
    assert [one.line for one in found] == [842]
    assert "uvicorn-worker" in found[0].rule.right


def test_a_password_that_nobody_can_type_ends_the_step(books: dict[str, Path]) -> None:
    """The document copies a server under sudo, which hands on no password: pg_basebackup asks for ever."""
    with library(books) as (practice, estate):
        estate.postgres.run_sql("CREATE ROLE replicator REPLICATION LOGIN PASSWORD 'replica-secret'")
        words = ["--bind=<primary-ip>=127.0.0.1", "--bind=<new-replica-ip>=127.0.0.2"]
        view = only(practice, "adding-a-new-read-replica", (416,), *words)
        view = fails(practice, view, 416, "it asked “Password:” more than ")
        assert "nobody can answer" in view["run"]["because"]
        attempt = record(view, 416)
        assert attempt["result"]["ended"] == "asked"
        assert attempt["result"]["took_seconds"] < 30
        assert "nobody can answer" in printed(practice, view)
        evidence = practice.runward("evidence", view["run"]["id"], "--out", "evidence.md", code=0)
        assert evidence.returncode == 0
        assert "nobody can answer" in estate.house.path(f"{practice.folder}/evidence.md").read_text()
