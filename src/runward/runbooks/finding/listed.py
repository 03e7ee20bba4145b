"""Write findings as JSON for programs."""

from collections.abc import Iterable, Sequence

from runward.runbooks.finding.model import Mend
from runward.runbooks.finding.report import Shown, counted

VERSION = 1


def listed(shown: Sequence[Shown], documents: int, unread: Iterable[tuple[str, str]]) -> dict[str, object]:
    """Everything that was found; keys are only ever added within a version."""
    return {
        "version": VERSION,
        "documents": documents,
        "counts": counted(one.finding for one in shown),
        "findings": [_finding(one) for one in shown],
        "unread": [{"path": path, "why": why} for path, why in unread],
    }


def _finding(shown: Shown) -> dict[str, object]:
    finding, found = shown.finding, shown.finding.found
    return {
        "rule": finding.rule.id,
        "severity": finding.rule.severity.value,
        "path": finding.path,
        "line": found.line,
        "end": found.end or found.line,
        "column": found.column,
        "width": found.width,
        "said": found.said,
        "title": finding.rule.title,
        "right": finding.rule.right,
        "misleads": finding.rule.misleads,
        "instead": finding.rule.instead,
        "text": shown.text,
        "mend": _mend(found.mend) if found.mend else None,
    }


def _mend(mend: Mend) -> dict[str, object]:
    return {"line": mend.line, "end": max(mend.end, mend.line), "text": mend.text}
