"""Say which services and targets the files of a folder speak of; names only, never a secret's value."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import yaml

from runward.inventory.model import TargetKind

_RUNBOOK_NAME = re.compile(
    r"(?i)run-?_?books?|playbooks?|operations?[-_ ]?(guide|manual)|\bops\b|incident[-_ ]response|on-?call"
)
_NO_RUNBOOK = re.compile(
    r"(?i)^(changelog|contributing|license|code_of_conduct|security|authors|history|todo)\b"
)
_FENCE = re.compile(
    r"^[ \t]*(?:```|~~~)[ \t]*(bash|sh|shell|console|sql|zsh|powershell)\b", re.MULTILINE | re.IGNORECASE
)
_TROUBLE = re.compile(
    r"(?i)\b(incident|roll ?back|restart|on-?call|outage|failover|health ?check|escalat|post-?mortem|restore)"
)
_COMPOSE = re.compile(r"(docker-)?compose([.-][\w.-]+)?\.ya?ml$")
_ENV_FILE = re.compile(r"\.env(\.[\w.-]+)?$|\.envrc$")
_ENV_NAME = re.compile(r"^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=", re.MULTILINE)
_POSTGRES_URL = re.compile(r"(DATABASE|POSTGRES(QL)?|PG|DB)(_\w+)?_(URL|URI|DSN)|DATABASE_URL|POSTGRES_DSN")
_REDIS_URL = re.compile(r"(\w+_)?(REDIS|VALKEY|CACHE)(_\w+)?_(URL|URI)|CELERY_BROKER_URL")
_KINDS = {
    "Deployment": "deploy",
    "StatefulSet": "statefulset",
    "DaemonSet": "daemonset",
    "CronJob": "cronjob",
}
_PORT = re.compile(r"(?::|--port[= ]|-p )(\d{2,5})\b")


@dataclass(frozen=True, slots=True)
class FoundTarget:
    """A target that a file speaks of, as settings for runward.toml, and where it was found."""

    name: str
    settings: Mapping[str, str]
    because: str


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that a folder speaks of."""

    runbooks: tuple[str, ...] = ()
    targets: tuple[FoundTarget, ...] = ()
    variables: Mapping[str, str] | None = None  # names that are set somewhere, and where
    interpreters: Mapping[str, str] | None = None
    unread: tuple[str, ...] = ()  # files that could not be understood, with the reason


def detected(files: Mapping[str, str], environment: Iterable[str], wanted: Collection[str] = ()) -> Found:
    """What the texts of a folder's files, and the names of the environment's variables, speak of.

    Of the environment only what says where a database is, and the variables that are `wanted`, are kept.
    """
    names = _variables(files, environment, wanted)
    unread: list[str] = []
    targets = [
        *_from_compose(files, unread),
        *_from_manifests(files, unread),
        *_from_variables(names),
        *_from_code(files),
    ]
    return Found(
        runbooks=tuple(sorted(path for path, text in files.items() if is_runbook(path, text))),
        targets=_merged(targets),
        variables=names,
        interpreters=_interpreters(files),
        unread=tuple(unread),
    )


def is_runbook(path: str, text: str) -> bool:
    """Whether a Markdown file is a runbook, by its name or by what it holds."""
    pure = PurePosixPath(path)
    if pure.suffix.lower() not in {".md", ".markdown"} or _NO_RUNBOOK.match(pure.stem):
        return False
    if _RUNBOOK_NAME.search(pure.stem) or any(_RUNBOOK_NAME.search(part) for part in pure.parts[:-1]):
        return True
    return len(_FENCE.findall(text)) >= 2 and len({word.lower() for word in _TROUBLE.findall(text)}) >= 3


def _variables(
    files: Mapping[str, str], environment: Iterable[str], wanted: Collection[str]
) -> dict[str, str]:
    names: dict[str, str] = {}
    for path in sorted(files):
        if _ENV_FILE.search(PurePosixPath(path).name):
            for name in _ENV_NAME.findall(files[path]):
                names.setdefault(name, path)
    for name in sorted(environment):
        if name in wanted or _POSTGRES_URL.fullmatch(name) or _REDIS_URL.fullmatch(name):
            names[name] = "the environment"
    return dict(sorted(names.items()))


def _from_compose(files: Mapping[str, str], unread: list[str]) -> Iterator[FoundTarget]:
    for path in sorted(files):
        if not _COMPOSE.search(PurePosixPath(path).name):
            continue
        for document in _documents(path, files[path], unread):
            services = document.get("services")
            for name, service in sorted(services.items()) if isinstance(services, dict) else []:
                if isinstance(service, dict):
                    yield FoundTarget(str(name), _of_compose(str(name), service), path)


def _of_compose(name: str, service: dict[str, Any]) -> dict[str, str]:
    image = str(service.get("image", "")).rpartition("/")[2]
    port = _published(service)
    if re.match(r"(postgres|postgis|timescaledb|pgvector)", image):
        variables = _environment(service)
        user = variables.get("POSTGRES_USER", "postgres")
        database = variables.get("POSTGRES_DB", user)
        plain = re.fullmatch(r"[\w.-]+", user + database)
        if port and plain:
            return {"kind": TargetKind.POSTGRESQL, "url": f"postgresql://{user}@localhost:{port}/{database}"}
    elif re.match(r"(redis|valkey|keydb)", image) and port:
        return {"kind": TargetKind.REDIS, "url": f"redis://localhost:{port}/0"}
    elif port and not re.match(r"(mysql|mariadb|mongo|rabbitmq|kafka|memcached|zookeeper|nats)", image):
        return {"kind": TargetKind.HTTP, "url": f"http://localhost:{port}"}
    return {"kind": TargetKind.CONTAINER, "container": name, "runtime": "compose"}


def _environment(service: dict[str, Any]) -> dict[str, str]:
    stated = service.get("environment")
    if isinstance(stated, dict):
        return {str(name): str(value) for name, value in stated.items()}
    pairs = [str(one).partition("=") for one in stated] if isinstance(stated, list) else []
    return {name: value for name, _, value in pairs}


def _published(service: dict[str, Any]) -> int:
    """The first port of this machine that leads to the service; 0 if none does."""
    ports = service.get("ports")
    for port in ports if isinstance(ports, list) else []:
        text = str(port.get("published", "")) if isinstance(port, dict) else str(port)
        match = re.fullmatch(r"(?:\d+\.\d+\.\d+\.\d+:)?(?:\$\{\w+:-)?(\d+)\}?(?::\d+)?(?:/tcp)?", text)
        if match and (isinstance(port, dict) or ":" in text):
            return int(match[1])
    return 0


def _from_manifests(files: Mapping[str, str], unread: list[str]) -> Iterator[FoundTarget]:
    for path in sorted(files):
        if (
            not path.endswith((".yaml", ".yml"))
            or "kind:" not in files[path]
            or "apiVersion:" not in files[path]
        ):
            continue
        for document in _documents(path, files[path], unread):
            kind, metadata = _KINDS.get(str(document.get("kind"))), document.get("metadata")
            if kind and isinstance(metadata, dict) and metadata.get("name"):
                settings = {"kind": str(TargetKind.WORKLOAD), "workload": f"{kind}/{metadata['name']}"}
                if metadata.get("namespace"):
                    settings["namespace"] = str(metadata["namespace"])
                yield FoundTarget(str(metadata["name"]), {**settings, "runtime": "kubernetes"}, path)


def _documents(path: str, text: str, unread: list[str]) -> list[dict[str, Any]]:
    try:
        return [one for one in yaml.safe_load_all(text) if isinstance(one, dict)]
    except (yaml.YAMLError, RecursionError, ValueError):  # a template, or a date that is none
        unread.append(f"{path} is not plain YAML; a template perhaps")
        return []


def _from_variables(names: Mapping[str, str]) -> Iterator[FoundTarget]:
    for name, where in names.items():
        if _POSTGRES_URL.fullmatch(name):
            yield FoundTarget(
                "db", {"kind": TargetKind.POSTGRESQL, "url": f"env:{name}"}, f"{name} in {where}"
            )
        elif _REDIS_URL.fullmatch(name):
            yield FoundTarget("cache", {"kind": TargetKind.REDIS, "url": f"env:{name}"}, f"{name} in {where}")


def _from_code(files: Mapping[str, str]) -> Iterator[FoundTarget]:
    for path in sorted(files):
        name, text = PurePosixPath(path).name, files[path]
        if name == "Procfile":
            for line in re.findall(r"^web:.*$", text, re.MULTILINE):
                port = _PORT.search(line)
                yield _web(int(port[1]) if port else 8000, path)
        elif name.endswith(".py") and re.search(r"\bFastAPI\(|\bFlask\(", text):
            yield _web(8000 if "FastAPI(" in text else 5000, path)
        elif name == "manage.py":
            yield _web(8000, path)


def _web(port: int, path: str) -> FoundTarget:
    return FoundTarget("web", {"kind": TargetKind.HTTP, "url": f"http://localhost:{port}"}, path)


def _interpreters(files: Mapping[str, str]) -> dict[str, str]:
    managed = sorted((path for path in files if PurePosixPath(path).name == "manage.py"), key=len)
    return {"python": f"python {managed[0]} shell"} if managed else {}


def _merged(targets: list[FoundTarget]) -> tuple[FoundTarget, ...]:
    """One target a name; a reference found in the environment says more than a port of a compose file."""
    kept: dict[str, FoundTarget] = {}
    for target in targets:
        kind = target.settings["kind"]
        same = [name for name, one in kept.items() if one.settings["kind"] == kind and _is_store(kind)]
        reference = target.settings.get("url", "").startswith("env:")
        if reference and len(same) == 1 and not kept[same[0]].settings["url"].startswith("env:"):
            old = kept[same[0]]
            kept[same[0]] = FoundTarget(old.name, target.settings, f"{old.because}; {target.because}")
        elif (reference and same) or (kind == TargetKind.HTTP and target.name == "web" and _has_web(kept)):
            continue
        else:
            kept.setdefault(_key(target.name), target)
    return tuple(FoundTarget(name, one.settings, one.because) for name, one in kept.items())


def _is_store(kind: str) -> bool:
    return kind in {TargetKind.POSTGRESQL, TargetKind.REDIS}


def _has_web(kept: Mapping[str, FoundTarget]) -> bool:
    return any(one.settings["kind"] == TargetKind.HTTP for one in kept.values())


def _key(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "-", name) or "target"
