"""`runward explain`: the document as written, beside what Runward understood of it."""

from pathlib import Path

from rich.console import Console
from rich.markup import escape

from runward.cli.explain_page import page_of
from runward.cli.pages import write_page
from runward.cli.run_page import console_for
from runward.foundation.errors import Mistake
from runward.runbooks.explanation import explanation_of, explanation_page
from runward.runbooks.finding.model import Case
from runward.runbooks.linting import findings_of
from runward.runbooks.policy import policy_of
from runward.runbooks.read import read_runbook


def explain_runbook(path: Path, out: Path | None, console: Console | None = None) -> None:
    """Print the explanation, or write it as one HTML page; a page that cannot be written is a `Mistake`."""
    if out is not None and out.suffix.lower() not in {".html", ".htm"}:
        raise Mistake(f"“{out.name}” does not say what to write", hint="end it in .html")
    runbook = read_runbook(path)
    policy = policy_of(runbook)
    explanation = explanation_of(runbook, policy, findings_of(Case(runbook, policy)))
    console = console or console_for()
    if out is None:
        for piece in page_of(explanation, zone=""):
            console.print(piece)
        return
    write_page(out, explanation_page(explanation))
    console.print(f"wrote {escape(str(out))}: {explanation.coverage.percent} % understood")
