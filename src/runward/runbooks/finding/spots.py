"""Say where in a line the words stand that a finding is about."""

from runward.runbooks.finding.model import Found, Mend
from runward.runbooks.model import Document


def found_at(document: Document, line: int, words: str, said: str, mend: Mend | None = None) -> Found:
    """A finding about these words of a line; about the whole line where they do not stand in it as they are."""
    text = document.lines[line - 1] if 0 < line <= len(document.lines) else ""
    column = text.find(words) + 1 if words else 0
    return Found(line, said, column=column, width=len(words) if column else 0, mend=mend)


def named(names: list[str], most: int = 5) -> str:
    """Several names as one phrase: “a”, “b” and 3 more."""
    shown = [f"“{name}”" for name in names[:most]]
    more = len(names) - len(shown)
    last = f"{more} more" if more else shown.pop()
    return f"{', '.join(shown)} and {last}" if shown else last
