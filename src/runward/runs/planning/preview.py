"""Derive from what destroys a reading that shows what it would hit: which sessions, rows, keys or files."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from posixpath import basename

from runward.runbooks.block.native import LANGUAGE
from runward.runbooks.classify import Piece, meaning_of
from runward.runbooks.model import Risk
from runward.runs.model import PlannedStep
from runward.runs.planning.commands import Command, Word, script_of
from runward.runs.planning.native import can_preview, preview_shown
from runward.runs.planning.preview_sql import preview_of_sql
from runward.runs.planning.wrappers import reached

_REDIS_FLUSH = {"FLUSHDB": ("DBSIZE",), "FLUSHALL": ("INFO", "keyspace")}
_LEFT_OUT = re.compile(r"--(force|now|wait|cascade|grace-period|ignore-not-found|timeout)(=.*)?$")


@dataclass(frozen=True, slots=True)
class Preview:
    """A reading that shows what one destroying command would hit; `line` is the document's."""

    line: int
    language: str  # bash | sql
    script: str
    shows: str  # in words


def previews_of(step: PlannedStep) -> tuple[Preview, ...]:
    """The previews of a planned step; each has been judged to be a reading, others are left out."""
    if can_preview(step):
        return _of_action(step)
    if step.language == "sql":
        found = [
            Preview(step.first_line + at, "sql", text, shows)
            for at, text, shows in preview_of_sql(step.script)
        ]
    elif step.language == "bash":
        found = [*_of_shell(step)]
    else:
        found = []
    return tuple(one for one in found if _is_reading(one))


def _of_action(step: PlannedStep) -> tuple[Preview, ...]:
    """An action looks itself, and what it finds is bound to the approval."""
    found = preview_shown(step)
    return (Preview(found[0], LANGUAGE, "", found[1]),) if found else ()


def _is_reading(preview: Preview) -> bool:
    lang = "sql" if preview.language == "sql" else "bash"
    return meaning_of(Piece(preview.script, lang)).risk is Risk.READ


def _of_shell(step: PlannedStep) -> Iterator[Preview]:
    data = step.script.encode()
    for command in script_of(step.script).commands:
        line = step.first_line + command.line - 1
        for script, shows in _of_command(command, data):
            yield Preview(line, "bash", script, shows)
        for word in command.writes:
            if word.fixed and not command.words:
                yield Preview(
                    line, "bash", f"ls -l {word.raw}", f"what {word.text} holds before it is emptied"
                )
    yield from _emptied(step, data)


def _emptied(step: PlannedStep, data: bytes) -> Iterator[Preview]:
    """`> file` with no command before it, which is no command for the parser."""
    for number, line in enumerate(data.decode().split("\n")):
        match = re.fullmatch(r"\s*(?::\s*)?>\s*([\w./-]+)\s*(#.*)?", line)
        if match:
            yield Preview(
                step.first_line + number, "bash", f"ls -l {match[1]}", f"{match[1]} before it is emptied"
            )


def _of_command(command: Command, data: bytes) -> Iterator[tuple[str, str]]:
    where = reached(command.texts)
    if where.runtime != "local" or where.inner >= len(command.words):
        return
    if command.words[where.outer - 1].text == "xargs" or "xargs" in where.local:
        yield from _of_xargs(command, data)
        return
    words = command.words[where.inner :]
    program = basename(words[0].text)
    for name, preview in _PROGRAMS:
        if name == program and (made := preview(words)):
            yield made


def _of_find(words: tuple[Word, ...]) -> tuple[str, str] | None:
    """`find ... -delete` or `-exec rm` as `find ... -print`."""
    texts = [word.text for word in words]
    if "-delete" in texts:
        rest = ["-print" if word.text == "-delete" else word.raw for word in words]
        return " ".join(rest), "the files that would be deleted"
    for action in ("-exec", "-execdir"):
        at = texts.index(action) if action in texts else -1
        if 0 <= at < len(texts) - 1 and basename(texts[at + 1]) in {
            "rm",
            "unlink",
            "shred",
            "truncate",
            "gzip",
            "mv",
        }:
            return " ".join(
                [*(word.raw for word in words[:at]), "-print"]
            ), f"the files that {texts[at + 1]} would be given"
    return None


def _of_rm(words: tuple[Word, ...]) -> tuple[str, str] | None:
    paths = [word for word in words[1:] if not word.text.startswith("-")]
    if not paths or not all(word.fixed for word in paths):
        return None
    deep = any(re.match(r"-\w*[rR]|--recursive", word.text) for word in words[1:])
    program = "du -sh --" if deep else "ls -ld --"
    return f"{program} {' '.join(word.raw for word in paths)}", "what would be removed, with sizes"


def _of_redis(words: tuple[Word, ...]) -> tuple[str, str] | None:
    for index, word in enumerate(words):
        instead = _REDIS_FLUSH.get(word.text.upper())
        if instead:
            return " ".join([*(one.raw for one in words[:index]), *instead]), "how many keys would be lost"
    return None


def _of_kubectl(words: tuple[Word, ...]) -> tuple[str, str] | None:
    texts = [word.text for word in words]
    if "delete" not in texts:
        return None
    at = texts.index("delete")
    kept = [word.raw for index, word in enumerate(words) if index != at and not _LEFT_OUT.match(word.text)]
    return " ".join([kept[0], *kept[1:at], "get", *kept[at:]]), "the objects that would be deleted"


def _of_aws(words: tuple[Word, ...]) -> tuple[str, str] | None:
    texts = [word.text for word in words]
    if texts[1:3] != ["s3", "rm"]:
        return None
    kept = [word.raw for word in words[3:] if word.text not in {"--quiet", "--dryrun", "--only-show-errors"}]
    return " ".join([words[0].raw, "s3", "rm", "--dryrun", *kept]), "the objects that would be removed"


def _of_psql(words: tuple[Word, ...]) -> tuple[str, str] | None:
    for index, word in enumerate(words[:-1]):
        if word.text in {"-c", "--command"} and words[index + 1].fixed:
            found = preview_of_sql(words[index + 1].text)
            if len(found) == 1:
                _, script, shows = found[0]
                rest = [one.raw for one in words[index + 2 :]]
                return " ".join([*(one.raw for one in words[: index + 1]), shlex.quote(script), *rest]), shows
    return None


def _of_truncate(words: tuple[Word, ...]) -> tuple[str, str] | None:
    paths = [word.raw for word in words[1:] if word.fixed and "/" in word.text]
    return (f"ls -l -- {' '.join(paths)}", "the files before they are cut") if paths else None


def _of_docker(words: tuple[Word, ...]) -> tuple[str, str] | None:
    texts = [word.text for word in words]
    return ("docker system df", "how much would be pruned") if "prune" in texts else None


def _of_dropdb(words: tuple[Word, ...]) -> tuple[str, str] | None:
    texts = [word.text for word in words if word.fixed]
    name = texts[-1] if len(texts) > 1 and not texts[-1].startswith("-") else ""
    if not re.fullmatch(r"[\w.-]+", name):
        return None
    query = f"SELECT pg_size_pretty(pg_database_size('{name}')) AS size"
    rest = [word.raw for word in words[1:-1] if word.text not in {"--if-exists", "-f", "--force", "-i", "-e"}]
    return " ".join(
        ["psql", *rest, "-d", "postgres", "-c", shlex.quote(query)]
    ), f"how large the database {name} is"


_PROGRAMS = (
    ("find", _of_find),
    ("rm", _of_rm),
    ("redis-cli", _of_redis),
    ("valkey-cli", _of_redis),
    ("kubectl", _of_kubectl),
    ("oc", _of_kubectl),
    ("aws", _of_aws),
    ("psql", _of_psql),
    ("truncate", _of_truncate),
    ("docker", _of_docker),
    ("dropdb", _of_dropdb),
)


def _of_xargs(command: Command, data: bytes) -> Iterator[tuple[str, str]]:
    """What comes down the pipe to `xargs`: the pipeline before it."""
    before = data[: command.start].decode().rstrip().rstrip("\\").rstrip()
    start = max(before.rfind("\n\n"), before.rfind(";"), _last_line_break(before)) + 1
    pipeline = before[start:].strip()
    if pipeline.endswith("|") and not pipeline.endswith("||"):
        names = " ".join(command.texts[reached(command.texts).inner :])
        yield pipeline[:-1].rstrip().rstrip("\\").rstrip(), f"each line would be given to {names}"


def _last_line_break(text: str) -> int:
    """The last line break that ends a command: not one after `|` or a backslash."""
    at = len(text)
    while (at := text.rfind("\n", 0, at)) >= 0:
        if not text[:at].rstrip().endswith(("|", "\\")):
            return at
    return -1
