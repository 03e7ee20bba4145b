"""What a rule, a finding and its mend are."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from runward.runbooks.model import Policy, Runbook


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"  # it fails, destroys or leaks when it is carried out as written
    WARNING = "warning"  # it misleads, or something that matters in an emergency is missing
    NOTE = "note"  # it would be better otherwise


@dataclass(frozen=True, slots=True)
class Unresolved:
    """Something that a document names and that does not exist where the document is bound to."""

    line: int
    what: str  # as it stands on that line
    why: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known of the world around a document; pure rules ask it, callers fill it.

    `versions` are of what the bound targets really run ("postgresql": (15, 4)); a rule whose answer depends
    on one that is absent goes by what is current. `has_file` says whether a path that the document names,
    relative to the document's folder, exists as a file or folder; `text_of` is the text of such a file.
    Both are None where that cannot be known. `zone` is the time zone that front matter, runward.toml or the
    service gives, "" where nothing does; `service` names the service that the document is bound to.
    """

    versions: Mapping[str, tuple[int, ...]] = field(default_factory=lambda: MappingProxyType({}))
    has_file: Callable[[str], bool] | None = None
    text_of: Callable[[str], str | None] | None = None
    zone: str = ""
    service: str = ""
    unresolved: tuple[Unresolved, ...] = ()  # what a look at the bound targets has shown


@dataclass(frozen=True, slots=True)
class Case:
    """One document to be held against the rules, with all that was understood of it."""

    runbook: Runbook
    policy: Policy
    surroundings: Surroundings = field(default_factory=Surroundings)


@dataclass(frozen=True, slots=True)
class Stated:
    """What one of several documents states: all that documents are held against each other by.

    It is small and holds no code, so that thousands of documents can be read apart and compared at the end.
    """

    path: str
    policy: Policy
    service: str = ""  # that the document is bound to, "" where that is not known


@dataclass(frozen=True, slots=True)
class Mend:
    """A mechanical and safe repair: these lines are replaced by that text."""

    line: int
    end: int
    text: str  # without the last line end; may hold several lines


@dataclass(frozen=True, slots=True)
class Found:
    """Where a rule does not hold, and why there."""

    line: int
    said: str  # one sentence about this very place: what is wrong with it, in the document's own names
    end: int = 0  # the last line concerned, where that is another
    column: int = 0  # 1-based, 0 for the whole line
    width: int = 0  # how many characters from there
    mend: Mend | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """Something that a runbook should hold to.

    `bad` and `good` are small Markdown documents in our own words: the rule's page shows them, and the tests
    hold the rule against both. `right` says what is right today, with the version it holds from.
    """

    id: str  # kebab-case words: "pipe-hides-failure"
    severity: Severity
    title: str  # one sentence: what it looks for
    why: str
    right: str
    bad: str
    good: str
    look: Callable[[Case], Iterator[Found]]
    misleads: bool = False  # the command runs and answers wrongly: what it says proves nothing
    only_silent: bool = False  # it misleads only where it printed nothing
    instead: str = ""  # our own procedure that does it right: "replication-lag"
    surroundings: Surroundings = field(default_factory=Surroundings)  # that the examples are held in
    across: Callable[[Sequence[Stated]], Iterator[tuple[str, Found]]] | None = (
        None  # path and place, by several
    )


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that does not hold at a place of a document."""

    rule: Rule
    path: str
    found: Found

    @property
    def line(self) -> int:
        """The 1-based line it begins on."""
        return self.found.line
