"""Lay a document out beside what was understood of it, as one page that needs nothing else."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from runward.runbooks.explain.coverage import Coverage, coverage_of
from runward.runbooks.explain.notes import Note, Tone, notes_of
from runward.runbooks.explain.parts import Part, parts_of
from runward.runbooks.explain.rendering import rendered
from runward.runbooks.finding.model import Finding
from runward.runbooks.model import Kind, NodeKind, Policy, Procedure, Risk, Runbook
from runward.runbooks.zone import Zone


@dataclass(frozen=True, slots=True)
class Row:
    """Some of the document, rendered, and the notes that stand beside it."""

    html: str
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A procedure in the table of contents."""

    procedure: Procedure
    risk: Risk | None  # the worst of its commands
    errors: int
    warnings: int
    freshness: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that the page of a document shows."""

    runbook: Runbook
    policy: Policy
    findings: tuple[Finding, ...]
    coverage: Coverage
    notes: tuple[Note, ...]
    contents: tuple[Entry, ...]

    @property
    def unread(self) -> tuple[Note, ...]:
        """The notes on what was not understood."""
        return tuple(note for note in self.notes if note.tone is Tone.UNREAD)

    @property
    def risks(self) -> Mapping[Risk, int]:
        """How many blocks that are executed read, change and destroy."""
        run = (
            one.risk
            for one in self.runbook.blocks
            if one.kind in {Kind.COMMAND, Kind.TRANSCRIPT} and one.form != "inline"
        )
        return Counter(run)

    @property
    def stated(self) -> Mapping[str, int]:
        """How many facts of each type, the most frequent first."""
        return dict(Counter(fact.type.value.replace("_", " ") for fact in self.policy.facts).most_common())


def explanation_of(
    runbook: Runbook, policy: Policy, findings: Sequence[Finding], freshness: Mapping[str, str] | None = None
) -> Explanation:
    """What to show of a document; `freshness` tells in words when each procedure, by its id, was last done."""
    coverage = coverage_of(runbook, policy)
    notes = notes_of(runbook, policy, findings, coverage.missed)
    entries = tuple(_entry(one, runbook, findings, freshness or {}) for one in runbook.procedures)
    return Explanation(runbook, policy, tuple(findings), coverage, notes, entries)


def explanation_page(explanation: Explanation, zone: Zone) -> str:
    """The page as HTML: no script, no network, fit for a screen in light or dark, a phone and paper."""
    return _template().render(
        explanation=explanation,
        document=explanation.runbook.document,
        rows=_rows(explanation),
        zone=zone,
        counts=Counter(finding.rule.severity.value for finding in explanation.findings),
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("runward.runbooks.explain", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["with_code"] = _with_code
    return environment.get_template("explanation.html.j2")


def _with_code(text: str) -> Markup:
    """Words for a page, with what stands between backticks as code."""
    pieces = str(escape(text)).split("`")
    even = len(pieces) % 2 == 1
    return Markup("".join(f"<code>{one}</code>" if even and at % 2 else one for at, one in enumerate(pieces)))  # noqa: S704  # escaped above


def _rows(explanation: Explanation) -> tuple[Row, ...]:
    """A row begins with each part that has notes, so that these stand beside it, and holds what follows without any.

    What stands right under a heading shares the heading's row.
    """
    document = explanation.runbook.document
    risks = {line.line: line.risk for block in explanation.runbook.blocks for line in block.risks}
    parts = parts_of(document)
    beside = _beside(parts, explanation.notes)
    rows: list[Row] = []
    only_titles = True  # of the row that is being filled
    for part in parts:
        html, notes = rendered(document, part, risks), tuple(beside.get(part.line, ()))
        if rows and (only_titles or not notes):
            rows[-1] = Row(rows[-1].html + html, rows[-1].notes + notes)
        else:
            rows.append(Row(html, notes))
            only_titles = True
        only_titles = only_titles and _is_title(part, notes)
    return tuple(rows)


def _is_title(part: Part, notes: Sequence[Note]) -> bool:
    """Whether a part only says what comes: a heading, or a bold line that a procedure goes by."""
    return part.kind is NodeKind.HEADING or any(note.tone is Tone.PROCEDURE for note in notes)


def _beside(parts: Sequence[Part], notes: Sequence[Note]) -> Mapping[int, list[Note]]:
    """The notes by the first line of the part that they stand beside."""
    starts = [part.line for part in parts]
    beside: dict[int, list[Note]] = {}
    for note in notes:
        at = max(bisect_right(starts, note.line) - 1, 0)
        beside.setdefault(starts[at] if starts else 1, []).append(note)
    return beside


def _entry(
    procedure: Procedure, runbook: Runbook, findings: Sequence[Finding], freshness: Mapping[str, str]
) -> Entry:
    mine = Counter(
        finding.rule.severity.value for finding in findings if procedure.line <= finding.line <= procedure.end
    )
    run = [
        block.risk
        for block in runbook.blocks
        if block.number in procedure.blocks and block.kind in {Kind.COMMAND, Kind.TRANSCRIPT}
    ]
    worst = max(run, key=lambda risk: risk.rank) if run else None
    return Entry(procedure, worst, mine["error"], mine["warning"], freshness.get(procedure.id, ""))
