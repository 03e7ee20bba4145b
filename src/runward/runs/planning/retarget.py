"""Lead a script's commands to the targets that the service binds, and say what they act on."""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from posixpath import basename
from urllib.parse import urlsplit

from runward.inventory.bind import Bound, connection_variables
from runward.inventory.model import Runtime, Service, Target, TargetKind
from runward.runs.planning.commands import Command, Word, script_of
from runward.runs.planning.wrappers import Reached, reached

LIBPQ = frozenset({
    "psql", "pg_dump", "pg_dumpall", "pg_restore", "pg_isready", "createdb", "dropdb", "createuser",
    "dropuser", "vacuumdb", "reindexdb", "clusterdb", "pg_basebackup", "pg_receivewal", "pgbench",
    "pg_amcheck",
})  # fmt: skip
REDIS = frozenset({"redis-cli", "redis-benchmark", "valkey-cli"})
_HTTP = frozenset({"curl", "wget", "http", "https", "xh", "hey", "ab", "wrk"})
_PLACE_OPTIONS = {"-h": 1, "-p": 1, "-U": 1, "--host": 1, "--port": 1, "--username": 1}
_LOOPBACK = {"", "localhost", "127.0.0.1", "::1"}
_URL = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Edit:
    """A stretch of the script's bytes and what stands there instead."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Led:
    """A script led to its targets."""

    text: str
    touches: tuple[str, ...] = ()  # names of targets, or "compose:db" where none is bound
    runtime: str = Runtime.LOCAL
    variables: Mapping[str, Bound] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    unnamed: tuple[Command, ...] = ()  # commands that name no database, while the service has none


@dataclass(frozen=True, slots=True)
class _One:
    """What became of one command."""

    edits: tuple[Edit, ...] = ()
    touches: tuple[str, ...] = ()
    runtime: str = Runtime.LOCAL
    variables: Mapping[str, Bound] = field(default_factory=dict)
    note: str = ""
    unnamed: bool = False


def led(text: str, service: Service, first_line: int) -> Led:
    """The script with its commands led to the service's targets."""
    ones = [(command, _one(command, service, text)) for command in script_of(text).commands]
    edits = sorted((edit for _, one in ones for edit in one.edits), key=lambda edit: edit.start, reverse=True)
    data = text.encode()
    for edit in edits:
        data = data[: edit.start] + edit.text.encode() + data[edit.end :]
    runtimes = [one.runtime for _, one in ones if one.runtime != Runtime.LOCAL]
    return Led(
        data.decode(),
        tuple(dict.fromkeys(name for _, one in ones for name in one.touches)),
        runtimes[0] if runtimes else Runtime.LOCAL,
        {name: bound for _, one in ones for name, bound in one.variables.items()},
        tuple(f"line {first_line + command.line - 1}: {one.note}" for command, one in ones if one.note),
        tuple(command for command, one in ones if one.unnamed),
    )


def _one(command: Command, service: Service, text: str) -> _One:
    where = reached(command.texts)
    if where.inner >= len(command.words):
        return _One()
    if where.runtime == Runtime.LOCAL:
        return _local(command, where, service)
    name = service.find_target(where.place)
    target = service.targets.get(name)
    inner = basename(command.words[where.inner].text)
    if target and target.runtime is Runtime.LOCAL and _speaks(inner, target):
        return _unwrapped(command, where, name, target)
    if target and where.runtime == Runtime.SSH and target.kind is TargetKind.HOST:
        return _ssh(command, where, name, target, text)
    edits = tuple(_without_terminal(command, where))
    if target and target.kind is TargetKind.CONTAINER and target.container != where.place:
        return _renamed(command, where, name, target, edits)
    note = "a step has no terminal, so the wrapper is not asked for one" if edits else ""
    return _One(edits, (name or f"{where.runtime}:{where.place}",), where.runtime, {}, note)


def _without_terminal(command: Command, where: Reached) -> Iterator[Edit]:
    """`docker exec -it` without `-t`, `docker compose exec` with `-T`: asked for a terminal, they refuse to start."""
    words = command.words[where.outer : where.inner]
    for word in words:
        if re.fullmatch(r"-[a-z]*t[a-z]*|--tty", word.text) and where.runtime != Runtime.SSH:
            kept = word.text.replace("t", "") if not word.text.startswith("--") else "-"
            yield Edit(word.start - (kept == "-"), word.end, "" if kept == "-" else kept)
    verb = next((word for word in words if word.text in {"exec", "run"}), None)
    if (
        where.runtime == Runtime.COMPOSE
        and verb
        and not {"-T", "--no-TTY", "--no-tty"} & {word.text for word in words}
    ):
        yield Edit(verb.end, verb.end, " -T")


def _speaks(program: str, target: Target) -> bool:
    return (target.kind is TargetKind.POSTGRESQL and program in LIBPQ) or (
        target.kind is TargetKind.REDIS and program in REDIS
    )


def _unwrapped(command: Command, where: Reached, name: str, target: Target) -> _One:
    """`docker compose exec db psql -U app` as `psql`, led by variables to the bound server."""
    words = command.words
    edits = [Edit(words[where.outer].start, words[where.inner].start, "")]
    rest = words[where.inner + 1 :]
    edits += [Edit(start, end, "") for start, end in _place_options(rest)]
    if target.kind is TargetKind.REDIS:
        edits.append(_redis_place(words[where.inner], target))
    program = words[where.inner].text
    wrapper = " ".join(word.text for word in words[where.outer : where.inner])
    note = f"`{wrapper}` is left out: the service binds {where.place} to {target.kind} {name}, which {program} reaches"
    return _One(tuple(edits), (name,), Runtime.LOCAL, connection_variables(target), note)


def _place_options(words: tuple[Word, ...]) -> Iterator[tuple[int, int]]:
    """The stretches of options that say where the server is and as whom, with the space before them."""
    previous = None
    skip = False
    for index, word in enumerate(words):
        if skip:
            skip = False
        elif word.text in _PLACE_OPTIONS and index + 1 < len(words):
            skip = True
            yield (previous.end if previous else word.start - 1), words[index + 1].end
        elif re.match(r"(-[hpU]\S|--(host|port|username)=)", word.text):
            yield (previous.end if previous else word.start - 1), word.end
        previous = words[index + 1] if skip else word


def _redis_place(program: Word, target: Target) -> Edit:
    if target.reference:
        return Edit(program.end, program.end, ' -h "$REDIS_HOST" -p "$REDIS_PORT"')
    parts = urlsplit(target.url)
    host, port = shlex.quote(parts.hostname or "localhost"), parts.port or 6379
    database = parts.path.strip("/")
    number = f" -n {database}" if database.isdigit() and database != "0" else ""
    tls = " --tls" if parts.scheme == "rediss" else ""
    return Edit(program.end, program.end, f" -h {host} -p {port}{number}{tls}")


def _ssh(command: Command, where: Reached, name: str, target: Target, text: str) -> _One:
    """`ssh web1 ...` as a command of this machine, or to the address that the target has."""
    words = command.words
    if target.runtime is Runtime.LOCAL and target.address in _LOOPBACK | {"local"}:
        far = words[where.inner :]
        instead = "bash -c " if len(far) == 1 else ""
        edit = Edit(words[where.outer].start, words[where.inner].start, instead)
        return _One(
            (edit,), (name,), Runtime.LOCAL, {}, f"`ssh {where.place}` is left out: {name} is this machine"
        )
    host = words[where.inner - 1]
    if not target.address or target.address == where.place:
        return _One(touches=(name,), runtime=Runtime.SSH)
    user, at, _ = text.encode()[host.start : host.end].decode().rpartition("@")
    edit = Edit(host.start, host.end, f"{user}{at}{shlex.quote(target.address)}")
    return _One(
        (edit,), (name,), Runtime.SSH, {}, f"{where.place} is {target.address}, as the service binds it"
    )


def _renamed(command: Command, where: Reached, name: str, target: Target, edits: tuple[Edit, ...]) -> _One:
    """The wrapper with the name that the container has here."""
    words = command.words[where.outer : where.inner]
    called = shlex.quote(target.container)
    note = f"{where.place} is called {target.container} here"
    if where.runtime == Runtime.COMPOSE and target.runtime is Runtime.DOCKER:
        if "exec" not in {word.text for word in words}:
            return _One(edits, (name,), where.runtime)
        whole = Edit(words[0].start, command.words[where.inner].start, f"docker exec -i {called} ")
        return _One((whole,), (name,), Runtime.DOCKER, {}, note)
    place = next((word for word in words if word.text == where.place), None)
    renamed = (Edit(place.start, place.end, called),) if place else ()
    return _One((*edits, *renamed), (name,), where.runtime, {}, note if place else "")


def _local(command: Command, where: Reached, service: Service) -> _One:
    program = basename(command.words[where.inner].text)
    rest = command.words[where.inner + 1 :]
    if program in LIBPQ:
        return _libpq(command, where, rest, service)
    if program in REDIS:
        return _redis(command.words[where.inner], rest, service)
    if program in _HTTP:
        return _One(touches=tuple(_http_targets(rest, service)))
    return _One(touches=tuple(_mentioned(rest, service)))


def _libpq(command: Command, where: Reached, rest: tuple[Word, ...], service: Service) -> _One:
    texts = [word.text for word in rest]
    named = _option_value(texts, ("-h", "--host"))
    urls = [text for text in texts if _URL.match(text) or re.search(r"\$\{?\w*(URL|URI|DSN|CONN)", text)]
    if named or urls:
        host = named or (urlsplit(urls[0]).hostname or "" if _URL.match(urls[0]) else "")
        found = _by_host(service, TargetKind.POSTGRESQL, host, _option_value(texts, ("-p", "--port")))
        return _One(touches=(found,) if found else ())
    if "sudo" in command.texts[: where.inner] or "su" in command.texts[: where.inner]:
        return _One(touches=tuple(filter(None, [service.default_target(TargetKind.POSTGRESQL)])))
    name = service.default_target(TargetKind.POSTGRESQL)
    if name:
        handed = {} if _leads_to_database(service) else connection_variables(service.targets[name])
        return _One(touches=(name,), variables=handed)
    return _One(unnamed=not _leads_to_database(service))


def _leads_to_database(service: Service) -> bool:
    return bool({"PGHOST", "PGSERVICE", "PGHOSTADDR"} & set(service.environment))


def _redis(program: Word, rest: tuple[Word, ...], service: Service) -> _One:
    texts = [word.text for word in rest]
    host = _option_value(texts, ("-h",))
    if host or {"-u", "-s"} & set(texts) or "--cluster" in texts:
        found = _by_host(service, TargetKind.REDIS, host, _option_value(texts, ("-p",)))
        return _One(touches=(found,) if found else ())
    name = service.default_target(TargetKind.REDIS)
    if not name:
        return _One()
    target = service.targets[name]
    parts = urlsplit("" if target.reference else target.url)
    usual = not target.reference and (parts.hostname or "") in _LOOPBACK and parts.port in {None, 6379}
    if usual and parts.path in {"", "/", "/0"}:
        return _One(touches=(name,))
    if "-p" in texts:
        return _One(touches=(name,))
    return _One((_redis_place(program, target),), (name,), Runtime.LOCAL, connection_variables(target))


def _option_value(texts: list[str], names: tuple[str, ...]) -> str:
    for index, text in enumerate(texts):
        if text in names and index + 1 < len(texts):
            return texts[index + 1]
        for name in names:
            if name.startswith("--") and text.startswith(name + "="):
                return text[len(name) + 1 :]
            if not name.startswith("--") and text.startswith(name) and len(text) > 2 and len(name) == 2:
                return text[2:]
    return ""


def _by_host(service: Service, kind: TargetKind, host: str, port: str) -> str:
    """The target of a kind at a host, or that answers to its name."""
    answering = service.find_target(host)
    if answering and service.targets[answering].kind is kind:
        return answering
    for name, target in service.targets.items():
        if target.kind is kind and not target.reference:
            parts = urlsplit(target.url)
            same = parts.hostname == host or {parts.hostname or "", host} <= _LOOPBACK
            if same and (not port or str(parts.port or "") in {"", port}):
                return name
    return ""


def _http_targets(words: tuple[Word, ...], service: Service) -> Iterator[str]:
    for word in words:
        if not _URL.match(word.text):
            continue
        place = _origin(word.text)
        for name, target in service.targets.items():
            if target.kind is TargetKind.HTTP and not target.reference and _origin(target.url) == place:
                yield name


def _origin(url: str) -> tuple[str, str]:
    """Host and port of a URL, the loopback's names being one."""
    place = urlsplit(url)
    host, _, port = place.netloc.rpartition("@")[2].partition(":")
    usual = "443" if place.scheme == "https" else "80"
    return ("localhost" if host in _LOOPBACK else host.lower()), port or usual


def _mentioned(words: tuple[Word, ...], service: Service) -> Iterator[str]:
    """Folders that a command works in and TLS endpoints that it connects to."""
    for name, target in service.targets.items():
        place = target.path if target.kind is TargetKind.FOLDER else target.address
        if target.kind in {TargetKind.FOLDER, TargetKind.TLS} and place:
            hit = any(word.text == place or word.text.startswith(place.rstrip("/") + "/") for word in words)
            if hit:
                yield name
