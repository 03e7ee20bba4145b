"""Where a real book is wrong, the run fails for the true reason and never says that it succeeded.

The ids are those of the list of known traps; each row names the book's line on which the reason stands.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from flows.practice import Practice, View, failures, printed
from lab.backups import dump, write_backup
from lab.estates import Estate, replicated_estate, tls_estate
from lab.house import House
from lab.postgres import PostgresServer
from lab.web import State, web_command

DB = """
[services.live.targets.db]
kind = "postgresql"
url = "env:DATABASE_URL"
[services.live.environment]
DATABASE_URL = "env:DATABASE_URL"
PGPASSWORD = "env:PGPASSWORD"
"""
BROKEN = b"CREATE TABLE kept (id int);\nINSERT INTO nowhere VALUES (1);\nCREATE TABLE more (id int);\n"


def through(practice: Practice, view: View) -> View:
    """The run carried on by another person's approvals, and past what failed, until it rests or ends."""
    for _ in range(12):
        wait = view["run"]["wait"]
        if wait is None:
            return view
        said = {
            "failure": "skip",
            "manual": "done",
            "condition": "yes",
            "question": "",
            "judgement": "could not tell",
        }
        view = (
            practice.approve(view)
            if wait["kind"] == "approval"
            else practice.answer(view, said[wait["kind"]])
        )
    return view


def only(practice: Practice, procedure: str, lines: tuple[int, ...], *words: str) -> View:
    """A run of those steps of a procedure whose blocks hold one of the lines."""
    steps = practice.plan(procedure, *words)["steps"]
    last = {step["number"]: step["first_line"] + step["written"].count("\n") + 1 for step in steps}
    others = [
        f"--skip={step['number']}"
        for step in steps
        if not any(step["line"] <= line <= last[step["number"]] for line in lines)
    ]
    return practice.run(procedure, *words, *others)


def fails(practice: Practice, view: View, line: int, reason: str) -> View:
    """The run ends as failed, and says so with the reason at the line."""
    view = through(practice, view)
    assert view["run"]["verdict"] == "failed", printed(practice, view)
    assert line in failures(view), failures(view)
    assert reason in failures(view)[line] or reason in printed(practice, view), failures(view)
    return view


@contextmanager
def library(books: dict[str, Path]) -> Iterator[tuple[Practice, Estate]]:
    """The replicated database's practice."""
    with replicated_estate(books["muejam"]) as estate:
        estate.postgres.run_sql(f"ALTER ROLE postgres PASSWORD '{estate.postgres.password}'")
        practice = Practice(
            estate.house, books["muejam"], {**estate.environment, "PGPASSWORD": estate.postgres.password}
        )
        practice.write(DB)
        yield practice, estate


@contextmanager
def graph(books: dict[str, Path]) -> Iterator[tuple[Practice, PostgresServer]]:
    """The practice of a book written for containers, its database bound to a server of the house."""
    with House.open(name="graph") as house:
        server = PostgresServer.start(Path("/var/lib/postgresql/15"), port=5433, place=house.place)
        server.run_sql("CREATE ROLE fraiseql SUPERUSER LOGIN PASSWORD 'graph-secret'")
        url = server.create_database("fraiseql_prod").replace("lab:lab-secret", "fraiseql:graph-secret")
        server.run_sql("CREATE EXTENSION pg_stat_statements", "fraiseql_prod")
        practice = Practice(house, books["fraiseql"], {"DATABASE_URL": url, "PGPASSWORD": "graph-secret"})
        practice.write(DB + '[services.live.values]\nyour_table = "kept"\n')
        yield practice, server


def test_t005_statistics_that_were_never_loaded(books: dict[str, Path]) -> None:
    with House.open(name="bare") as house:
        server = PostgresServer.start(
            Path("/var/lib/postgresql/15"), port=5432, place=house.place,
            settings={"shared_preload_libraries": ""},
        )  # fmt: skip
        server.run_sql("CREATE EXTENSION pg_stat_statements")
        words = ["--bind=<slow_query>=SELECT 1", "--bind=<optimized_query>=SELECT 1"]
        practice = Practice(
            house, books["muejam"], {"DATABASE_URL": server.url, "PGPASSWORD": server.password}
        )
        practice.write(DB)
        view = only(practice, "query-optimization", (649,), *words)
        fails(practice, view, 650, "must be loaded via")
        practice = Practice(
            house, books["subjunctive"], dict(practice.environment), folder="/root/subjunctive"
        )
        practice.write(DB)
        fails(practice, practice.run("database-monitoring"), 230, 'column "total_time" does not exist')


def test_t006_t015_t032_t056_t068_commands_that_cannot_do_what_they_say(books: dict[str, Path]) -> None:
    with library(books) as (practice, estate):
        _t006_a_session_without_a_number(practice)
        _t068_an_explained_statement_is_executed(practice, estate)
        _t056_a_dump_over_a_living_database(practice, estate)
        _t032_a_dump_of_nothing(practice, estate)
        _t015_a_copy_onto_a_cluster(practice, estate)


def _t006_a_session_without_a_number(practice: Practice) -> None:
    """The statement names a column that is nowhere: what it means is asked for before anything is run."""
    plan = practice.plan("high-database-latency", "--bind=<slow_query>=SELECT 1", code=2)
    assert ("unbound", 184, "pid") in {(gap["kind"], gap["line"], gap["what"]) for gap in plan["gaps"]}


def _t068_an_explained_statement_is_executed(practice: Practice, estate: Estate) -> None:
    table = estate.names["first"]
    words = [f"--bind=<slow_query>=DELETE FROM {table}", "--bind=<optimized_query>=SELECT 1"]
    plan = practice.plan("query-optimization", *words)
    explained = next(step for step in plan["steps"] if step["line"] <= 663 < step["line"] + 4)
    assert explained["risk"] == "destroy"
    assert explained["needs_approval"]


def _t056_a_dump_over_a_living_database(practice: Practice, estate: Estate) -> None:
    name = estate.names["database"]
    estate.house.path(f"{practice.folder}/backup_pre_migration.sql").write_bytes(dump(estate.postgres, name))
    words = ["--bind=<primary-ip>=127.0.0.1", "--bind=<commit-hash>=0000000"]
    view = only(practice, "database-schema-migration", (554,), *words)
    fails(practice, view, 554, "already exists")


def _t032_a_dump_of_nothing(practice: Practice, estate: Estate) -> None:
    """The document pipes the dump into gzip, and then finds the file that gzip wrote."""
    _stand_in(estate.house, "aws", "mail")
    estate.house.bash("systemctl stop postgresql")
    view = practice.run(
        "daily-backup", "--bind=<primary-ip>=127.0.0.1", "--bind=ops@example.com=ops@library.example"
    )
    view = fails(practice, view, 578, "pg_dump ended with exit 1")
    assert "Backup successful" in printed(practice, view)
    estate.house.bash("systemctl start postgresql")


def _stand_in(house: House, *names: str) -> None:
    """Programs of elsewhere that take what they are given and say nothing."""
    for name in names:
        file = house.path(f"/usr/local/sbin/{name}")
        file.write_text("#!/bin/sh\nexit 0\n")
        file.chmod(0o755)


def _t015_a_copy_onto_a_cluster(practice: Practice, estate: Estate) -> None:
    server = estate.postgres
    server.run_sql("CREATE ROLE replicator REPLICATION LOGIN")
    rules = server.place.seen(server.folder / "data/pg_hba.conf")
    rules.write_text("host replication replicator 127.0.0.1/32 trust\n" + rules.read_text())
    server.run_sql("SELECT pg_reload_conf()")
    main = estate.house.path("/var/lib/postgresql/14/main")
    main.mkdir(parents=True)
    (main / "PG_VERSION").write_text("14\n")
    words = ["--bind=<primary-ip>=127.0.0.1", "--bind=<new-replica-ip>=127.0.0.2"]
    view = only(practice, "adding-a-new-read-replica", (416,), *words)
    fails(practice, view, 416, "exists but is not empty")


@pytest.mark.parametrize(
    ("lines", "line", "reason"),
    [
        pytest.param(
            (599, 605, 629),
            612,
            "No such file or directory",
            id="T-002 restore with psql into a stopped server",
        ),
        pytest.param((617, 629, 634), 634, "recovery.conf", id="T-001 recovery.conf"),
    ],
)
def test_a_recovery_that_cannot_be(
    books: dict[str, Path], lines: tuple[int, ...], line: int, reason: str
) -> None:
    with library(books) as (practice, estate):
        estate.house.bash(
            "mkdir -p /var/lib/postgresql/14 /backups/wal && ln -s ../15/data /var/lib/postgresql/14/main"
            " && cp /var/lib/postgresql/15/data/pg_wal/0* /backups/wal/ && systemctl stop postgresql"
        )
        view = through(practice, only(practice, "point-in-time-recovery", lines))
        assert view["run"]["verdict"] == "failed", printed(practice, view)
        assert line in failures(view), failures(view)
        said = estate.house.bash("journalctl -u postgresql")
        assert reason in printed(practice, view) + estate.postgres.log + said


def test_t004_t007_t054_t057_maintenance_and_restores_of_a_book_for_containers(
    books: dict[str, Path],
) -> None:
    with graph(books) as (practice, _):
        view = practice.run("performance-optimization", code=1)
        fails(practice, view, 313, 'column "total_time" does not exist')
        view = practice.run("database-maintenance")
        fails(practice, view, 292, "cannot run inside a transaction block")
        folder = practice.house.path("/opt/fraiseql/backups")
        write_backup(folder / "fraiseql_20270101.sql.gz", BROKEN)
        view = practice.run("backup-verification")
        view = fails(practice, view, 358, 'relation "nowhere" does not exist')
        write_backup(folder / "fraiseql_backup.sql.gz", BROKEN)
        view = practice.run("4-recovery-60-240-minutes-data-recovery")
        fails(practice, view, 167, 'relation "nowhere" does not exist')
        again = practice.plan("4-recovery-60-240-minutes-data-recovery", code=2)
        assert ("file", 166) in {(gap["kind"], gap["line"]) for gap in again["gaps"]}


def test_t058_t059_a_restore_over_what_is_in_use(books: dict[str, Path]) -> None:
    with tls_estate(books["subjunctive"]) as estate:
        practice = Practice(
            estate.house, books["subjunctive"], {**estate.environment, "PGPASSWORD": estate.postgres.password}
        )
        practice.write(DB)
        estate.postgres.run_sql("CREATE VIEW seen AS SELECT id FROM exercises", estate.names["database"])
        newest = f"{estate.names['backups']}/backup_0.3.dump.gz"
        view = practice.run("restore-procedure", f"--bind=$1={newest}", "--answer=1=yes")
        view = fails(practice, view, 802, "pg_restore ended with exit 1")
        assert "terminating connection due to administrator command" in failures(view)[797]
        assert "Restore completed" in printed(practice, view)


def test_t017_a_head_request_is_refused(books: dict[str, Path]) -> None:
    with House.open(name="learning") as house:
        state = State(house.path("/run/web.json"))
        house.add_unit("api", web_command(8000, Path("/run/web.json")), port=8000)
        house.bash("systemctl start api")
        practice = Practice(house, books["lms"])
        practice.write()
        if practice.plan("system-health-check")["gaps"]:
            pytest.skip("docker is not installed here, so the plan stops before anything is run")
        view = practice.run("system-health-check", code=1)
        assert failures(view)[23] == "answered 405"
        assert state.told["status"] == {}


def test_t008_a_command_that_kubectl_does_not_know(books: dict[str, Path]) -> None:
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed here")
    with House.open(name="todo") as house:
        practice = Practice(house, books["todo"])
        practice.write()
        fails(practice, practice.run("secret-rotation"), 432, 'unknown command "rename"')


@pytest.mark.parametrize(
    ("book", "procedure", "line", "kind"),
    [
        pytest.param("todo", "1-higherrorrate-p1", 88, "syntax", id="T-010 unquoted query"),
        pytest.param("todo", "2-highlatency-p2", 109, "syntax", id="T-010 T-043 unquoted query"),
        pytest.param("muejam", "high-database-latency", 191, "unbound", id="T-014 SQL in a shell fence"),
        pytest.param("muejam", "adding-a-new-read-replica", 417, "unbound", id="T-014 a redirection by accident"),
        pytest.param("muejam", "scaling-redis-cluster", 488, "unbound", id="T-014 a cluster's address"),
    ],
)  # fmt: skip
def test_what_bash_would_misread_stops_the_plan(
    books: dict[str, Path], book: str, procedure: str, line: int, kind: str
) -> None:
    with House.open(name="desk") as house:
        practice = Practice(house, books[book])
        practice.write()
        plan = practice.plan(procedure, code=2)
        assert (kind, line) in {(gap["kind"], gap["line"]) for gap in plan["gaps"]}
        practice.runward("run", f"{practice.book}#{procedure}", code=2)
        assert {file.name for file in house.path(practice.folder).iterdir()} <= {"runward.toml", ".runward"}
