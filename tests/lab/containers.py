"""Houses furnished for two of the real runbooks whose services live in containers, with all that their teams would have."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.backups import write_backup
from lab.docker import IMAGE, Engine, engine_house, server_user
from lab.house import House
from lab.logs import write_log
from lab.nginx import Authority, NginxServer
from lab.postgres import SETTINGS, PostgresServer
from lab.processes import get_program, wait_until
from lab.web import State, web_command

CLUSTER = Path("/var/lib/postgresql/15")
WEB = "/run/web.json"
HOST = "shop.example"
PATH = f"{sys.prefix}/bin:/usr/sbin:/usr/bin"
DEAF = {"stop_signal": "SIGKILL"}  # the first process of a container that does not listen to TERM
IDLE = {"command": ["sleep", "infinity"], **DEAF}
LEARNING, GRAPH, TASKS = "/root/lms", "/root/fraiseql", "/root/todo"

COURSES = """
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class {name}(Base):
    __tablename__ = "{table}"
    id: Mapped[int] = mapped_column(primary_key=True)
"""
MIGRATIONS = {
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
    "app/modules/courses/models.py": COURSES.format(name="Course", table="courses"),
    "app/modules/enrollments/models.py": COURSES.format(name="Enrollment", table="enrollments"),
}
MANIFEST = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kept}\n"
RESTORE = """#!/bin/bash
set -euo pipefail
gunzip -c "/backups/$2" | psql -1 -v ON_ERROR_STOP=1 "$DATABASE_URL"
"""
ROTATION = "{file} {{\n  rotate 2\n  size 1\n  missingok\n}}\n"


@contextmanager
def learning_estate() -> Iterator[House]:
    """The estate of the book of a learning platform: four services of a compose file, named as the book names them."""
    with engine_house("learning") as (house, engine):
        _furnish(house, "lms", "lms")
        for name, text in MIGRATIONS.items():
            _write(house, f"{LEARNING}/{name}", text)
        _write(house, f"{LEARNING}/Dockerfile", f"FROM {IMAGE}\nCOPY . /srv/app\nWORKDIR /srv/app\n")
        write_log(house.path(f"{LEARNING}/logs/app.log"), line="ERROR it broke")
        api = {"build": ".", "image": "lms-api:latest", "command": web_command(8000, Path(WEB)), **DEAF, "container_name": "api",
            "environment": {"PATH": PATH}}
        services = _servers() | {"api": api, "celery-worker": IDLE}
        services["db"]["container_name"] = "db"
        names = ("docker-compose.yml", "docker-compose.prod.yml", "docker-compose.staging.yml")
        engine.compose(LEARNING, services, *names)
        _bring_up(house, LEARNING, "lms")
        yield house


@contextmanager
def graph_estate() -> Iterator[House]:
    """The estate of the book of a service in containers behind nginx, its certificate good for twenty days."""
    with engine_house("graph", HOST) as (house, engine):
        _furnish(house, "fraiseql", "fraiseql_prod")
        _serve_tls(house)
        for name in ("access", "error"):
            write_log(house.path(f"/var/log/nginx/{name}.log"), line='"GET /x HTTP/1.1" 404 7')
        write_log(house.path("/var/log/fraiseql/app.log"))
        for name in ("fraiseql/app", "old/app.log"):
            write_log(house.path(f"/var/log/{name}.log.1"), days=40)
        _write(house, "/etc/logrotate.d/fraiseql", ROTATION.format(file="/var/log/fraiseql/app.log"))
        app = {"command": web_command(8000, Path(WEB)), **DEAF}
        engine.compose(GRAPH, _servers() | {"fraiseql": app, "nginx": IDLE})
        _bring_up(house, GRAPH, "fraiseql_prod")
        yield house


def _furnish(house: House, user: str, database: str) -> None:
    """Make the cluster that the container of the database is to serve, and what the sample service is to say."""
    server = PostgresServer.start(CLUSTER, port=5432, place=house.place)
    server.run_sql(f"CREATE ROLE {user} SUPERUSER LOGIN")
    server.create_database(database)
    server.run_sql("CREATE TABLE users AS SELECT n AS id, now() AS created_at FROM generate_series(1, 9) AS n", database)
    server.run_sql("CREATE EXTENSION pg_stat_statements", database)
    server.stop()
    house.path("/run/postgresql").mkdir(mode=0o777)
    house.path("/run/postgresql").chmod(0o777)
    house.path("/var/lib/redis").mkdir(exist_ok=True)
    State(house.path(WEB))


def _servers() -> dict[str, dict[str, object]]:
    settings = SETTINGS | {"unix_socket_directories": "/run/postgresql", "port": "5432"}
    flags = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    postgres = [get_program("postgres"), "-D", str(CLUSTER / "data"), *flags]
    redis = [get_program("redis-server"), "--save", "", "--dir", "/var/lib/redis"]
    return {
        "db": {"command": postgres, "user": server_user(), "stop_signal": "SIGINT"},
        "redis": {"command": redis},
    }


def _bring_up(house: House, folder: str, database: str) -> None:
    house.path(folder).mkdir(parents=True, exist_ok=True)
    house.bash(f"cd {folder} && docker-compose up -d --build 2>&1")
    asked = ["psql", "-U", "lab", "-h", "/run/postgresql", "-d", database, "-c", "SELECT 1"]
    try: wait_until(lambda: house.run(asked).returncode == 0, "the database in its container",within=5)
    except TimeoutError: print(house.run(["bash","-c",f"cd {folder}; docker ps -a; docker-compose logs db"])); raise
    wait_until(lambda: house.place.answers(8000) and house.place.answers(6379), "the services in their containers")


def _serve_tls(house: House) -> None:
    authority = Authority(house.folder / "authority")
    house.trust(authority.file)
    certificate = authority.certify(HOST, days=20)
    nginx = NginxServer.start(Path("/run/nginx"), certificate, HOST, port=443, upstream=8000, place=house.place)
    house.adopt("nginx", nginx.process, port=443)
    kept = house.path(f"/etc/letsencrypt/live/{HOST}/cert.pem")
    kept.parent.mkdir(parents=True)
    kept.write_bytes(certificate.certificate.read_bytes())


def _write(house: House, file: str, text: str) -> None:
    path = house.path(file)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@contextmanager
def tasks_estate() -> Iterator[tuple[House, str]]:
    """The estate of the book of a service in a cluster of which only the client is here, and the URL of its database."""
    with House.open(name="tasks") as house:
        server = PostgresServer.start(CLUSTER, port=5432, place=house.place)
        url = server.create_database("tasks")
        server.run_sql("CREATE TABLE tasks (id serial, user_id text, status text, due_date date)", "tasks")
        server.run_sql("CREATE EXTENSION pg_stat_statements", "tasks")
        for name in ("autoscaler.yaml", "backup-region/backend.yaml"):
            _write(house, f"{TASKS}/k8s/{name}", MANIFEST)
        _write(house, f"{TASKS}/scripts/backup-database.sh", RESTORE)
        house.path(f"{TASKS}/scripts/backup-database.sh").chmod(0o755)
        yield house, url
