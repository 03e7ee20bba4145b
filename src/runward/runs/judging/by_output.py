"""Judge lines of text: that they were printed, that they were not, or the figure in them."""

import re

from runward.runbooks.model import Expectation, Operator
from runward.runs.judging.figures import figure_of
from runward.runs.judging.keys import documents_in
from runward.runs.judging.measured import ruling_on
from runward.runs.judging.ruling import Ruling, decided, met, not_met, unknown, worst_of
from runward.runs.outcome import Seen, SeenCommand

_SAYS = re.compile(r"^(?:echo|printf|Write-\w+|print|console\.log)\b", re.IGNORECASE)
_GREP = re.compile(r"\b(?:[ef]?grep|findstr|rg|Select-String)\b", re.IGNORECASE)
_ENDS_IN_GREP = re.compile(
    r"(?:^|\|)\s*(?:sudo\s+)?(?:[ef]?grep|findstr|rg)\b(?:\"[^\"]*\"|'[^']*'|[^\"'|])*$", re.IGNORECASE
)
_ANY_CASE = re.compile(r"\s(?:-\w*i|/i\b)", re.IGNORECASE)
_TESTS = re.compile(r"^(?:\[\[?|test|\(\()")


def output(expectation: Expectation, seen: Seen) -> Ruling:
    """What the block printed."""
    match expectation.operator:
        case Operator.ABSENT:
            return _absent(expectation, seen)
        case Operator.MATCHES | Operator.EQUAL | None:
            return _present(expectation, seen)
        case _:
            return _figure(expectation, seen)


def _absent(expectation: Expectation, seen: Seen) -> Ruling:
    where = f"block {seen.block}"
    commands = seen.commands_at(expectation.at)
    said = [
        command
        for command in commands
        if _SAYS.match(command.text) and command.line == max(expectation.at, default=0)
    ]
    found = _line_with(seen.text_at(expectation.at) or seen.text, expectation.value)
    search = _own_search(expectation, commands)
    if search and search.exits[-1] == 0:
        return not_met(f"`{search.text[:60]}` found something (line {search.line})")
    if said:
        return not_met(f"the script said “{found or expectation.value}” (line {said[0].line})")
    if found:
        return not_met(f"“{found[:100]}” was printed ({where})")
    broken = next(
        (one for one in commands if _TESTS.match(one.text) and any(code > 1 for code in one.exits)), None
    )
    if broken:
        return unknown(f"the test `{broken.text[:60]}` could not be made (line {broken.line})")
    if not seen.ended or not seen.whole:
        return unknown(f"not all that {where} printed was seen")
    return _nothing_said(expectation, seen, commands, where)


def _nothing_said(
    expectation: Expectation, seen: Seen, commands: tuple[SeenCommand, ...], where: str
) -> Ruling:
    """Silence is good only where the command was made that would have spoken."""
    wanted = f"nothing like “{expectation.value.strip('/')}” was printed"
    if expectation.at and seen.commands and not commands and not _reached(expectation, seen):
        return unknown(f"line {max(expectation.at)} was not reached")
    filtered = [one for one in commands if _GREP.search(one.text)]
    if filtered:
        source = filtered[0].exits
        if len(source) > 1 and any(code not in {0, 141} for code in source[:-1]):
            return unknown(
                f"`{filtered[0].text[:60]}` could not read what it searches (line {filtered[0].line})"
            )
        return _past(expectation, seen, filtered[0]) or met(f"{wanted} (line {filtered[0].line})")
    if not expectation.at or not any(one.line == max(expectation.at) for one in commands):
        searched = seen.text_at(expectation.at)
        if not expectation.at and not searched.strip():
            return unknown(f"{where} printed nothing at all")
    if commands and not seen.text_at(expectation.at).strip() and not _is_message(expectation):
        return unknown(f"`{commands[0].text[:60]}` printed nothing at all (line {commands[0].line})")
    return met(f"{wanted} ({where})")


def _own_search(expectation: Expectation, commands: tuple[SeenCommand, ...]) -> SeenCommand | None:
    """The search whose own pattern the expectation is: its exit is the answer, in its own dialect of patterns."""
    value = expectation.value
    if not (len(value) > 2 and value[0] == value[-1] == "/"):
        return None
    return next(
        (one for one in commands if one.exits and value[1:-1] in one.text and _ENDS_IN_GREP.search(one.text)),
        None,
    )


def _past(expectation: Expectation, seen: Seen, search: SeenCommand) -> Ruling | None:
    """What was looked for and went by on standard error: a pipe carries standard output only."""
    line = _line_with(
        seen.errors_at(expectation.at), expectation.value, any_case=bool(_ANY_CASE.search(search.text))
    )
    if not line:
        return None
    where = f"on standard error, where `{search.text[:60]}` does not look (line {search.line})"
    return not_met(f"“{line[:100]}” was printed {where}")


def _reached(expectation: Expectation, seen: Seen) -> bool:
    """Whether the script came past the line, so that the line had its chance to speak."""
    return any(section.line <= max(expectation.at) <= section.end for section in seen.sections) or any(
        command.line > max(expectation.at) for command in seen.commands
    )


def _is_message(expectation: Expectation) -> bool:
    return expectation.name == expectation.value


def _present(expectation: Expectation, seen: Seen) -> Ruling:
    where = f"block {seen.block}"
    commands = seen.commands_at(expectation.at)
    text = seen.text_at(expectation.at)
    wanted = expectation.value
    search = _own_search(expectation, commands)
    if search and search.exits[-1] == 0:
        return met(f"`{search.text[:60]}` found it (line {search.line})")
    if "\n" in wanted:
        return _lines_present(wanted, text, seen, where)
    found = _line_with(text, wanted)
    if found:
        return met(f"“{found[:100]}” was printed ({where})")
    if not seen.ended or not seen.whole:
        return unknown(f"not all that {where} printed was seen")
    if expectation.at and seen.commands and not commands:
        return not_met(f"line {min(expectation.at)}, which would print it, was not reached")
    told = f"“{' '.join(text.split())[:80]}” was printed" if text.strip() else "nothing was printed"
    return not_met(f"{told}, wanted “{wanted.strip('/')}” ({where})")


def _lines_present(wanted: str, text: str, seen: Seen, where: str) -> Ruling:
    """Every wanted line, in order; `...` alone stands for any lines, inside a line for any words."""
    asked, given = documents_in(wanted), documents_in(text)
    if len(asked) == 1 and len(given) == 1 and wanted.strip()[:1] in "[{":
        return decided(
            _contains(given[0], asked[0]),
            f"the answer {'holds' if _contains(given[0], asked[0]) else 'lacks'} what the document shows ({where})",
        )
    lines = [" ".join(line.split()) for line in text.split("\n") if line.strip()]
    place = 0
    for line in (" ".join(line.split()) for line in wanted.split("\n")):
        if not line or set(line) <= {".", "…"}:
            continue
        rest = [number for number, one in enumerate(lines[place:], place) if _pattern(line).search(one)]
        if not rest:
            if not seen.ended or not seen.whole:
                return unknown(f"not all that {where} printed was seen")
            return not_met(f"the line “{line[:100]}” of the expected output was not printed ({where})")
        place = rest[0] + 1
    return met(f"every line of the expected output was printed ({where})")


def _contains(given: object, asked: object) -> bool:
    """Whether all that the document shows is in the answer; "..." stands for anything."""
    if asked in ("...", "…", "<...>"):
        return True
    if isinstance(asked, dict):
        return isinstance(given, dict) and all(
            name in given and _contains(given[name], value) for name, value in asked.items()
        )
    if isinstance(asked, list):
        return (
            isinstance(given, list)
            and len(given) >= len(asked)
            and all(_contains(one, value) for one, value in zip(given, asked, strict=False))
        )
    return given == asked


def _figure(expectation: Expectation, seen: Seen) -> Ruling:
    """The number in the message, or beside the words, that the expectation names."""
    where = f"block {seen.block}"
    text = seen.text_at(expectation.at) or seen.text
    found: list[str] = []
    for line in text.split("\n"):
        figure = _beside(line, expectation.name)
        if figure:
            found.append(figure)
    if not found:
        return unknown(f"no figure was printed beside “{expectation.name}” ({where})")
    rulings = [ruling_on(figure, expectation.name, expectation, where) for figure in found]
    return worst_of(rulings)


def _beside(line: str, name: str) -> str:
    """The figure in a line that holds the words of the name, "" if there is none or more than one."""
    if "..." in name:
        found = _pattern(name, "(.*?)").search(line)
        numbers = re.findall(r"[-+]?\d[\d.,]*%?", " ".join(found.groups())) if found else []
        return numbers[0].rstrip(".,") if len(numbers) == 1 else ""
    words = [word for word in re.findall(r"[^\W\d_]+", name.lower()) if len(word) > 1]
    if not words or not all(word in line.lower() for word in words):
        return ""
    figures = [
        one
        for one in re.findall(r"(?<![\w.])[-+]?\d[\d.,]*\s?(?:%|[a-zA-Zµ]{1,2}\b)?", line)
        if figure_of(one.strip(" .,"))
    ]
    return figures[0].strip(" .,") if len(figures) == 1 else ""


def _line_with(text: str, wanted: str, *, any_case: bool = False) -> str:
    """The first line that holds what is wanted; "" if none does."""
    if len(wanted) > 1 and wanted.startswith("/") and wanted.endswith("/"):
        pattern = _as_written(wanted[1:-1], re.IGNORECASE if any_case else 0)
    else:
        pattern = _pattern(wanted)
    return next((line.strip() for line in text.split("\n") if pattern.search(line)), "")


def _as_written(pattern: str, flags: int) -> re.Pattern[str]:
    """A pattern of the document; one of another dialect that means nothing here stands for its own letters."""
    try:
        return re.compile(pattern, flags)
    except re.error:
        return re.compile(re.escape(pattern), flags)


def _pattern(wanted: str, gap: str = ".*?") -> re.Pattern[str]:
    """Plain words as a pattern: `...` for anything, spaces for any spaces, a bare word as a whole word."""
    parts = [
        r"\s+".join(re.escape(word) for word in part.split())
        for part in re.split(r"\.\.\.|…", wanted.strip())
    ]
    pattern = (r"\s*" + gap + r"\s*").join(parts)
    bare = wanted.strip()
    if re.fullmatch(r"\w+", bare):
        pattern = rf"(?<!\w){pattern}(?!\w)"
    return re.compile(pattern)
