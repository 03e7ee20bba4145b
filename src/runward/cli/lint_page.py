"""Show findings to people: the very words with a caret under them, and what is right today."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from textwrap import wrap

from rich.cells import cell_len
from rich.text import Text

from runward.foundation.terminal import plain
from runward.runbooks.finding.model import Severity
from runward.runbooks.finding.report import Shown

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
_INDENT = 10
_NARROWEST = 50
_WIDEST_LINE = 100
_AT_ONCE = 3  # findings of one rule and document that are shown in full; of the others, the lines


def page_of(path: str, shown: Sequence[Shown], width: int) -> Iterator[Text]:
    """The findings of one document, those of one rule together, in the order of their first lines."""
    yield Text(_clean(path), style="bold underline")
    order: dict[str, list[Shown]] = {}
    for one in shown:
        order.setdefault(one.finding.rule.id, []).append(one)
    for together in order.values():
        yield from _rule(together, max(width, _NARROWEST) - _INDENT)
    yield Text()


def _rule(together: Sequence[Shown], width: int) -> Iterator[Text]:
    rule = together[0].finding.rule
    count = f"  {len(together)} places" if len(together) > 1 else ""
    yield Text.assemble(
        "  ", (rule.severity.value, _STYLES[rule.severity]), "  ", (rule.id, "bold"), (count, "dim")
    )
    places = [(said, list(same)) for said, same in groupby(together, lambda one: one.finding.found.said)]
    shown_in_full = 0
    rest: list[Shown] = []
    for said, same in places:
        if shown_in_full >= _AT_ONCE:
            rest.extend(same)
            continue
        shown_in_full += 1
        yield from _place(same[0], said, width)
        if len(same) > 1:
            yield from _folded("", f"the same in {_lines(same[1:])}", width, "dim")
    if rest:
        yield from _folded("", f"likewise in {_lines(rest)}", width, "dim")
    yield from _folded("today: ", rule.right, width)
    if rule.instead:
        yield from _folded("instead: ", f"our own procedure {rule.instead}", width)


def _lines(shown: Sequence[Shown]) -> str:
    numbers = [str(one.finding.line) for one in shown]
    return f"line {numbers[0]}" if len(numbers) == 1 else f"lines {', '.join(numbers)}"


def _place(shown: Shown, said: str, width: int) -> Iterator[Text]:
    found = shown.finding.found
    text, before, under = _window(shown)
    yield Text.assemble((f"{found.line:>7} │ ", "dim"), text)
    if under:
        yield Text.assemble(
            ("        │ ", "dim"), " " * before, ("^" * under, _STYLES[shown.finding.rule.severity])
        )
    yield from _folded("", said + (" (--fix mends it)" if found.mend else ""), width)


def _window(shown: Shown) -> tuple[str, int, int]:
    """The line as it is shown, and in cells of the terminal where the words begin and how wide they are."""
    found, whole = shown.finding.found, shown.text
    indent = len(whole) - len(whole.lstrip())
    start = max(found.column - 1, indent) if found.column else indent
    width = min(found.width, len(whole) - start) if found.column else 0
    offset = indent if start - indent + width <= _WIDEST_LINE else max(indent, start - 20)
    text = _clean(whole[offset : offset + _WIDEST_LINE])
    text = ("…" if offset > indent else "") + text + ("…" if len(whole) > offset + _WIDEST_LINE else "")
    before = cell_len(_clean(whole[offset:start])) + (offset > indent)
    return text, before, cell_len(_clean(whole[start : start + width])[: _WIDEST_LINE - (start - offset)])


def _folded(label: str, text: str, width: int, style: str = "") -> Iterator[Text]:
    """Text under the line it is about, folded between words."""
    lines = wrap(label + _clean(text), width, break_long_words=False, break_on_hyphens=False)
    for number, line in enumerate(lines):
        rest = line.removeprefix(label) if number == 0 else line
        yield Text.assemble(" " * _INDENT, (label if number == 0 else "", "green"), (rest, style))


def _clean(text: str) -> str:
    """Text of a document without anything that a terminal would obey."""
    return plain(text.expandtabs(4).encode("utf-8", "replace")).replace("\n", " ")


@dataclass(slots=True)
class Tally:
    """How much was found, counted while documents pass by."""

    documents: int = 0
    unread: int = 0
    silenced: int = 0
    known: int = 0
    mendable: int = 0
    paths: set[str] = field(default_factory=set)  # of documents with findings
    counts: dict[str, int] = field(default_factory=lambda: {one.value: 0 for one in Severity})


def summary_of(tally: Tally) -> Text:
    """How much was found in all."""
    said = ", ".join(
        f"{count} {name}{'s' if count > 1 else ''}" for name, count in tally.counts.items() if count
    )
    looked = f"{tally.documents} document{'s' if tally.documents != 1 else ''}"
    also = [
        f"{tally.silenced} ignored" if tally.silenced else "",
        f"{tally.known} known from the baseline" if tally.known else "",
        f"{tally.unread} not read" if tally.unread else "",
    ]
    more = "".join(f", {one}" for one in also if one)
    total = sum(tally.counts.values())
    if not total:
        return Text(f"Nothing found in {looked}{more}.", style="green")
    fix = f" --fix can mend {tally.mendable}." if tally.mendable else ""
    word = "finding" if total == 1 else "findings"
    return Text(f"{total} {word} in {len(tally.paths)} of {looked}: {said}{more}.{fix}", style="bold")
