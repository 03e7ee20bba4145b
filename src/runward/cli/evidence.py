"""Write a run's evidence."""

from pathlib import Path

from rich.markup import escape

from runward.app import open_app
from runward.cli.pages import write_page
from runward.cli.run_page import console_for
from runward.cli.runs import printed
from runward.foundation.clock import utc_now
from runward.foundation.errors import Mistake
from runward.foundation.ledger import list_about, seal
from runward.foundation.storage.database import Database
from runward.runs import document_store, store
from runward.runs.evidence import Attempt, Chapter, Evidence, evidence_page


def evidence_of(state: Path, database: Database, run_id: str) -> Evidence:
    """Everything that a page of evidence tells of a run."""
    seal(database)
    with database.reading() as tx:
        view = store.get_view(tx, run_id)
        text = document_store.get_document(tx, view.run.plan.document_digest)
        entries = list_about(tx, f"run/{view.run.id}")
    chapters = tuple(
        Chapter(
            step,
            tuple(
                Attempt(record, printed(state, view, record))
                for record in view.records
                if record.step == step.id
            ),
        )
        for step in view.run.plan.steps
    )
    return Evidence(view, text, chapters, entries, utc_now())


def write_evidence(run_id: str, out: Path, *, config: Path | None) -> None:
    """Write a run's evidence as one page, HTML or Markdown by the file's ending."""
    kind = out.suffix.lower().lstrip(".")
    kind = {"htm": "html", "markdown": "md"}.get(kind, kind)
    if kind not in {"html", "md"}:
        raise Mistake(f"“{out.name}” does not say what to write", hint="end it in .html or .md")
    app = open_app(config)
    database = app.open_database()
    page = evidence_page(evidence_of(app.settings.state, database, run_id), kind)
    write_page(out, page)
    console_for().print(f"wrote {escape(str(out))}")
