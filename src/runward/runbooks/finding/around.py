"""Know what stands around a place of a runbook: what is done together with it, and whether it is advised against."""

import re
from collections.abc import Iterator, Mapping

from runward.runbooks.finding.commands import Placed, list_calls
from runward.runbooks.finding.latest import once_a_runbook
from runward.runbooks.finding.model import Case, Found, Mend
from runward.runbooks.model import Block, NodeKind, Runbook

_AGAINST = re.compile(
    r"(?:^|[.!?:;]\s)\W{0,8}(?:please\s+)?(?:never|do not|don['’]t|avoid|nicht|niemals|nunca|no)\b(?!\s+(?:forget|worry|panic|skip|hesitate|wait|longer|need))"
    r"|\b(?:must|should)(?: not|n['’]t| never)\b|\bnever\s+(?:use|run|do|call|execute|in)\b|\binstead of\b|anti-?pattern|❌|🚫|⛔",
    re.IGNORECASE,
)
_LISTED = re.compile(r"\s*(?:[-*|>]|\d+[.)])\s")
_ENDING = re.compile(r"(?:\s#|--\s|//\s)(.*)$")
_BAD = re.compile(r"^\s*(?:#|--|//)\s*(?:bad|wrong|before|old way|insecure|unsafe)\b", re.IGNORECASE)


@once_a_runbook
def calls_by_name(runbook: Runbook) -> Mapping[str, tuple[Placed, ...]]:
    """Every call by the name of its program."""
    made: dict[str, list[Placed]] = {}
    for placed in list_calls(runbook):
        made.setdefault(placed.call.name, []).append(placed)
    return {name: tuple(calls) for name, calls in made.items()}


def list_named(case: Case, *names: str) -> Iterator[Placed]:
    """The calls of these programs that the document does not advise against."""
    runbook, meant = case.runbook, _meant_by_name(case.runbook)
    for name in names:
        if name not in meant:
            calls = calls_by_name(runbook).get(name, ())
            meant[name] = tuple(placed for placed in calls if _is_meant(runbook, placed))
        yield from meant[name]


@once_a_runbook
def _meant_by_name(_runbook: Runbook) -> dict[str, tuple[Placed, ...]]:
    """The answers for names that were asked for already."""
    return {}


def _is_meant(runbook: Runbook, placed: Placed) -> bool:
    return not _is_in_a_table(runbook, placed) and not is_advised_against(runbook, line_of(placed))


def _is_in_a_table(runbook: Runbook, placed: Placed) -> bool:
    """Whether a command stands in a cell of a table, where forms are listed rather than carried out."""
    line = runbook.document.lines[line_of(placed) - 1]
    return placed.block.form == "inline" and line.lstrip().startswith("|")


def line_of(placed: Placed) -> int:
    """The document's line of a call."""
    return placed.call.command.line


def is_advised_against(runbook: Runbook, line: int) -> bool:
    """Whether the line, or the comment or sentence right above it, says not to do this."""
    judged = _advised_against(runbook)
    if line not in judged:
        judged[line] = _says_not_to(runbook, line)
    return judged[line]


@once_a_runbook
def _advised_against(_runbook: Runbook) -> dict[int, bool]:
    """The answers for lines that were asked for already: most rules ask for the same ones."""
    return {}


def _says_not_to(runbook: Runbook, line: int) -> bool:
    lines = runbook.document.lines
    here = lines[line - 1] if line <= len(lines) else ""
    above = next((one for one in reversed(lines[max(0, line - 4) : line - 1]) if one.strip(" `")), "")
    above = "" if above.lstrip().startswith("```") else above
    is_remark = above.lstrip().startswith(("#", "--", "//", "❌")) or (
        line >= 2 and _is_prose(runbook, line - 1)
    )
    said = _comment_in(here) + (above if is_remark else "")
    return bool(_AGAINST.search(said) or _BAD.search(above))


def _comment_in(line: str) -> str:
    """What a line says besides its command: a comment at its end, or all of it where it is prose."""
    if "`" in line and _LISTED.match(line):
        return line
    found = _ENDING.search(line) if "#" in line or "--" in line or "//" in line else None
    return found[1] if found else ""


def _is_prose(runbook: Runbook, line: int) -> bool:
    block = block_at(runbook, line)
    return block is None or line < block.first_line


@once_a_runbook
def _fences(runbook: Runbook) -> tuple[Block, ...]:
    return tuple(block for block in runbook.blocks if block.form != "inline")


def block_at(runbook: Runbook, line: int) -> Block | None:
    """The fenced or indented block that holds this line."""
    return next((block for block in _fences(runbook) if block.line <= line <= block.end), None)


def stretch_of(runbook: Runbook, line: int) -> tuple[int, int]:
    """The first and last line of what is done together: the narrowest procedure, else the section, around a line."""
    around = [one for one in runbook.procedures if one.line <= line <= one.end]
    if around:
        narrowest = min(around, key=lambda one: one.end - one.line)
        return narrowest.line, narrowest.end
    return _section_of(runbook, line)


def _section_of(runbook: Runbook, line: int) -> tuple[int, int]:
    first, level, last = 1, 0, len(runbook.document.lines)
    for node in runbook.document.nodes:
        if node.kind is not NodeKind.HEADING:
            continue
        if node.line <= line:
            first, level = node.line, node.level
        elif node.level <= level or level == 0:
            last = node.line - 1
            break
    return first, last


def text_between(runbook: Runbook, first: int, last: int) -> str:
    """The document's text from one line to another, both included."""
    return "\n".join(runbook.document.lines[max(0, first - 1) : last])


def text_around(runbook: Runbook, line: int) -> str:
    """The text of what is done together with a line."""
    return text_between(runbook, *stretch_of(runbook, line))


def text_before(runbook: Runbook, line: int) -> str:
    """What is said and done before a line, in what is done together with it."""
    return text_between(runbook, stretch_of(runbook, line)[0], line - 1)


def text_after(runbook: Runbook, line: int) -> str:
    """What is said and done after a line, in what is done together with it."""
    return text_between(runbook, line + 1, stretch_of(runbook, line)[1])


def headings_of(runbook: Runbook, line: int) -> str:
    """The titles above a line, those of the sections around its section included."""
    open_titles: list[tuple[int, str]] = []
    for node in runbook.document.nodes:
        if node.line > line:
            break
        if node.kind is NodeKind.HEADING:
            open_titles = [one for one in open_titles if one[0] < node.level]
            open_titles.append((node.level, node.text))
    return " / ".join(title for _, title in open_titles)


def calls_between(runbook: Runbook, first: int, last: int) -> tuple[Placed, ...]:
    """The calls on these lines, both included."""
    return tuple(placed for placed in list_calls(runbook) if first <= line_of(placed) <= last)


def marked(runbook: Runbook, line: int, words: str, said: str, mend: Mend | None = None) -> Found:
    """A finding with its caret under these words, where the line or one of the next few holds them."""
    lines = runbook.document.lines
    for number in range(line, min(line + 12, len(lines) + 1)):
        place = lines[number - 1].find(words) if words else -1
        if place >= 0:
            return Found(number, said, column=place + 1, width=len(words), mend=mend)
    return Found(line, said, mend=mend)
