"""Houses furnished for three of the real runbooks, with all that their teams would have: containers, backups, logs."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.backups import dump, write_backup
from lab.docker import IMAGE, engine_house, server_user
from lab.house import House
from lab.logs import write_log
from lab.nginx import Authority, NginxServer
from lab.postgres import SETTINGS, PostgresServer
from lab.processes import get_program, wait_until
from lab.web import State, web_command

CLUSTER = Path("/var/lib/postgresql/15")
SOCKETS = "/run/postgresql"
WEB = Path("/run/web.json")
HOST, ELSEWHERE = "shop.example", "google.com"
LEARNING, GRAPH, TASKS = "/root/lms", "/root/fraiseql", "/root/todo"
DEAF: dict[str, object] = {"stop_signal": "SIGKILL"}  # the first process of a container does not hear TERM
IDLE = {"command": ["sleep", "infinity"], **DEAF}
ROWS = "CREATE TABLE {name} AS SELECT n AS id, now() AS created_at, now() AS updated_at FROM generate_series(1, 9) AS n"

MODEL = """
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Kept(DeclarativeBase):
    pass


class {name}(Kept):
    __tablename__ = "{table}"
    id: Mapped[int] = mapped_column(primary_key=True)
"""
PROJECT = {
    "alembic.ini": "[alembic]\nscript_location = migrations\n",
    "migrations/env.py": """
from alembic import context
from sqlalchemy import create_engine

with create_engine("postgresql+psycopg://lms@/lms").connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
""",
    "migrations/versions/0001_courses.py": """
from alembic import op

revision, down_revision = "0001", None


def upgrade():
    op.execute("CREATE TABLE courses (id serial PRIMARY KEY)")


def downgrade():
    op.execute("DROP TABLE courses")
""",
    "app/modules/courses/models.py": MODEL.format(name="Course", table="courses"),
    "app/modules/enrollments/models.py": MODEL.format(name="Enrollment", table="enrollments"),
    "Dockerfile": f"FROM {IMAGE}\nCOPY . /srv/app\nWORKDIR /srv/app\n",
}
RESTORE_GRAPH = """#!/bin/bash
set -euo pipefail
newest=$(find /opt/fraiseql/backups -name '*.sql.gz' | sort | tail -n 1)
docker-compose exec -T db dropdb --force -U fraiseql fraiseql_prod
docker-compose exec -T db createdb -U fraiseql fraiseql_prod
gunzip -c "$newest" | docker-compose exec -T db psql -q -v ON_ERROR_STOP=1 -U fraiseql fraiseql_prod
"""
RESTORE_TASKS = """#!/bin/bash
set -euo pipefail
gunzip -c "/backups/$2" | psql -q -1 -v ON_ERROR_STOP=1 "$DATABASE_URL"
"""
ROTATION = "/var/log/fraiseql/app.log {\n  rotate 2\n  size 1\n}\n"
MANIFEST = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kept}\n"


@contextmanager
def learning_estate() -> Iterator[House]:
    """The estate of the book of a learning platform: four services of a compose file, named as the book names them."""
    with engine_house("learning") as (house, engine):
        server = _cluster(house, "lms", "lms")
        server.stop()
        house.path("/usr/local/sbin/python").symlink_to(sys.executable)
        for name, text in PROJECT.items():
            write(house, f"{LEARNING}/{name}", text)
        certificate = Authority(house.folder / "authority").certify(HOST)
        house.path("/etc/ssl/kept.pem").write_bytes(certificate.certificate.read_bytes())
        api = {"build": ".", "image": "lms-api:latest", "container_name": "api", **_web()}
        api["environment"] = {"PATH": f"{sys.prefix}/bin:/usr/sbin:/usr/bin"}
        database, cache = _servers()
        services = {
            "db": {**database, "container_name": "db"},
            "redis": cache,
            "api": api,
            "celery-worker": IDLE,
        }
        for name in ("docker-compose.yml", "docker-compose.prod.yml", "docker-compose.staging.yml"):
            engine.compose(f"{LEARNING}/{name}", services)
        _bring_up(house, LEARNING)
        yield house


@contextmanager
def graph_estate() -> Iterator[House]:
    """The estate of the book of a service in containers behind nginx, its certificate good for twenty days."""
    with engine_house("graph", HOST, ELSEWHERE) as (house, engine):
        server = _cluster(house, "fraiseql", "fraiseql_prod")
        server.run_sql(ROWS.format(name="users"), "fraiseql_prod")
        content = dump(server, "fraiseql_prod")
        server.stop()
        for name in ("fraiseql_20270101.sql.gz", "fraiseql_backup.sql.gz"):
            write_backup(house.path(f"/opt/fraiseql/backups/{name}"), content)
        write(house, f"{GRAPH}/restore-backup.sh", RESTORE_GRAPH, mode=0o755)
        _serve_tls(house)
        _write_logs(house)
        database, cache = _servers()
        services = {"db": database, "redis": cache, "fraiseql": _web(), "nginx": IDLE}
        engine.compose(f"{GRAPH}/docker-compose.yml", services)
        _bring_up(house, GRAPH)
        yield house


@contextmanager
def tasks_estate() -> Iterator[tuple[House, PostgresServer]]:
    """The estate of the book of a service in a cluster, of which only the client is here, and its database."""
    with House.open(hosts=["backup.todo-app.com"], name="tasks") as house:
        server = PostgresServer.start(CLUSTER, port=5432, place=house.place)
        server.create_database("tasks")
        server.run_sql("CREATE TABLE tasks (id serial, user_id text, status text, due_date date)", "tasks")
        server.run_sql(
            "INSERT INTO tasks (user_id, status) SELECT '7', 'active' FROM generate_series(1, 50)", "tasks"
        )
        server.run_sql("CREATE EXTENSION pg_stat_statements", "tasks")
        content = dump(server, "tasks", "--clean", "--if-exists")
        write_backup(house.path("/backups/todo-app-backup-20260204_020000.sql.gz"), content)
        write(house, f"{TASKS}/scripts/backup-database.sh", RESTORE_TASKS, mode=0o755)
        for name in ("autoscaler.yaml", "backup-region/backend.yaml"):
            write(house, f"{TASKS}/k8s/{name}", MANIFEST)
        yield house, server


def write(house: House, file: str, text: str, *, mode: int = 0o644) -> None:
    """Put a file into a house."""
    path = house.path(file)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


def ask(house: House, database: str, sql: str) -> str:
    """What the database in the container answers; "" where it does not."""
    words = ["psql", "-U", "lab", "-h", SOCKETS, "-d", database, "-Atc", sql]
    return house.run(words).stdout.strip()


def _cluster(house: House, user: str, database: str) -> PostgresServer:
    """Make the cluster that the database's container is to serve, with the user and the database of the book."""
    server = PostgresServer.start(CLUSTER, port=5432, place=house.place)
    server.run_sql(f"CREATE ROLE {user} SUPERUSER LOGIN")
    server.create_database(database)
    server.run_sql("CREATE EXTENSION pg_stat_statements", database)
    return server


def _servers() -> tuple[dict[str, object], dict[str, object]]:
    """PostgreSQL and Redis as services of a compose file."""
    settings = SETTINGS | {"unix_socket_directories": SOCKETS, "port": "5432"}
    flags = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    postgres = [get_program("postgres"), "-D", str(CLUSTER / "data"), *flags]
    redis = [get_program("redis-server"), "--save", "", "--dir", "/var/lib/redis"]
    return {"command": postgres, "user": server_user(), "stop_signal": "SIGINT"}, {"command": redis}


def _web() -> dict[str, object]:
    return {"command": web_command(8000, WEB), **DEAF}


def _bring_up(house: House, folder: str) -> None:
    sockets = house.path(SOCKETS)
    sockets.mkdir()
    sockets.chmod(0o777)
    house.path("/var/lib/redis").mkdir(exist_ok=True)
    State(house.path(WEB))
    house.bash(f"cd {folder} && docker-compose up -d --build 2>&1")
    wait_until(lambda: are_up(house), "the services in their containers")


def are_up(house: House) -> bool:
    """Whether the database, the cache and the service in their containers can be used."""
    return bool(ask(house, "postgres", "SELECT 1")) and all(map(house.place.answers, (6379, 8000)))


def _serve_tls(house: House) -> None:
    authority = Authority(house.folder / "authority")
    house.trust(authority.file)
    certificate = authority.certify(HOST, days=20)
    nginx = NginxServer.start(
        Path("/run/nginx"), certificate, HOST, port=443, upstream=8000, place=house.place
    )
    house.adopt("nginx", nginx.process, port=443)
    write(house, f"/etc/letsencrypt/live/{HOST}/cert.pem", certificate.certificate.read_text())


def _write_logs(house: House) -> None:
    for name in ("access", "error"):
        write_log(house.path(f"/var/log/nginx/{name}.log"), line='"GET /x HTTP/1.1" 404 7')
    write_log(house.path("/var/log/fraiseql/app.log"))
    write_log(house.path("/var/log/other/app.log.1"), days=40)
    write_log(house.path("/var/log/other/app.log.2"), days=20)
    house.path("/var/lib/logrotate").mkdir()
    write(house, "/etc/logrotate.d/fraiseql", ROTATION)
