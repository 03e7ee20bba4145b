"""Find among a procedure's blocks the command whose outcome a statement speaks of."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from runward.runbooks.block.native import LANGUAGE, native_call
from runward.runbooks.expectation.claims import Claim
from runward.runbooks.expectation.deciders import Decider, decider_of
from runward.runbooks.expectation.statements import shared, subjects_of
from runward.runbooks.model import Block, Operator, Source
from runward.runbooks.procedure.stretches import QUERIES, Command, stretches_of

_STATUS = re.compile(r"\b(?P<code>[1-5]\d\d|2xx|3xx|4xx|5xx)\b", re.IGNORECASE)
_ABOUT_STATUS = re.compile(
    r"\b(?:return|respond|answer|status|http|respuesta|antwort)\w*|\b[1-5]\d\d\s+OK\b|\bHTTP", re.IGNORECASE
)
_HTTP = re.compile(r"\b(?:curl|wget|https?\s|Invoke-(?:WebRequest|RestMethod)|iwr|irm)\b", re.IGNORECASE)
_ALIAS = re.compile(r"\bas\s+\"?(\w+)\"?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Look:
    """A stretch of a block that shows something."""

    block: Block
    commands: tuple[Command, ...]
    words: frozenset[str]  # what its commands name
    around: frozenset[str]  # what its comment and the step's title name

    def score(self, subjects: frozenset[str]) -> int:
        """How well it fits what a statement is about."""
        return 2 * shared(subjects, self.words) + shared(subjects, self.around - self.words)

    @property
    def text(self) -> str:
        """Its commands."""
        return "\n".join(command.text for command in self.commands)


def looks_of(block: Block, title: str) -> Iterator[Look]:
    """The looks of a block, one for each commented stretch."""
    if block.lang == LANGUAGE:
        yield _native_look(block, title)
        return
    for stretch in stretches_of(block):
        if stretch.commands:
            text = "\n".join(command.text for command in stretch.commands)
            yield Look(block, stretch.commands, subjects_of(text), subjects_of(f"{stretch.comment} {title}"))


def _native_look(block: Block, title: str) -> Look:
    """A call of an action shows the columns of its result, and nothing else that could be named."""
    call = native_call(block.text, block.first_line)
    commands = tuple(Command(risk.line, risk.command) for risk in call.risks)
    return Look(block, commands, subjects_of(" ".join(call.columns)), subjects_of(title))


def best_looks(looks: Sequence[Look], subjects: frozenset[str], needed: float) -> list[Look]:
    """The looks that fit best, provided they name at least this share of the subjects."""
    scores = {number: look.score(subjects) for number, look in enumerate(looks)}
    top = max(scores.values(), default=0)
    best = [looks[number] for number, score in scores.items() if score == top and score > 0]
    return [look for look in best if shared(subjects, look.words | look.around) >= needed * len(subjects)]


def status_in(text: str) -> str:
    """The HTTP status that a statement demands, such as "200" or "2xx"; "" if none."""
    found = _STATUS.search(text)
    return found["code"].lower() if found and _ABOUT_STATUS.search(text) else ""


def asks_http(look: Look) -> bool:
    """Whether the look sends a request."""
    return bool(_HTTP.search(look.text))


def decider_for_claim(look: Look, claim: Claim, statement: str) -> Decider:
    """Where the claimed figure stands in this look's outcome."""
    wanted = (claim.operator, claim.value, claim.unit)
    shape = decider_of(look.commands, statement, look.block.lang)
    if look.block.lang == LANGUAGE:
        name = _nearest(native_call(look.block.text, look.block.first_line).columns, claim.name)
        return Decider(Source.COLUMN, name, *wanted, why=f"the column that comes closest to “{claim.name}”")
    if look.block.lang in QUERIES or (
        shape
        and shape.source in {Source.COLUMN, Source.ROWS, Source.CHANGE}
        and "select" in look.text.lower()
    ):
        name = _column(look.text, claim.name) or claim.name
        return Decider(Source.COLUMN, name, *wanted, why=f"the column that comes closest to “{claim.name}”")
    if asks_http(look) and not re.search(r"\|\s*(?!jq)\w", look.text):
        return Decider(
            Source.KEY,
            claim.name,
            *wanted,
            why=f"the figure in the answer that comes closest to “{claim.name}”",
        )
    if shape and shape.source is Source.ROWS and claim.operator is not Operator.BETWEEN:
        return Decider(Source.ROWS, shape.name, *wanted, why=shape.why)
    return Decider(Source.OUTPUT, claim.name, *wanted, why=f"the figure printed beside “{claim.name}”")


def _column(sql: str, name: str) -> str:
    """The alias of the query that shares most words with the name."""
    subjects = subjects_of(name)
    aliases = _ALIAS.findall(sql)
    best = max(aliases, key=lambda alias: shared(subjects, subjects_of(alias)), default="")
    return best if best and shared(subjects, subjects_of(best)) else ""


def _nearest(columns: Sequence[str], name: str) -> str:
    """The column that shares most words with a name."""
    subjects = subjects_of(name)

    def likeness(column: str) -> tuple[float, float]:
        plain = column.replace("_", " ").lower()
        return shared(subjects, subjects_of(column)), SequenceMatcher(None, plain, name.lower()).ratio()

    return max(columns, key=likeness, default=name)
