"""The shapes in which a machine is asked for facts and answers them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

_REFERENCE = re.compile(
    r"(?P<how>env|file|command):(?!//)(?P<where>\S.*?)(?:#(?P<part>host|port|user|password|database))?", re.DOTALL
)


@dataclass(frozen=True, slots=True, order=True)
class Reference:
    """Where a secret is to be had: `env:NAME`, `file:PATH` or `command:WORDS`; never the secret itself.

    `part` names a piece of a URL that is wanted instead of the whole: host, port, user, password, database.
    """

    how: str
    where: str
    part: str = ""

    def __str__(self) -> str:
        """As it is written in runward.toml, with the wanted part after a `#`."""
        return f"{self.how}:{self.where}" + (f"#{self.part}" if self.part else "")


def find_reference(text: str) -> Reference | None:
    """The reference that a text is, if it is one; `file://...` is a URL and no reference."""
    match = _REFERENCE.fullmatch(text)
    return Reference(match["how"], match["where"].strip(), match["part"] or "") if match else None


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
    references: Mapping[Reference, str] = field(default_factory=lambda: MappingProxyType({}))  # why it cannot be had
    syntax: Mapping[str, SyntaxFault] = field(default_factory=lambda: MappingProxyType({}))
    variables: frozenset[str] = frozenset()  # names set in Runward's own environment, never their values
