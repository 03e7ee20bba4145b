"""Houses furnished for two of the real runbooks; what they are called is read from the books themselves."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from lab.backups import dump, write_backup, write_backup_folder
from lab.house import House
from lab.logs import write_log, write_log_folder
from lab.nginx import Authority, NginxServer
from lab.postgres import PostgresServer
from lab.processes import needs
from lab.redis import RedisServer
from lab.web import State, web_command

CLUSTER = Path("/var/lib/postgresql/15")
SHOP = """
CREATE TABLE {first} (id serial PRIMARY KEY, user_id int, body text);
INSERT INTO {first} (user_id, body) SELECT n % 50, repeat('story ', 20) FROM generate_series(1, 2000) AS n;
CREATE TABLE {second} (id serial PRIMARY KEY, name text);
INSERT INTO {second} (name) SELECT 'reader ' || n FROM generate_series(1, 50) AS n;
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
ANALYZE;
"""


@dataclass
class Estate:
    """A furnished house; `environment` is what its service's own processes are given."""

    house: House
    postgres: PostgresServer
    redis: RedisServer
    web: State
    names: Mapping[str, str]  # what the book calls things: host, unit, logs, backups, database ...
    standby: PostgresServer | None = None
    nginx: NginxServer | None = None
    authority: Authority | None = None
    environment: dict[str, str] = field(default_factory=dict)


@contextmanager
def tls_estate(book: Path, *, days: int = 90, movable_clock: bool = False) -> Iterator[Estate]:
    """The estate of the book of an API behind TLS: its certificate is good for `days`."""
    text = book.read_text()
    names = {
        "host": first(r"https://([\w.-]+)/health", text),
        "unit": first(r"journalctl -u (\S+)", text),
        "logs": first(r"(/var/log/\w+)/app\.log", text),
        "backups": first(r"(/backups/\w+)", text),
        "database": first(r'DB_NAME="(\w+)"', text),
    }
    with House.open(hosts=[names["host"]], name="api") as house:
        estate = _furnish(house, names, movable_clock=movable_clock)
        authority = Authority(house.folder / "authority")
        house.trust(authority.file)
        certificate = authority.certify(names["host"], days=days)
        estate.authority = authority
        estate.nginx = NginxServer.start(
            Path("/run/nginx"), certificate, names["host"], port=443, upstream=8000, place=house.place
        )
        house.adopt("nginx", estate.nginx.process, port=443)
        write_log_folder(house.path(names["logs"]))
        content = dump(estate.postgres, names["database"], "-Fc")
        for days_ago in (0.3, 1.3, 2.3):
            write_backup(
                house.path(names["backups"]) / f"backup_{days_ago:g}.dump.gz", content, days=days_ago
            )
        yield estate


@contextmanager
def replicated_estate(book: Path, *, movable_clock: bool = False) -> Iterator[Estate]:
    """The estate of the book of a replicated database: a primary, a streaming standby, logs and backups."""
    text = book.read_text()
    tables = re.findall(r"pg_total_relation_size\('(\w+)'\)", text)
    names = {
        "database": first(r"REINDEX DATABASE (\w+)", text),
        "unit": first(r"systemctl restart (\w+)", text),
        "logs": "/var/log/postgresql",
        "backups": first(r"find (/backups/\w+)", text),
        "first": tables[0],
        "second": tables[1],
    }
    with House.open(name="library") as house:
        estate = _furnish(house, names, movable_clock=movable_clock)
        estate.standby = estate.postgres.start_standby(Path("/var/lib/postgresql/standby"), port=5433)
        for folder in (names["logs"], "/var/log/redis"):
            write_log_folder(house.path(folder), Path(folder).name)
        content = dump(estate.postgres, names["database"])
        files = write_backup_folder(house.path(names["backups"]), names["database"], content)
        (house.path(names["backups"]) / "latest.sql.gz").symlink_to(files[0].name)
        yield estate


def first(pattern: str, text: str) -> str:
    """What a book calls a thing, at the first place where it says so."""
    found = re.search(pattern, text)
    if found is None:
        raise LookupError(f"the book says nothing of the form {pattern}")
    return found[1]


def _furnish(house: House, names: Mapping[str, str], *, movable_clock: bool) -> Estate:
    needs("sudo", "curl", "jq", "openssl", "psql", "nginx", "gzip")
    postgres = PostgresServer.start(
        CLUSTER, port=5432, place=house.place, movable_clock=movable_clock, settings={"max_connections": "60"}
    )
    house.adopt("postgresql", postgres.process, port=5432)
    house.path("/run/postgresql").symlink_to(CLUSTER / "s")
    postgres.run_sql("CREATE ROLE root SUPERUSER LOGIN; CREATE ROLE postgres SUPERUSER LOGIN")
    postgres.create_database("root")
    url = postgres.create_database(names["database"])
    tables = {"first": names.get("first", "exercises"), "second": names.get("second", "learners")}
    postgres.run_sql(SHOP.format(**tables), names["database"])
    house.path("/var/log/redis").mkdir()
    logged = ("--logfile", "/var/log/redis/redis-server.log")
    redis = RedisServer.start(
        Path("/var/lib/redis"), port=6379, place=house.place, maxmemory="256mb", settings=logged
    )
    house.adopt("redis", redis.process, port=6379)
    redis.fill(20, seconds=3600)
    state = State(house.path("/run/web.json"))
    write_log(house.path(f"/var/log/{names['unit']}/access.log"))
    house.add_unit(names["unit"], web_command(8000, Path("/run/web.json")), port=8000)
    house.bash(f"systemctl start {names['unit']}")
    environment = {"DATABASE_URL": url, "REDIS_HOST": "127.0.0.1", "REDIS_PORT": "6379", "REDIS_PASSWORD": ""}
    return Estate(house, postgres, redis, state, names, environment=environment)
