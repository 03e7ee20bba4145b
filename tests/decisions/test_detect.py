"""What a folder's files speak of, and the runward.toml that is written from it."""

import tomllib

import pytest

from runward.inventory.detect import detected, is_runbook
from runward.inventory.model import Service
from runward.inventory.write import Blank, runward_toml

COMPOSE = """\
services:
  db:
    image: "postgres:16-alpine"
    ports: ["5433:5432"]
    environment: {POSTGRES_USER: app, POSTGRES_PASSWORD: geheim, POSTGRES_DB: shop}
  cache:
    image: docker.io/library/redis:7
    ports: ["127.0.0.1:6380:6379"]
  api:
    build: .
    ports: [{target: 8000, published: 8080}]
  worker:
    build: .
  queue:
    image: rabbitmq:3
    ports: ["${Q_PORT:-5672}:5672"]
"""


def settings(files: dict[str, str], environment: tuple[str, ...] = ()) -> dict[str, dict[str, str]]:
    return {one.name: dict(one.settings) for one in detected(files, environment).targets}


def test_compose_services_become_targets() -> None:
    assert settings({"docker-compose.yml": COMPOSE}) == {
        "api": {"kind": "http", "url": "http://localhost:8080"},
        "cache": {"kind": "redis", "url": "redis://localhost:6380/0"},
        "db": {"kind": "postgresql", "url": "postgresql://app@localhost:5433/shop"},
        "queue": {"kind": "container", "container": "queue", "runtime": "compose"},
        "worker": {"kind": "container", "container": "worker", "runtime": "compose"},
    }


@pytest.mark.parametrize(
    "files", [{".env": "DATABASE_URL=postgres://u:geheim@h/d\nexport REDIS_URL=redis://x\nOTHER=1"}]
)
def test_env_files_give_names_and_never_values(files: dict[str, str]) -> None:
    found = detected(files, ())
    assert found.variables == {"DATABASE_URL": ".env", "OTHER": ".env", "REDIS_URL": ".env"}
    assert settings(files) == {
        "db": {"kind": "postgresql", "url": "env:DATABASE_URL"},
        "cache": {"kind": "redis", "url": "env:REDIS_URL"},
    }
    assert "geheim" not in repr(found)
    assert "geheim" not in runward_toml("x", found, [])


def test_the_environment_says_where_a_compose_database_is_kept() -> None:
    found = settings({"compose.yaml": COMPOSE}, ("DATABASE_URL", "HOME", "SECRET_THING"))
    assert found["db"]["url"] == "env:DATABASE_URL"
    assert detected({}, ("SECRET_THING", "WANTED"), ["WANTED"]).variables == {"WANTED": "the environment"}


def test_manifests_become_workloads() -> None:
    text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api, namespace: shop}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: api}\n"
    assert settings({"k8s/api.yaml": text}) == {
        "api": {"kind": "workload", "workload": "deploy/api", "namespace": "shop", "runtime": "kubernetes"}
    }


@pytest.mark.parametrize(
    ("files", "url"),
    [
        ({"Procfile": "web: gunicorn app --bind 0.0.0.0:9000\nworker: x"}, "http://localhost:9000"),
        ({"Procfile": "web: gunicorn app"}, "http://localhost:8000"),
        ({"app/main.py": "app = FastAPI()"}, "http://localhost:8000"),
        ({"manage.py": ""}, "http://localhost:8000"),
    ],
)
def test_code_says_where_the_service_listens(files: dict[str, str], url: str) -> None:
    assert settings(files)["web"]["url"] == url


def test_a_django_project_runs_python_in_its_shell() -> None:
    assert detected({"backend/manage.py": ""}, ()).interpreters == {
        "python": "python backend/manage.py shell"
    }


@pytest.mark.parametrize(
    "text",
    ["{{ template }}\napiVersion: a\nkind: b", "services: [", "services: 3", "- 1", "services: {a: 3, b: {ports: 7, image: 9}}", "", "\0",
     "a: &a [*a]", "services:\n  a:\n    ports: [null, {}]", "x: 9999-99-99"],
)  # fmt: skip
def test_strange_files_stop_nothing(text: str) -> None:
    detected(
        {"docker-compose.yml": text, "k8s/x.yaml": text, ".env": text, "Procfile": text, "RUNBOOK.md": text},
        (),
    )


FENCES = "```bash\na\n```\n```sql\nb\n```\n"


@pytest.mark.parametrize(
    ("path", "text", "is_one"),
    [
        ("RUNBOOK.md", "", True),
        ("docs/runbooks/disk.md", "", True),
        ("docs/run_book.md", "", True),
        ("docs/operations-guide.md", "", True),
        ("docs/howto.md", FENCES + "incident, restart, rollback", True),
        ("docs/howto.md", FENCES + "install it", False),
        ("README.md", "", False),
        ("CHANGELOG.md", FENCES + "incident, restart, rollback", False),
        ("runbook.txt", "", False),
        ("runbooks.py", "", False),
    ],
)
def test_runbooks_are_known_by_name_or_by_content(path: str, text: str, is_one: bool) -> None:
    assert is_runbook(path, text) is is_one


def test_what_is_written_can_be_read_and_holds_every_placeholder() -> None:
    files = {"docker-compose.yml": COMPOSE, "RUNBOOK.md": "", ".env": "REDIS_HOST=x", "manage.py": ""}
    blanks = [
        Blank("<primary-ip>", "RUNBOOK.md", (7, 12)),
        Blank('a "strange" \\ name', "RUNBOOK.md", (8,)),
        Blank("$REDIS_HOST", "RUNBOOK.md", (9,)),
        Blank("${NOT_SET}", "RUNBOOK.md", (9,)),
        Blank("$1", "RUNBOOK.md", (10,)),
        Blank("<db-password>", "RUNBOOK.md", (11,)),
    ]
    text = runward_toml("my shop", detected(files, ()), blanks)
    service = Service.model_validate(tomllib.loads(text)["services"]["my shop"])
    assert set(service.values) == {"<primary-ip>", 'a "strange" \\ name', "$1"}
    assert dict(service.environment) == {"REDIS_HOST": "env:REDIS_HOST"}
    assert '# NOT_SET = "env:NOT_SET"  # RUNBOOK.md:9; not set here' in text
    assert dict(service.secrets) == {"<db-password>": ""}
    assert service.documents == ("RUNBOOK.md",)
    assert '"<primary-ip>" = ""  # RUNBOOK.md:7, 12' in text
    assert text == runward_toml("my shop", detected(dict(reversed(files.items())), ()), blanks)


def test_an_empty_folder_still_gives_a_file_that_can_be_read() -> None:
    text = runward_toml("x", detected({}, ()), [])
    Service.model_validate(tomllib.loads(text)["services"]["x"])
