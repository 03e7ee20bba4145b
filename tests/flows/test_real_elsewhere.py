"""The real books of services that live in containers: what is missing here is named, what is here is carried out."""

import json
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from flows.elsewhere_steps import BY_HAND, NOT_MET, STEPS, UNKNOWN, Row
from flows.practice import Practice, View, because, judged, printed
from flows.sitting import Sitting
from lab.containers import GRAPH, LEARNING, TASKS, are_up, ask, graph_estate, learning_estate, tasks_estate
from lab.house import PATH, House, bytecode
from lab.nginx import Authority, NginxServer
from lab.postgres import PostgresServer
from lab.processes import wait_until
from lab.redis import RedisServer

TARGETS = """
[services.live.targets.db]
kind = "postgresql"
url = "env:DATABASE_URL"
[services.live.targets.redis]
kind = "redis"
url = "redis://127.0.0.1:6380/0"
[services.live.values]
"yourdomain.com" = "shop.example"
"""
# What only another machine has, by book and line: a program, a file or a host that is nowhere here.
NOWHERE = {
    "lms": {(15, "program"), (45, "program"), (252, "program"), (142, "file"), (197, "file"), (236, "unbound")},
    "fraiseql": {(38, "unbound"), (171, "unbound"), (166, "file"), (283, "unbound"), (473, "file"), (448, "host")},
    "todo": {
        (88, "syntax"), (109, "syntax"), (133, "unbound"), (154, "unbound"), (184, "file"), (204, "file"), (209, "file"),
        (369, "file"), (386, "unbound"), (442, "target"), (513, "file"), (520, "file"), (523, "host"),
    },
}  # fmt: skip


@contextmanager
def plain_house(books: dict[str, Path], *names: str) -> Iterator[list[Practice]]:
    """A house with nothing in it, and a practice for each book."""
    with House.open(name="elsewhere") as house:
        practices = [Practice(house, books[name], folder=f"/root/{name}") for name in names]
        for practice in practices:
            practice.write()
        yield practices


# Every procedure planned by the command line, without a new process for each.
EVERY = """
import json, sys
from typer.testing import CliRunner
from runward.cli.main import app
book, settings = sys.argv[1:]
shown = json.loads(CliRunner().invoke(app, ["show", book, "--json"]).stdout)
for procedure in shown["procedures"]:
    words = ["plan", f"{book}#{procedure['id']}", "--json", "--config", settings]
    done = CliRunner().invoke(app, words)
    print(json.dumps([procedure["id"], done.exit_code, json.loads(done.stdout)]))
"""


@pytest.mark.parametrize("name", sorted(NOWHERE))
def test_every_procedure_is_planned_and_what_is_missing_is_named(books: dict[str, Path], name: str) -> None:
    with plain_house(books, name) as (practice,):
        words = [sys.executable, "-c", EVERY, str(books[name]), f"{practice.folder}/runward.toml"]
        done = practice.house.run(words, cwd=practice.folder)
    assert done.returncode == 0, done.stderr
    lines = books[name].read_text().splitlines()
    plans = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(plans) > 15
    named: dict[tuple[int, str], str] = {}
    for _, code, plan in plans:
        assert code == (2 if plan["gaps"] else 0)
        assert plan["steps"]
        for gap in plan["gaps"]:
            assert gap["hint"]
            assert _stands_in(gap, lines), gap
            named[gap["line"], gap["kind"]] = gap["what"]
    assert set(named) >= NOWHERE[name]
    programs = {what for (_, kind), what in named.items() if kind == "program"}
    assert programs == {program for program in programs if shutil.which(program, path=PATH) is None}


def _stands_in(gap: View, lines: list[str]) -> bool:
    """Whether what is missing stands on the line that is told, or says itself what the shell makes of the line."""
    word = gap["what"].split("/")[-1] or gap["what"].split("/")[-2]
    return gap["kind"] in {"syntax", "target"} or word.strip("$") in lines[gap["line"] - 1]


VALUES = """
[services.live.values]
"yourdomain.com" = "shop.example"
"your_table" = "users"
"your-registry" = "registry.example"
"yourorg" = "org"
"/path/to/cert.pem" = "/etc/ssl/kept.pem"
"<pod-name>" = "backend-1"
"<backend-pod>" = "backend-1"
"YOUR_REGISTRY" = "registry.example"
"xxx" = "7"
"""
DATABASE = """
[services.live.environment]
DATABASE_URL = "env:DATABASE_URL"
[services.live.targets.db]
kind = "postgresql"
url = "env:DATABASE_URL"
"""


@dataclass(frozen=True)
class Proof:
    """What is looked at in the house before and after a step, and what the step must have made of it."""

    look: Callable[[House], str]
    holds: Callable[[str, str], bool]


@dataclass
class Walk:
    """One book walked through, step by step, each step in a run of its own."""

    practice: Practice
    ready: Callable[[], object]
    walked: list[tuple[str, int]] = field(default_factory=list)

    def go(self, rows: Mapping[str, list[Row]], proofs: Mapping[tuple[str, int], Proof]) -> None:
        """Plan every procedure and carry every step out that can be; each must be as its row says, none may lack one."""
        house, book = self.practice.house, self.practice.book
        shown = json.loads(house.runward("show", str(book), "--json").stdout)
        assert [each["id"] for each in shown["procedures"]] == list(rows)
        with Sitting(self.practice) as sitting:
            for procedure, wanted in rows.items():
                _, plan = sitting.plan(procedure)
                assert [step["number"] for step in plan["steps"]] == list(range(1, len(wanted) + 1)), (
                    procedure
                )
                for step, row in zip(plan["steps"], wanted, strict=True):
                    self._step(sitting, plan, step, row, proofs.get((procedure, step["number"])))
                if all(row == BY_HAND for row in wanted):
                    assert sitting.run(procedure)["run"]["verdict"] == "could not tell"

    def _step(self, sitting: Sitting, plan: View, step: View, row: Row, proof: Proof | None) -> None:
        where = f"{plan['procedure']} {step['number']}"
        self.walked.append((plan["procedure"], step["number"]))
        gaps = [gap for gap in plan["gaps"] if gap["step"] == step["id"]]
        if row == BY_HAND:
            assert (step["kind"], gaps) == ("manual", []), where
        elif row.state == "named" or _only_programs_lack(gaps):
            assert gaps, f"{where} was to be named as missing something"
            assert {(gap["line"], gap["what"]) for gap in gaps} == row.missing or _only_programs_lack(gaps), (
                where
            )
        else:
            assert gaps == [], where
            wait_until(self.ready, "the house, ready for the next step")
            before = proof.look(self.practice.house) if proof else ""
            _holds(self._run(sitting, plan, step), row, where)
            wait_until(self.ready, "the house, ready again")
            assert proof is None or proof.holds(before, proof.look(self.practice.house)), where

    def _run(self, sitting: Sitting, plan: View, step: View) -> View:
        words = [f"--skip={other['number']}" for other in plan["steps"] if other != step]
        words += [f"--answer={step['number']}=yes"] if step["condition"] else []
        return sitting.run(plan["procedure"], *words)


def _only_programs_lack(gaps: list[View]) -> bool:
    """Whether all that keeps a step back are programs that this machine truly does not have."""
    return bool(gaps) and all(
        gap["kind"] == "program" and shutil.which(gap["what"], path=PATH) is None for gap in gaps
    )


def _holds(view: View, row: Row, where: str) -> None:
    """The step's state, each failure with its reason, each judgement, and the verdict that follows from them."""
    told = {
        each["line"]: f"{each['why']} {each['hint']}" for one in view["records"] for each in _failures(one)
    }
    assert set(told) == set(row.failures), f"{where}: {told}"
    for line, reason in row.failures.items():
        assert reason.lower() in told[line].lower(), f"{where}: {told[line]}"
    assert judged(view) == dict(row.judged), where
    states = {one["state"] for one in view["records"] if "commands" in one["result"]}
    assert states == {row.state}, f"{where}: {view['run']['because']}"
    decided = set(row.judged.values())
    wanted = (
        "failed" if row.failures or NOT_MET in decided else UNKNOWN if UNKNOWN in decided else "succeeded"
    )
    assert view["run"]["verdict"] == wanted, f"{where}: {view['run']['because']}"


def _failures(one: View) -> list[View]:
    return list(one["result"].get("failures", ()))


def changes(before: str, after: str) -> bool:
    return bool(after) and before != after


def started(name: str) -> Callable[[House], str]:
    return lambda house: house.run(["docker", "inspect", "-f", "{{.State.StartedAt}}", name]).stdout


def answers(database: str, sql: str) -> Callable[[House], str]:
    return lambda house: ask(house, database, sql)


def listed(pattern: str) -> Callable[[House], str]:
    return lambda house: house.bash(f"find {pattern} | sort | tr '\\n' ' '").strip()


COURSES = answers("lms", "SELECT to_regclass('courses')")
USERS = answers("fraiseql_prod", "SELECT count(*) FROM users")
BORN = answers("postgres", "SELECT pg_postmaster_start_time()")
PROOFS: dict[str, dict[tuple[str, int], Proof]] = {
    "lms": {
        ("api-unavailability", 5): Proof(started("api"), changes),
        ("database-failure", 4): Proof(BORN, changes),
        ("application-updates", 5): Proof(started("api"), changes),
        ("schema-migrations", 5): Proof(COURSES, lambda before, after: (before, after) == ("", "courses")),
        ("schema-migrations", 6): Proof(COURSES, lambda before, after: (before, after) == ("courses", "")),
    },
    "fraiseql": {
        ("3-containment-30-120-minutes-for-database-issues", 1): Proof(BORN, changes),
        ("3-containment-30-120-minutes-for-infrastructure-issues", 1): Proof(BORN, changes),
        ("4-recovery-60-240-minutes-data-recovery", 1): Proof(USERS, lambda before, after: (before, after) == ("9", "18")),
        ("log-rotation", 1): Proof(
            listed("/var/log/other /var/log/fraiseql -type f"),
            lambda before, after: "app.log.1" in before and after == "/var/log/fraiseql/app.log.1 /var/log/other/app.log.2",
        ),
        ("database-only-recovery", 1): Proof(USERS, lambda before, after: (before, after) == ("18", "9")),
        ("backup-verification", 1): Proof(
            answers("postgres", "SELECT count(*) FROM pg_database WHERE datname ~ 'test'"),
            lambda before, after: before == after == "0",
        ),
    },
}  # fmt: skip


OWN = ("/", "/etc", "/home", "/opt", "/root", "/run", "/tmp", "/var", "/var/log")


def is_apart(house: House) -> None:
    """The house has network, processes and files of its own; of the machine's disks it can write only compiled Python."""
    links = house.bash("ip -o link show up").splitlines()
    assert [line.split(": ")[1] for line in links] == ["lo"]
    assert not house.bash("ip route").strip()
    for kind in ("net", "mnt", "pid", "ipc", "uts"):
        there = house.bash(f"readlink /proc/self/ns/{kind}").strip()
        assert there != str(Path(f"/proc/self/ns/{kind}").readlink()), f"the {kind} is the machine's"
    for name in OWN:
        assert house.path(name).stat().st_dev != Path(name).stat().st_dev, f"{name} is the machine's"
    mounts = [line.split() for line in house.bash("cat /proc/self/mounts").splitlines()]
    writable = {
        where for what, where, _, how, *_ in mounts if what.startswith("/dev/") and "rw" in how.split(",")
    }
    assert writable <= {str(bytecode())}
    assert house.run(["touch", "/usr/touched"]).returncode


@pytest.mark.covers("CHK-04", "CHK-06", "CHK-25")
def test_every_step_of_the_learning_platform(books: dict[str, Path]) -> None:
    with learning_estate() as house:
        is_apart(house)
        walk(Practice(house, books["lms"], folder=LEARNING), lambda: are_up(house))
        _what_is_said_on_the_other_stream_is_heard(house, books["lms"])


def _what_is_said_on_the_other_stream_is_heard(house: House, book: Path) -> None:
    """T-041: the document's grep sees nothing of what an application says on standard error."""
    house.bash("docker exec api bash -c 'echo ERROR: disk is full >/proc/1/fd/2'")
    with Sitting(Practice(house, book, folder=LEARNING)) as sitting:
        view = sitting.run("schema-migrations", *(f"--skip={number}" for number in (1, 2, 3, 4, 6)))
    assert judged(view)[173] == NOT_MET
    assert "ERROR: disk is full" in because(view, 173)
    assert view["run"]["verdict"] == "failed"


@pytest.mark.covers("CHK-25", "MNT-07")
def test_every_step_of_the_graph_service(books: dict[str, Path]) -> None:
    with graph_estate() as house:
        is_apart(house)
        walk(Practice(house, books["fraiseql"], folder=GRAPH), lambda: are_up(house))


def test_every_step_of_the_task_list(books: dict[str, Path]) -> None:
    with tasks_estate() as (house, server):
        is_apart(house)
        practice = Practice(house, books["todo"], {"DATABASE_URL": server.url_of("tasks")}, folder=TASKS)
        walk(practice, lambda: True, DATABASE)
        made = "SELECT count(*) AS made FROM pg_indexes WHERE indexname IN ('idx_tasks_due_date', 'idx_tasks_user_id_status')"
        assert server.run_sql(made, "tasks") == [{"made": 0}], "the restore brought the table back as it was"
        assert server.run_sql("SELECT count(*) AS kept FROM tasks", "tasks") == [{"kept": 50}]


def walk(practice: Practice, ready: Callable[[], object], settings: str = "") -> None:
    """Walk a book through, and see that no step of it was left out."""
    practice.write(VALUES + settings)
    name = practice.book.stem
    one = Walk(practice, ready)
    one.go(STEPS[name], PROOFS.get(name, {}))
    assert len(one.walked) == sum(map(len, STEPS[name].values()))


@pytest.mark.covers("CHK-04", "CHK-06", "CHK-12")
def test_a_book_written_for_containers_runs_on_plain_servers(books: dict[str, Path]) -> None:
    """Bound targets take the place of `docker compose exec db ...`: the same commands, on real servers."""
    with House.open(hosts=["shop.example"], name="graph") as house:
        server = PostgresServer.start(Path("/var/lib/postgresql/15"), port=5433, place=house.place)
        cache = RedisServer.start(Path("/var/lib/redis"), port=6380, place=house.place)
        authority = Authority(house.folder / "authority")
        house.trust(authority.file)
        certificate = authority.certify("shop.example", days=20)
        NginxServer.start(Path("/run/nginx"), certificate, "shop.example", port=443, place=house.place)
        kept = house.path("/etc/letsencrypt/live/shop.example/cert.pem")
        kept.parent.mkdir(parents=True)
        kept.write_bytes(certificate.certificate.read_bytes())
        url = server.create_database("fraiseql_prod")
        server.run_sql("CREATE ROLE fraiseql SUPERUSER LOGIN PASSWORD 'graph-secret'")
        practice = Practice(
            house, books["fraiseql"], {"DATABASE_URL": url.replace("lab:lab-secret", "fraiseql:graph-secret")}
        )
        practice.write(TARGETS)
        check = practice.run("morning-health-check-9-00-am", "--unattended")
        page = printed(practice, check)
        assert "accepting connections" in page
        assert "PONG" in page
        assert "certificate expires in 19 days" in page or "certificate expires in 20 days" in page
        assert check["run"]["verdict"] == "failed", (
            "the document warns, so the certificate is not as expected"
        )
        assert "graph-secret" not in page
        cache.stop()
        sick = practice.run("morning-health-check-9-00-am", "--unattended", code=1)
        assert "Redis connectivity failed" in printed(practice, sick)
