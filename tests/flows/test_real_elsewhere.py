"""The real books of services that live in containers: what is missing here is named, what is here is carried out."""

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from flows.practice import Practice, View, failures, judged, printed, record
from lab.house import PATH, House
from lab.logs import write_log
from lab.nginx import Authority, NginxServer
from lab.postgres import PostgresServer
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


def test_the_steps_that_can_be_done_here_are_done_honestly(books: dict[str, Path]) -> None:
    with plain_house(books, "lms", "todo", "fraiseql") as (learning, todo, graph):
        files = learning.run("file-storage-issues", "--unattended", code=3)
        assert record(files, 120)["state"] == "done"
        assert files["run"]["verdict"] == "could not tell"
        write_log(learning.house.path("/root/lms/logs/app.log"), line="ERROR it broke")
        sick = learning.run("system-health-check", "--unattended")
        assert failures(sick) or sick["run"]["verdict"] != "succeeded"
        checklist = todo.run("morning-checklist-daily-9-am", "--unattended")
        assert checklist["run"]["verdict"] in {"failed", "could not tell"}
        assert "met" not in judged(checklist).values()
        review = graph.run("capacity-planning-review", "--unattended", code=3)
        assert review["run"]["verdict"] == "could not tell"


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
