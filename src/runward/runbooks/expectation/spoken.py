"""Decide statements that stand apart from their commands: expected results, checklists, sentences."""

import re
from collections.abc import Iterator, Sequence

from runward.runbooks.expectation.binding import bound, bound_to_all, compared, left_to_person, status_wanted
from runward.runbooks.expectation.claims import claim_of
from runward.runbooks.expectation.deciders import Decider, decider_of
from runward.runbooks.expectation.looks import Look, asks_http, best_looks, decider_for_claim, status_in
from runward.runbooks.expectation.outputs import said_value
from runward.runbooks.expectation.statements import needs_person, shared, states_outcome, subjects_of
from runward.runbooks.model import Block, Expectation, Node, Operator, Source

LOOKS = frozenset({Source.STATUS, Source.COLUMN, Source.KEY, Source.ROWS})
_TESTED = re.compile(r"\btests?\b|\bsuite\b", re.IGNORECASE)
_EMPTY = re.compile(
    r"\b(?:no rows|no output|nothing|empty|keine (?:zeilen|ausgabe)|vacío|sin resultados)\b", re.IGNORECASE
)
_TAKES = re.compile(r"\b(?:minutes?|hours?|seconds?) (?:to|for)\b|\btakes?\b", re.IGNORECASE)
_LAGS = re.compile(r"lag|queue|backlog|pending|replay", re.IGNORECASE)
_LAG_NAME = re.compile(r"\bas\s+(\w*(?:lag|pending|backlog|queue)\w*)", re.IGNORECASE)


def spoken(line: int, text: str, looks: Sequence[Look], needed: float) -> Iterator[Expectation]:
    """The statement bound to the looks that show what it speaks of, if any does.

    `needed` is the share of its subjects that a look must name.
    """
    if needs_person(text) or _TESTED.search(text):
        return
    status = status_in(text)
    claim = None if status else claim_of(text)
    subjects = subjects_of(claim.name if claim else text)
    if status:
        asking = [look for look in looks if asks_http(look)]
        yield from _status(line, text, status, best_looks(asking, subjects, 0.0) or asking)
    elif claim:
        best = best_looks(looks, subjects, 0.3) if subjects else []
        if best:
            yield bound_to_all(line, text, [(look, decider_for_claim(look, claim, text)) for look in best])
    elif subjects:
        yield from _state(line, text, looks, needed)


def said_below(line: int, node: Node, block: Block, looks: Sequence[Look]) -> Iterator[Expectation]:
    """What a sentence below a block says that the block should have shown."""
    text = " ".join(node.text.split())
    status, claim, value = status_in(text), claim_of(text), said_value(text, node.codes)
    asking = [look for look in looks if asks_http(look)]
    if status and asking:
        yield from _status(line, text, status, asking)
    elif _EMPTY.search(text):
        yield bound(
            line, text, block, Decider(Source.ROWS, "rows", Operator.EQUAL, "0", why="nothing may be shown")
        )
    elif value:
        why = "the text quoted must be printed"
        yield bound(line, text, block, Decider(Source.OUTPUT, "", Operator.MATCHES, value, why=why))
    elif claim and looks and not _TAKES.search(text):
        yield bound(line, text, block, decider_for_claim(looks[-1], claim, text))
    elif states_outcome(text) and not _TAKES.search(text):
        yield left_to_person(line, text, "no figure and no quoted text says how to tell")


def falling(line: int, text: str, looks: Sequence[Look]) -> Iterator[Expectation]:
    """A figure that must be lower when its block is executed again: "wait for catch-up"."""
    lagging = [look for look in looks if _LAGS.search(look.text)]
    if lagging:
        number = lagging[-1].block.number
        named = _LAG_NAME.search(lagging[-1].text)
        why = "the figure must be lower when this block is executed again"
        yield compared(line, text, (number, number), named[1] if named else "lag", why)


def _status(line: int, text: str, status: str, looks: Sequence[Look]) -> Iterator[Expectation]:
    if looks:
        found = [decider_of(look.commands, text, look.block.lang) for look in looks]
        names = {one.name for one in found if one and one.source is Source.STATUS}
        yield status_wanted(line, text, status, looks, names.pop() if len(names) == 1 else "")


def _state(line: int, text: str, looks: Sequence[Look], needed: float) -> Iterator[Expectation]:
    """A state without a figure ("all pods are running"), bound to the look that says it best."""
    subjects = subjects_of(text)
    fitting = [look for look in looks if shared(subjects, look.words | look.around) >= needed * len(subjects)]
    able = [(look, one) for look in fitting if (one := decider_of(look.commands, text, look.block.lang))]
    telling = [(look, one) for look, one in able if one.source in LOOKS]
    chosen = telling or ([] if needed == 1.0 else able)
    best = best_looks([look for look, _ in chosen], subjects, needed)
    decided = [(look, one) for look, one in chosen if look in best]
    if decided:
        yield bound_to_all(line, text, decided)
