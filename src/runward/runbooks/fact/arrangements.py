"""Read who does what and when: all that a document states about people, times and papers."""

from collections.abc import Callable

from runward.runbooks.fact.checklists import checklists
from runward.runbooks.fact.contacts import contacts
from runward.runbooks.fact.escalations import escalations
from runward.runbooks.fact.model import Statements
from runward.runbooks.fact.outline import Outline, Said, outline_of
from runward.runbooks.fact.ownership import durations, owners
from runward.runbooks.fact.reviews import reviews
from runward.runbooks.fact.rotations import duties, rotations
from runward.runbooks.fact.schedules import schedules
from runward.runbooks.fact.severities import severities
from runward.runbooks.fact.stages import stages
from runward.runbooks.fact.templates import templates

_READERS: tuple[Callable[[Outline], Said], ...] = (
    checklists,
    contacts,
    durations,
    duties,
    escalations,
    owners,
    reviews,
    rotations,
    schedules,
    severities,
    stages,
    templates,
)


def arrangements(statements: Statements) -> Said:
    """Every fact about people, times and papers."""
    outline = outline_of(statements)
    for reader in _READERS:
        yield from reader(outline)
