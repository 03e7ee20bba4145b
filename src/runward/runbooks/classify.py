"""Decide what a block is for and what it does to the world, with the reason for each in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from runward.runbooks.model import Endless, Kind, Part, Placeholder, Question, Risk, RiskyLine


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of code with what stands around it; `first_line` is the document line of its first line."""

    text: str
    lang: str
    first_line: int = 1
    form: str = "fence"
    heading: tuple[str, ...] = ()
    before: str = ""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a piece of code is, what it does and why we think so."""

    kind: Kind
    risk: Risk
    why: Mapping[str, str]
    placeholders: tuple[Placeholder, ...] = ()
    endless: tuple[Endless, ...] = ()
    questions: tuple[Question, ...] = ()
    tools: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    risks: tuple[RiskyLine, ...] = field(default=())


_SHELL = {"bash", "sh", "shell", "zsh", "console", "sql"}


def meaning_of(piece: Piece) -> Meaning:
    """What this piece of code means."""
    if piece.lang in _SHELL or piece.form == "inline":
        why = {
            "kind": "shell or SQL",
            "risk": "what it runs is not known",
            "placeholders": "",
            "endless": "",
            "tools": "",
        }
        return Meaning(Kind.COMMAND, Risk.CHANGE, why)
    why = {
        "kind": "no commands",
        "risk": "nothing to execute",
        "placeholders": "",
        "endless": "",
        "tools": "",
    }
    return Meaning(Kind.SAMPLE if piece.lang != "none" else Kind.TEMPLATE, Risk.READ, why)


def names_a_command(text: str, *, alone: bool) -> bool:
    """Whether inline code is a command rather than the name of something."""
    return " " in text.strip() and alone
