"""Planned scripts, values, previews and reachability, held against a real PostgreSQL and a real Redis."""

import os
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from lab.planned import a_block, blank, only_step
from lab.postgres import PostgresServer
from lab.redis import RedisServer
from runward.plugins.reach import why_unreachable
from runward.plugins.secrets import variables_with_secrets
from runward.runs.model import PlannedStep
from runward.runs.planning.preview import previews_of


@pytest.fixture(scope="module")
def shop(postgres: PostgresServer) -> str:
    url = postgres.create_database("planned_shop")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute('CREATE TABLE "Odd ""name""; DROP TABLE orders; --" (a text)')
        connection.execute("CREATE TABLE orders (id int, note text)")
        connection.execute("INSERT INTO orders SELECT n, 'note ' || n FROM generate_series(1, 10) AS n")
    return url


def printed(step: PlannedStep, folder: Path, **environment: str) -> str:
    """What bash makes of a planned step."""
    variables = variables_with_secrets(step.variables, step.references, {**os.environ, **environment})
    done = subprocess.run(
        ["bash", "-c", step.script], capture_output=True, text=True, check=False, cwd=folder, timeout=30,
        stdin=subprocess.DEVNULL, env={"PATH": os.environ["PATH"], **variables},
    )  # fmt: skip
    return done.stdout.strip() or done.stderr


def test_wrapped_clients_reach_the_bound_server(shop: str, tmp_path: Path) -> None:
    target = {"kind": "postgresql", "url": "env:SHOP_URL"}
    text = "docker compose exec -T db psql -U nobody -h db -At -c 'SELECT current_database()' planned_shop"
    step = only_step(a_block(text), service={"targets": {"db": target}})
    assert printed(step, tmp_path, SHOP_URL=shop) == "planned_shop"
    ready = only_step(
        a_block("docker-compose exec db pg_isready -U nobody"), service={"targets": {"db": target}}
    )
    assert "accepting connections" in printed(ready, tmp_path, SHOP_URL=shop)


def test_a_wrapped_cache_client_reaches_the_bound_cache(redis_server: RedisServer, tmp_path: Path) -> None:
    target = {"kind": "redis", "url": redis_server.url}
    step = only_step(a_block("docker exec cache redis-cli PING"), service={"targets": {"cache": target}})
    assert "PONG" in printed(step, tmp_path)


HOSTILE = (
    "'; DELETE FROM orders; --",
    "x'); DELETE FROM orders; --",
    "\\'; DELETE FROM orders; --",
    "$$; DELETE FROM orders; $$",
    "%s",
    "",
)


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize(
    "text",
    [
        "SELECT count(*) FROM orders WHERE note = '<x>'",
        "SELECT count(*) FROM orders WHERE note = <x>",
        "SELECT E'<x>', \"note\" FROM orders",
    ],
)
def test_no_value_becomes_sql_on_the_server(shop: str, text: str, value: str) -> None:
    step = only_step(
        a_block(text, "sql", placeholders=(blank("<x>"),)),
        service={
            "targets": {"db": {"kind": "postgresql", "url": "postgresql:///x"}},
            "values": {"<x>": {"literal": value}},
        },
    )
    with psycopg.connect(shop, autocommit=True) as connection:
        connection.execute(step.script.encode())
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (10,)


@pytest.mark.parametrize("quoted", ["'", '"'])
def test_a_hostile_value_inside_psql_stays_a_value(shop: str, quoted: str, tmp_path: Path) -> None:
    inner = (
        "SELECT count(*) FROM orders WHERE note = $$<x>$$"
        if quoted == "'"
        else "SELECT count(*) FROM orders WHERE note = '<x>'"
    )
    for value in HOSTILE:
        step = only_step(
            a_block(f"psql -At -c {quoted}{inner}{quoted}", placeholders=(blank("<x>"),)),
            service={
                "targets": {"db": {"kind": "postgresql", "url": "env:SHOP_URL"}},
                "values": {"<x>": {"literal": value}},
            },
        )
        if "<x>" not in step.script:
            assert printed(step, tmp_path, SHOP_URL=shop) == "0", step.script
    with psycopg.connect(shop) as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (10,)


def test_a_table_with_a_hostile_name_is_named_exactly(shop: str) -> None:
    step = only_step(
        a_block("SELECT count(*) FROM <table>", "sql", placeholders=(blank("<table>"),)),
        service={
            "targets": {"db": {"kind": "postgresql", "url": "postgresql:///x"}},
            "values": {"<table>": 'Odd "name"; DROP TABLE orders; --'},
        },
    )
    with psycopg.connect(shop) as connection:
        assert connection.execute(step.script.encode()).fetchone() == (0,)


@pytest.mark.parametrize(
    ("statement", "first"),
    [
        ("DELETE FROM orders WHERE id > 7", 3),
        ("UPDATE orders SET note = '' WHERE id <= 2", 2),
        ("TRUNCATE orders", 10),
        ("DROP TABLE orders", "16 kB"),
    ],
)
def test_previews_show_what_would_be_hit_and_change_nothing(shop: str, statement: str, first: object) -> None:
    step = only_step(
        a_block(statement, "sql"),
        service={"targets": {"db": {"kind": "postgresql", "url": "postgresql:///x"}}},
    )
    (preview,) = previews_of(step)
    with psycopg.connect(shop) as connection:
        connection.read_only = True
        row = connection.execute(preview.script.encode()).fetchone()
        assert row is not None
        assert row[0] == first


def test_the_preview_of_an_end_names_the_sessions_and_spares_them(shop: str) -> None:
    text = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'victim' AND state = 'idle';"
    step = only_step(
        a_block(text, "sql"), service={"targets": {"db": {"kind": "postgresql", "url": "postgresql:///x"}}}
    )
    (preview,) = previews_of(step)
    with (
        psycopg.connect(shop, application_name="victim", autocommit=True) as victim,
        psycopg.connect(shop) as looker,
    ):
        victim.execute("SELECT 'the last words'")
        rows = looker.execute(preview.script.encode()).fetchall()
        assert [row[0] for row in rows] == [victim.info.backend_pid]
        assert "the last words" in rows[0][-1]
        assert victim.execute("SELECT 1").fetchone() == (1,)


def test_reachability(shop: str, redis_server: RedisServer) -> None:
    assert why_unreachable("postgresql", shop) == ""
    assert why_unreachable("redis", redis_server.url) == ""
    parts = urlsplit(shop)
    wrong = shop.replace(parts.path, "/no_such_database")
    assert "no_such_database" in why_unreachable("postgresql", wrong)
