"""Name what a plan needs of the machine, and what of it is missing."""

import ipaddress
import re
from collections.abc import Iterator, Sequence
from posixpath import basename
from urllib.parse import urlsplit

from runward.inventory.spots import border_pattern
from runward.plugins.facts import Machine, Needs, find_reference
from runward.runbooks.shell.calls import calls_of
from runward.runbooks.shell.parse import script_of as read_script
from runward.runs.model import Gap, GapKind, PlannedStep
from runward.runs.planning.commands import Command, Script, Word, script_of
from runward.runs.planning.draft import UNBOUND, Draft
from runward.runs.planning.wrappers import Reached, reached

BUILTINS = frozenset({
    ".", ":", "[", "[[", "alias", "bg", "bind", "break", "builtin", "caller", "cd", "command", "compgen",
    "complete", "continue", "declare", "dirs", "disown", "echo", "enable", "eval", "exec", "exit",
    "export", "false", "fc", "fg", "getopts", "hash", "help", "history", "jobs", "kill", "let", "local",
    "logout", "mapfile", "popd", "printf", "pushd", "pwd", "read", "readarray", "readonly", "return",
    "set", "shift", "shopt", "source", "suspend", "test", "times", "trap", "true", "type", "typeset",
    "ulimit", "umask", "unalias", "unset", "wait",
})  # fmt: skip
_LOOKERS = frozenset({"dig", "nslookup", "host", "whois"})
_URL = re.compile(r"^(https?|ftp|postgres(?:ql)?|rediss?|amqps?|mongodb)://", re.IGNORECASE)
_HOST_OPTION = frozenset({
    "psql", "pg_dump", "pg_dumpall", "pg_restore", "pg_isready", "pg_basebackup", "createdb", "dropdb",
    "vacuumdb", "redis-cli", "mysql", "mysqldump", "mysqladmin", "mariadb", "mongosh",
})  # fmt: skip
_HOST_WORD = {"ping": 0, "traceroute": 0, "tracepath": 0, "mtr": 0, "nc": 0, "telnet": 0, "ncat": 0}
_VALUED = {
    "ping": "cwiWsIQtS",
    "traceroute": "fmpqwz",
    "nc": "wpisXxO",
    "ncat": "wps",
    "mtr": "cir",
    "telnet": "l",
}
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)*\.?")
_READERS = frozenset({"gunzip", "zcat", "zstdcat", "bzcat", "xzcat", "pg_restore", "gpg", "unzip"})
_RUNNERS = {"bash": "", "sh": "", "dash": "", "zsh": "", "python": "-mc", "python3": "-mc", "node": "-e", "ruby": "-e",
            "perl": "-e", "source": "", ".": "", "php": "-r"}  # fmt: skip
_FILE_OPTIONS = {
    "kubectl": ("-f", "--filename", "-k"), "docker-compose": ("-f", "--file"), "docker": ("-f", "--file", "--env-file"),
    "psql": ("-f", "--file"), "helm": ("-f", "--values"), "ansible-playbook": ("-i",), "mysql": (), "gpg": (),
}  # fmt: skip
_PACKERS = {"gzip": ".gz", "xz": ".xz", "bzip2": ".bz2", "zstd": ".zst"}
_PACKERS |= {"gunzip": ".gz", "unxz": ".xz", "bunzip2": ".bz2", "unzstd": ".zst"}
_MAKERS = frozenset(
    {"cp", "mv", "tee", "mkdir", "tar", "touch", "install", "ln", "rsync", "scp", "unzip", "git", "aws"}
)


def needs_of(drafts: Sequence[Draft], folder: str) -> Needs:
    """Everything that has to be looked up for these drafts."""
    steps = [draft.step for draft in drafts]
    wants = [want for draft in drafts for want in _wants(draft.step, _script(draft), frozenset())]
    references = [find_reference(step.variables[name]) for step in steps for name in step.references]
    return Needs(
        folder=folder,
        programs=frozenset(want[1] for want in wants if want[0] is GapKind.PROGRAM) | _interpreters(steps),
        hosts=frozenset(want[1] for want in wants if want[0] is GapKind.HOST),
        paths=frozenset(want[1] for want in wants if want[0] is GapKind.FILE),
        references=frozenset(one for one in references if one)
        | {draft.connects for draft in drafts if draft.connects},
        scripts=frozenset(draft.step.script for draft in drafts if _is_checked(draft)),
    )


def gaps_of(drafts: Sequence[Draft], machine: Machine) -> tuple[Gap, ...]:
    """What the drafts lack on this machine, in the document's order, each thing once for a step."""
    steps = [draft.step for draft in drafts]
    made: set[str] = set()
    gaps: list[Gap] = []
    for draft in drafts:
        gaps += _of_step(draft, machine, frozenset(made))
        if draft.step.language == "bash":
            made |= _made(_script(draft))
    gaps += _missing_interpreters(steps, machine)
    seen: dict[tuple[GapKind, str, str], Gap] = {}
    for gap in gaps:
        seen.setdefault((gap.kind, gap.what, gap.step), gap)
    return tuple(sorted(seen.values(), key=lambda gap: gap.line))


def _of_step(draft: Draft, machine: Machine, made: frozenset[str]) -> Iterator[Gap]:
    step = draft.step
    yield from _missing_references(step, machine)
    why = machine.references.get(draft.connects, "") if draft.connects else ""
    if why:
        yield Gap(GapKind.SECRET, step.first_line, str(draft.connects), why, step.id)
    if step.language != "bash":
        return
    for kind, what, line in _wants(step, _script(draft), made):
        found = {GapKind.PROGRAM: machine.programs, GapKind.HOST: machine.hosts, GapKind.FILE: machine.paths}[
            kind
        ]
        if not found.get(what, True):
            hint = _WINDOWS if "\\" in what else _HINT[kind]
            yield Gap(kind, line, what, hint.format(what=what), step.id)
    fault = machine.syntax.get(step.script)
    if fault and _is_checked(draft):
        hint = "bash refuses this block as it stands; mend the document"
        yield Gap(GapKind.SYNTAX, step.first_line + fault.line - 1, fault.message, hint, step.id)


_WINDOWS = (
    "{what} is written for Windows, while the fence says that it is for a Unix shell; mend the document"
)
_HINT = {
    GapKind.PROGRAM: "install {what} where Runward runs, bind the place where it is as a target, or leave the step out with --skip",
    GapKind.HOST: "no address is known for {what}; bind the right name under values in runward.toml",
    GapKind.FILE: "{what} is not there; put it beside the document or set the service's folder",
}


def _script(draft: Draft) -> Script:
    """The commands of a draft; an unbound placeholder stands as a word, so that it is not taken for a redirection."""
    text = draft.step.script
    if draft.step.language != "bash":
        return script_of("")
    for gap in draft.gaps:
        if gap.kind is GapKind.UNBOUND and gap.what in text:
            text = border_pattern(gap.what).sub(UNBOUND, text)
    return script_of(text)


def _is_checked(draft: Draft) -> bool:
    """Whether a script's syntax says anything: an unbound `<placeholder>` would be taken for a redirection."""
    return draft.step.language == "bash" and not any(gap.kind is GapKind.UNBOUND for gap in draft.gaps)


def _interpreters(steps: Sequence[PlannedStep]) -> frozenset[str]:
    return frozenset(step.interpreter.split()[0] for step in steps if step.interpreter.strip())


def _missing_interpreters(steps: Sequence[PlannedStep], machine: Machine) -> Iterator[Gap]:
    for step in steps:
        program = step.interpreter.split()[0] if step.interpreter.strip() else ""
        if program and not machine.programs.get(program, True):
            hint = f"install {program}, or say under interpreters in runward.toml what runs {step.language}"
            yield Gap(GapKind.PROGRAM, step.first_line, program, hint, step.id)


def _missing_references(step: PlannedStep, machine: Machine) -> Iterator[Gap]:
    """Secrets that cannot be had, each once, at the line that first speaks of one of its variables."""
    for name in step.references:
        reference = find_reference(step.variables[name])
        why = machine.references.get(reference, "") if reference else ""
        if reference and why:
            lines = step.script.split("\n")
            at = next((index for index, line in enumerate(lines) if name in line), 0)
            yield Gap(GapKind.SECRET, step.first_line + at, str(reference.kept), why, step.id)


def _wants(step: PlannedStep, script: Script, made: frozenset[str]) -> Iterator[tuple[GapKind, str, int]]:
    """Each program, host and file that a script needs, with the document's line."""
    yield from _programs(step, script)
    moved = False
    made = made | _made(script)
    for command in script.commands:
        line = step.first_line + command.line - 1
        where = reached(command.texts)
        yield from ((GapKind.HOST, host, line) for host in _hosts(command, where) if _is_name(host))
        paths = [] if moved else [path for path in _files(command, where) if not _is_made(path, made)]
        yield from ((GapKind.FILE, path, line) for path in paths if UNBOUND not in path)
        moved = moved or command.texts[:1] in (("cd",), ("pushd",))


def _programs(step: PlannedStep, script: Script) -> Iterator[tuple[GapKind, str, int]]:
    """The programs that this machine itself must have, seen through pipes, wrappers and `bash -c`."""
    guarded = _guarded(script)
    for call in calls_of(read_script(script.text, step.first_line)):
        if call.local and _is_sought(call.name, script, guarded):
            yield GapKind.PROGRAM, _as_written(call.name, script), call.command.line


def _is_sought(program: str, script: Script, guarded: frozenset[str]) -> bool:
    plain = re.fullmatch(r"[\w.+-]+", program) is not None
    return plain and program != UNBOUND and program not in BUILTINS | script.functions | guarded


def _as_written(program: str, script: Script) -> str:
    """A Windows path as the document has it, not as bash, which eats its backslashes, would call it."""
    words = (word for command in script.commands for word in command.words)
    raw = next((word.raw for word in words if word.text == program), program)
    return raw if "\\" in raw and not raw.startswith(("'", '"')) else program


def _guarded(script: Script) -> frozenset[str]:
    """Programs whose presence the script asks for itself."""
    asked = set()
    for command in script.commands:
        texts = command.texts
        if texts[:2] in (("command", "-v"), ("command", "-V")) or texts[:1] in (
            ("which",),
            ("type",),
            ("hash",),
        ):
            asked |= set(texts[1:])
    return frozenset(asked)


def _is_name(host: str) -> bool:
    if not _NAME.fullmatch(host) or host == "localhost" or host.isdigit() or UNBOUND in host:
        return False
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return True
    return False


def _hosts(command: Command, where: Reached) -> Iterator[str]:
    """The hosts that a command of this machine speaks to."""
    if where.runtime == "ssh":
        yield where.place
        return
    if where.runtime != "local" or where.inner >= len(command.words):
        return
    program = basename(command.words[where.inner].text)
    words = [word for word in command.words[where.inner + 1 :] if word.fixed]
    if program in _LOOKERS:
        return
    yield from (urlsplit(word.text).hostname or "" for word in words if _is_url(word.text))
    texts = [word.text for word in words]
    if program in _HOST_OPTION:
        yield _after(texts, ("-h", "--host"))
    if program == "openssl":
        yield _after(texts, ("-connect",)).partition(":")[0]
    if program in _HOST_WORD:
        yield _first_plain(texts, _VALUED.get(program, ""))


def _is_url(text: str) -> bool:
    if not _URL.match(text):
        return False
    try:
        return bool(urlsplit(text).hostname)
    except ValueError:
        return False


def _after(texts: Sequence[str], names: tuple[str, ...]) -> str:
    for index, text in enumerate(texts):
        if text in names and index + 1 < len(texts):
            return texts[index + 1]
        if text.startswith("--host=") and "--host" in names:
            return text.removeprefix("--host=")
    return ""


def _first_plain(texts: Sequence[str], valued: str) -> str:
    skip = False
    for text in texts:
        if skip:
            skip = False
        elif text.startswith("-"):
            skip = len(text) == 2 and text[1] in valued
        else:
            return text
    return ""


def _files(command: Command, where: Reached) -> Iterator[str]:
    """Scripts and input files of this machine without which a command cannot do what it is for."""
    yield from (word.text for word in command.reads if _is_path(word))
    if where.runtime != "local":
        yield from _option_files(command, where.outer, where.inner)
        return
    if where.inner >= len(command.words):
        return
    first = command.words[where.inner]
    program = basename(first.text)
    rest = command.words[where.inner + 1 :]
    if "/" in first.text and first.fixed and not first.text.startswith("$"):
        yield first.text
    if program in _RUNNERS:
        yield from _run_file(rest, _RUNNERS[program])
    elif program in _READERS:
        yield from (
            word.text
            for word in rest
            if _is_path(word) and not word.text.startswith("-") and "/" in word.text
        )
    yield from _option_files(command, where.inner, len(command.words))


def _run_file(rest: Sequence[Word], code: str) -> Iterator[str]:
    """The script that an interpreter is given, unless it is given a module or code."""
    for word in rest:
        if word.text.startswith("-"):
            if any(letter in word.text for letter in code) and code:
                return
            continue
        if _is_path(word) and re.search(r"\.\w+$|/", word.text):
            yield word.text
        return


def _option_files(command: Command, start: int, end: int) -> Iterator[str]:
    if start >= len(command.words):
        return
    options = _FILE_OPTIONS.get(basename(command.words[start].text), ())
    words = command.words[start + 1 : end]
    for index, word in enumerate(words[:-1]):
        following = words[index + 1]
        if word.text in options and _is_path(following) and re.search(r"\.\w+$|/", following.text):
            yield following.text


def _is_path(word: Word) -> bool:
    text = word.text
    return (
        word.fixed
        and bool(text)
        and text != "-"
        and "://" not in text
        and not re.search(r"[*?<>{}\[\]$]", text)
        and (not text.startswith("/dev/"))
    )


def _made(script: Script) -> set[str]:
    """What a script itself writes, creates or fetches."""
    made: set[str] = set()
    for command in script.commands:
        made |= {word.text for word in command.writes}
        texts = command.texts
        if texts and basename(texts[reached(texts).inner % len(texts)]) in _MAKERS:
            made |= set(texts[1:])
        made |= _repacked(texts)
        for index, text in enumerate(texts[:-1]):
            if text in {"-o", "-O", "--output", "--file", "-f"}:
                made |= {texts[index + 1]} if basename(texts[0]) not in _FILE_OPTIONS else set()
        if "venv" in texts:
            made.add(texts[-1])
        made |= {basename(text).removesuffix(".git") for text in texts if text.endswith(".git")}
    return made


def _repacked(texts: Sequence[str]) -> set[str]:
    """What packing or unpacking in place leaves of the files it is given."""
    ending = _PACKERS.get(basename(texts[0]), "") if texts else ""
    files = [text for text in texts[1:] if ending and not text.startswith("-")]
    return {text.removesuffix(ending) if text.endswith(ending) else text + ending for text in files}


def _is_made(path: str, made: frozenset[str]) -> bool:
    return any(path == one or path.startswith(one.rstrip("/") + "/") for one in made if one)
