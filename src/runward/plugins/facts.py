"""The shapes in which a machine is asked for facts and answers them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import unquote, urlsplit

from runward.foundation import config
from runward.foundation.config import SecretReference
from runward.foundation.errors import Mistake

PARTS = ("host", "port", "user", "password", "database")


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a secret is kept, or the URL whose `part` is wanted: host, port, user, password or database."""

    kept: SecretReference
    part: str = ""

    def __str__(self) -> str:
        """As it is written in runward.toml, with the wanted part after a `#`."""
        return f"{self.kept}#{self.part}" if self.part else str(self.kept)


def find_reference(text: str) -> Reference | None:
    """The reference that a text is, if it is one; `file://...` is a URL and no reference."""
    whole, _, part = text.rpartition("#")
    if part not in PARTS:
        whole, part = text, ""
    kept = None if text.startswith("file://") else config.find_reference(whole)
    return Reference(kept, part) if kept else None


def part_of_url(url: str, part: str) -> str:
    """A piece of a database's URL: host, port, user, password or database; "" where it says none."""
    try:
        pieces = urlsplit(url)
        if part == "database":
            return unquote(pieces.path.removeprefix("/"))
        if part == "port":
            return str(pieces.port or "")
    except ValueError:
        raise Mistake("the URL that a target's reference leads to is not a URL") from None
    found = {"host": pieces.hostname, "user": pieces.username, "password": pieces.password}.get(part)
    return unquote(found or "")


@dataclass(frozen=True, slots=True)
class Needs:
    """What has to be looked up before a plan can say what is missing."""

    folder: str = ""
    programs: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()
    paths: frozenset[str] = frozenset()
    references: frozenset[Reference] = frozenset()
    scripts: frozenset[str] = frozenset()  # shell texts whose syntax bash is to check


@dataclass(frozen=True, slots=True)
class SyntaxFault:
    """What bash says against a text, with the line of the text."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Machine:
    """What was found; a name that was not asked about counts as present, so that nothing is accused unseen."""

    programs: Mapping[str, bool] = field(default_factory=lambda: MappingProxyType({}))
    hosts: Mapping[str, bool] = field(default_factory=lambda: MappingProxyType({}))
    paths: Mapping[str, bool] = field(default_factory=lambda: MappingProxyType({}))
    references: Mapping[Reference, str] = field(
        default_factory=lambda: MappingProxyType({})
    )  # why it cannot be had
    syntax: Mapping[str, SyntaxFault] = field(default_factory=lambda: MappingProxyType({}))
    variables: frozenset[str] = frozenset()  # names set in Runward's own environment, never their values
