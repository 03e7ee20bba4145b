"""Read a runbook: the document, its blocks, its procedures, and what was not understood."""

from pathlib import Path

from runward.runbooks.blocks import list_blocks
from runward.runbooks.keeping import all_kept
from runward.runbooks.markdown import parse_document, read_document
from runward.runbooks.model import Document, Notice, Runbook
from runward.runbooks.parse import notices_of, procedures_of, title_of


def read_runbook(path: Path) -> Runbook:
    """The runbook in this file; a file that cannot be read as text is a `Mistake`."""
    with all_kept():
        return runbook_of(read_document(path))


def parse_runbook(text: str, path: str) -> Runbook:
    """The runbook that this text makes; `path` only names it."""
    with all_kept():
        return runbook_of(parse_document(text, path))


def runbook_of(document: Document) -> Runbook:
    """What a document says, understood as far as it could be."""
    blocks = list_blocks(document)
    procedures = procedures_of(document, blocks)
    mended = tuple(Notice(_line_in(sentence), sentence) for sentence in document.mended)
    return Runbook(
        document=document,
        title=title_of(document),
        blocks=blocks,
        procedures=procedures,
        notices=(*mended, *notices_of(document, procedures, blocks)),
    )


def _line_in(sentence: str) -> int:
    """The line that a sentence names ("line 7: ..."); 1 when it concerns the whole document."""
    words = sentence.split(":", 1)[0].split()
    return int(words[1]) if len(words) == 2 and words[0] == "line" and words[1].isdecimal() else 1
