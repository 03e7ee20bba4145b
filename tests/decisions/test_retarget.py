"""Wrappers are read as target and inner command, and commands are led to what the service binds."""

from typing import Any

import pytest

from lab.planned import CACHE, DB, KEPT_DB, a_block, only_step
from runward.runs.planning.wrappers import Reached, reached


@pytest.mark.parametrize(
    ("words", "runtime", "place", "inner"),
    [
        ("psql -c x", "local", "", "psql"),
        ("sudo -u postgres psql", "local", "", "psql"),
        ("sudo -n -E env A=b timeout 5 curl x", "local", "", "curl"),
        ("docker exec -it db psql", "docker", "db", "psql"),
        ("docker exec -e A=b --user root db psql", "docker", "db", "psql"),
        ("docker compose exec -T db pg_isready -U x", "compose", "db", "pg_isready"),
        ("docker compose -f a.yml -p shop exec db psql", "compose", "db", "psql"),
        ("docker-compose exec db psql", "compose", "db", "psql"),
        ("docker compose run --rm api alembic upgrade head", "compose", "api", "alembic"),
        ("docker compose up -d", "local", "", "docker"),
        ("docker logs api", "local", "", "docker"),
        ("podman exec db psql", "docker", "db", "psql"),
        ("kubectl exec -it pod-1 -n shop -- psql x", "kubernetes", "pod-1", "psql"),
        ("kubectl -n shop exec deploy/api -c app -- python x.py", "kubernetes", "deploy/api", "python"),
        ("kubectl exec pod-1 ls", "kubernetes", "pod-1", "ls"),
        ("kubectl get pods", "local", "", "kubectl"),
        ("ssh web1 systemctl restart x", "ssh", "web1", "systemctl"),
        ("ssh -p 22 -i key ops@web1 sudo reboot", "ssh", "web1", "sudo"),
        ("sudo docker exec db psql", "docker", "db", "psql"),
        ("xargs -I {} aws s3 rm {}", "local", "", "aws"),
    ],
)
def test_wrappers_are_seen_through(words: str, runtime: str, place: str, inner: str) -> None:
    split = words.split()
    found = reached(split)
    assert (found.runtime, found.place, split[found.inner]) == (runtime, place, inner)


@pytest.mark.parametrize(
    "words",
    ["", "sudo", "docker", "docker compose exec", "kubectl exec", "ssh", "ssh -p 22", "env A=b", "timeout"],
)
def test_unfinished_wrappers_are_taken_as_they_are(words: str) -> None:
    assert isinstance(reached(words.split()), Reached)


SERVICE: dict[str, Any] = {
    "targets": {
        "db": DB,
        "cache": CACHE,
        "web": {"kind": "http", "url": "http://localhost:8000"},
        "web1": {"kind": "host", "address": "10.0.0.9", "runtime": "ssh"},
        "here": {"kind": "host", "address": "localhost", "answers_to": ["app-server"]},
        "api": {"kind": "container", "container": "shop-api-1", "runtime": "docker"},
        "logs": {"kind": "folder", "path": "/var/log/shop"},
        "edge": {"kind": "tls", "address": "shop.example:443"},
    }
}


@pytest.mark.parametrize(
    ("text", "script", "touches", "runtime"),
    [
        ("docker compose exec -T db pg_isready -U app -d shop", "pg_isready -d shop", ("db",), "local"),
        (
            "docker-compose exec db psql -U app -h db -p 5432 -c 'select 1' | head",
            "psql -c 'select 1' | head",
            ("db",),
            "local",
        ),
        (
            "sudo docker exec -i db psql --username=app shop < x.sql",
            "sudo psql shop < x.sql",
            ("db",),
            "local",
        ),
        (
            "docker compose exec cache redis-cli ping",
            "redis-cli -h 10.0.0.6 -p 6380 ping",
            ("cache",),
            "local",
        ),
        ("redis-cli INFO memory", "redis-cli -h 10.0.0.6 -p 6380 INFO memory", ("cache",), "local"),
        ("redis-cli -h other ping", "redis-cli -h other ping", (), "local"),
        ("docker compose exec db ls /", "docker compose exec -T db ls /", ("db",), "compose"),
        (
            "docker compose exec worker celery",
            "docker compose exec -T worker celery",
            ("compose:worker",),
            "compose",
        ),
        ("docker-compose run --rm api x -t", "docker-compose run -T --rm api x -t", ("api",), "compose"),
        (
            "docker exec -it other sh -c 'ls -t'",
            "docker exec -i other sh -c 'ls -t'",
            ("docker:other",),
            "docker",
        ),
        ("docker exec -t other ls", "docker exec other ls", ("docker:other",), "docker"),
        ("docker exec -i --tty other ls", "docker exec -i other ls", ("docker:other",), "docker"),
        ("docker compose exec api ls -l", "docker exec -i shop-api-1 ls -l", ("api",), "docker"),
        ("docker exec -it api ls", "docker exec -i shop-api-1 ls", ("api",), "docker"),
        ("kubectl exec -it pod-2 -- ls", "kubectl exec -i pod-2 -- ls", ("kubernetes:pod-2",), "kubernetes"),
        ("docker exec api env", "docker exec shop-api-1 env", ("api",), "docker"),
        ("ssh web1 uptime", "ssh 10.0.0.9 uptime", ("web1",), "ssh"),
        ("ssh ops@web1 'uptime; w'", "ssh ops@10.0.0.9 'uptime; w'", ("web1",), "ssh"),
        ("ssh app-server 'uptime | wc'", "bash -c 'uptime | wc'", ("here",), "local"),
        ("ssh app-server uptime -p", "uptime -p", ("here",), "local"),
        ("kubectl exec pod-1 -- ls", "kubectl exec pod-1 -- ls", ("kubernetes:pod-1",), "kubernetes"),
        ("curl http://localhost:8000/health", "curl http://localhost:8000/health", ("web",), "local"),
        ("curl http://127.0.0.1:8000/", "curl http://127.0.0.1:8000/", ("web",), "local"),
        ("curl http://localhost:9000/", "curl http://localhost:9000/", (), "local"),
        ("psql -h 10.0.0.5 -c 'select 1'", "psql -h 10.0.0.5 -c 'select 1'", ("db",), "local"),
        ("find /var/log/shop -name x -delete", "find /var/log/shop -name x -delete", ("logs",), "local"),
        (
            "openssl s_client -connect shop.example:443",
            "openssl s_client -connect shop.example:443",
            ("edge",),
            "local",
        ),
        ("echo é; docker compose exec db psql", "echo é; psql", ("db",), "local"),
    ],
)
def test_commands_are_led_to_their_targets(
    text: str, script: str, touches: tuple[str, ...], runtime: str
) -> None:
    step = only_step(a_block(text), service=SERVICE)
    assert (step.script, step.touches, step.runtime) == (script, touches, runtime)


def test_leaving_a_wrapper_out_is_said() -> None:
    step = only_step(a_block("true\ndocker compose exec db psql -c 'select 1'"), service=SERVICE)
    (note,) = step.notes
    assert "line 12" in note
    assert "`docker compose exec db`" in note


def test_the_database_named_in_the_document_is_never_changed() -> None:
    """A drill that restores into another database must not be led into the real one."""
    step = only_step(a_block("docker compose exec -T db psql -U app drill_database < x.sql"), service=SERVICE)
    assert step.script == "psql drill_database < x.sql"


def test_psql_that_names_no_server_is_led_by_variables() -> None:
    step = only_step(a_block("psql -c 'select 1'"), service={"targets": {"db": KEPT_DB}})
    assert step.script == "psql -c 'select 1'"
    assert step.variables["PGHOST"] == "env:DATABASE_URL#host"
    assert step.variables["PGPASSWORD"] == "env:DATABASE_URL#password"
    assert set(step.references) == {"PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE"}


def test_the_services_own_variables_win_over_the_target() -> None:
    step = only_step(
        a_block("psql -c 'select 1'"), service={"targets": {"db": DB}, "environment": {"PGHOST": "elsewhere"}}
    )
    assert step.variables == {"PGHOST": "elsewhere"}


def test_a_cache_whose_place_is_secret_is_reached_by_variables() -> None:
    step = only_step(
        a_block("redis-cli ping"), service={"targets": {"cache": {"kind": "redis", "url": "env:REDIS_URL"}}}
    )
    assert step.script == 'redis-cli -h "$REDIS_HOST" -p "$REDIS_PORT" ping'
    assert step.variables["REDISCLI_AUTH"] == "env:REDIS_URL#password"


def test_the_usual_redis_needs_no_words() -> None:
    step = only_step(
        a_block("redis-cli ping"),
        service={"targets": {"cache": {"kind": "redis", "url": "redis://localhost:6379"}}},
    )
    assert step.script == "redis-cli ping"
