"""Write a commented runward.toml from what was found in a folder."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from runward.inventory.bind import variable_name
from runward.inventory.detect import Found
from runward.inventory.model import looks_secret


@dataclass(frozen=True, slots=True)
class Blank:
    """A placeholder of a runbook that nothing is bound to yet, and where it stands."""

    name: str
    document: str
    lines: tuple[int, ...]

    @property
    def where(self) -> str:
        """The document with the first lines."""
        shown = ", ".join(map(str, self.lines[:6])) + (" ..." if len(self.lines) > 6 else "")
        return f"{self.document}:{shown}"


_HEAD = """\
# What Runward needs to know to carry out the runbooks beside this file.
# It was written by `runward init` from what it found; every line is yours to change.
# Secrets never stand here: write where they are kept, "env:NAME", "file:/path" or "command:program ...".
# Every key is described in docs/reference/runward-toml.md.
"""
_POLICY = """\
# How many people must approve a step, by what it does. As it stands here: one for a change, who may be the
# one who asked for the run; another person for what destroys. A team of one may add "destroy" to the list.
[approvals]
read = 0
change = 1
destroy = 1
requester_may_approve = ["read", "change"]
expires_after = "8h"
"""


def runward_toml(service: str, found: Found, blanks: Sequence[Blank]) -> str:
    """The text of a runward.toml; the same findings always make the same text."""
    prefix = f"services.{_key(service)}"
    sections = [
        _HEAD,
        _POLICY,
        "\n".join(_service(prefix, found)),
        "\n".join(_targets(prefix, found)),
        "\n".join(_environment(prefix, found, blanks)),
        "\n".join(_secrets(prefix, blanks)),
        "\n".join(_values(prefix, blanks)),
    ]
    return "\n".join(section.rstrip() + "\n" for section in sections if section)


def _service(prefix: str, found: Found) -> Iterator[str]:
    yield f"[{prefix}]"
    yield f"documents = [{', '.join(_text(path) for path in found.runbooks)}]"
    yield 'folder = "."  # where steps start'
    yield '# time_zone = "Europe/Berlin"  # in which the documents mean their times of day; UTC until somebody says'
    for language, words in sorted((found.interpreters or {}).items()):
        yield f"\n[{prefix}.interpreters]\n{language} = {_text(words)}"


def _targets(prefix: str, found: Found) -> Iterator[str]:
    if not found.targets:
        yield "# What steps act on; nothing was found here that says it."
        yield f"# [{prefix}.targets.db]"
        yield '# kind = "postgresql"'
        yield '# url = "env:DATABASE_URL"'
        return
    yield "# What steps act on: SQL goes to the PostgreSQL, `docker compose exec db ...` to the target db."
    defaults = _first_of_kind(found)
    for target in found.targets:
        yield f"\n[{prefix}.targets.{_key(target.name)}]  # found in {_comment(target.because)}"
        yield from (f"{name} = {_text(str(value))}" for name, value in target.settings.items())
        if target.name in defaults:
            yield "default = true  # the one that is meant where a document names none"


def _first_of_kind(found: Found) -> set[str]:
    """Of kinds of which there are several, the first."""
    names: dict[str, list[str]] = {}
    for target in found.targets:
        names.setdefault(str(target.settings["kind"]), []).append(target.name)
    return {
        several[0] for kind, several in names.items() if len(several) > 1 and kind in {"postgresql", "redis"}
    }


def _environment(prefix: str, found: Found, blanks: Sequence[Blank]) -> Iterator[str]:
    """The variables that the runbooks use, each taken from where Runward runs."""
    wanted = {
        variable_name(one.name): one for one in blanks if variable_name(one.name) and not _is_argument(one)
    }
    if not wanted:
        return
    known = found.variables or {}
    yield "# The variables that the runbooks use: a text, or where it is kept. Those that are not set here are left out."
    yield f"[{prefix}.environment]"
    for name, blank in sorted(wanted.items()):
        where = f"set in {known[name]}" if name in known else "not set here"
        sign = "" if name in known else "# "
        yield f'{sign}{name} = "env:{name}"  # {_comment(blank.where)}; {_comment(where)}'


def _is_argument(blank: Blank) -> bool:
    return variable_name(blank.name).isdigit()


def _secrets(prefix: str, blanks: Sequence[Blank]) -> Iterator[str]:
    hidden = [one for one in blanks if not variable_name(one.name) and looks_secret(one.name)]
    if hidden:
        yield "# Placeholders that stand for secrets: say where each is kept."
        yield f"[{prefix}.secrets]"
        yield from (f'{_text(one.name)} = ""  # {_comment(one.where)}' for one in hidden)


def _values(prefix: str, blanks: Sequence[Blank]) -> Iterator[str]:
    plain = [
        one
        for one in blanks
        if _is_argument(one) or (not variable_name(one.name) and not looks_secret(one.name))
    ]
    yield "# What the runbooks' placeholders stand for, and any other word of theirs that means something else here."
    yield "# A plan names each one that is still empty, and nothing of that procedure is run before."
    yield f"[{prefix}.values]"
    yield from (f'{_text(one.name)} = ""  # {_comment(one.where)}' for one in plain)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _text(name)


def _comment(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f]", "?", text)
