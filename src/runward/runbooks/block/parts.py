"""Find the titled stretches of a script: echoed headlines, or comments that head what follows them."""

import re
from bisect import bisect_right
from collections.abc import Iterable

from runward.runbooks.model import Part
from runward.runbooks.shell.model import Command, Script

_RULING = re.compile(r"^[\s=*#~_+.\-─═]+|[\s=*#~_+\-─═]+$")
_COLOUR = re.compile(r"\\(?:033|e|x1[bB])\[[0-9;]*m|\x1b\[[0-9;]*m|\\[nrt]")
_NUMBERED = re.compile(r"(?:step\s+)?\d+\s*[.):/-]\s*\S|\[\d+/\d+\]", re.IGNORECASE)
_NOT_A_TITLE = re.compile(r"^#!|^#\s*$|shellcheck|noqa|^#\s*[-=*#]+\s*$|^#\s*[./~][\w./-]*$")
_ECHO_FLAGS = re.compile(r"-[neE]+")
_RULE_BEFORE = re.compile(r"[=*#~\-─═]{2,}")
_RULE_AFTER = re.compile(r"[=*#~─═]{2,}$")
_LETTER = re.compile(r"\w")


def parts_of(script: Script, last_line: int) -> tuple[Part, ...]:
    """The parts of a script, in order; none where fewer than two stretches have a title."""
    tops = [command for command in script.commands if not command.nested and not command.function]
    said = [(command.line, title) for command in tops if (title := _echoed(command))]
    if len(said) < 2:
        said = _headed(script, tops)
    if len(said) < 2:
        return ()
    lines = {line for line, _ in script.comments}
    starts = [line for line, _ in said]
    ends = [_before(start, lines, starts[number]) for number, start in enumerate(starts[1:])] + [last_line]
    return tuple(Part(title, line, max(end, line)) for (line, title), end in zip(said, ends, strict=True))


def _before(start: int, comments: set[int], begun: int) -> int:
    """The last line of a part: before the comments that already belong to the next one."""
    end = start - 1
    while end in comments and end > begun:
        end -= 1
    return end


def _echoed(command: Command) -> str:
    """The headline that this command prints, "" if it is none."""
    words = command.words
    if not words or words[0].text not in {"echo", "printf"} or command.piped or command.redirects:
        return ""
    raw = " ".join(word.text for word in words[1:] if not _ECHO_FLAGS.fullmatch(word.text))
    text = _COLOUR.sub(" ", raw).replace("\n", " ").strip()
    ruled = bool(_RULE_BEFORE.match(text) or _RULE_AFTER.search(text))
    bare = _RULING.sub("", text).strip()
    if not _LETTER.search(bare) or (not ruled and any(not word.fixed for word in words)):
        return ""
    if ruled or _NUMBERED.match(bare) or bare.endswith((":", "...", "…")):
        return bare.rstrip(":.… ").strip()
    return ""


def _headed(script: Script, tops: Iterable[Command]) -> list[tuple[int, str]]:
    """Comments that stand right above a command: the first of each group of comment lines."""
    starts = sorted({command.line for command in tops})
    comments = dict(script.comments)
    made = []
    for line, text in script.comments:
        if _NOT_A_TITLE.search(text) or (
            line - 1 in comments and not _NOT_A_TITLE.search(comments[line - 1])
        ):
            continue
        after = line
        while after + 1 in comments:
            after += 1
        place = bisect_right(starts, after)
        if place < len(starts) and starts[place] <= after + 2:
            group = [comments[number] for number in range(line, after + 1)]
            numbered = [one for one in group if _NUMBERED.match(one.lstrip("# "))]
            made.append((line, _RULING.sub("", (numbered or [text])[-1].lstrip("# ")).strip().rstrip(":")))
    return [(line, title) for line, title in made if title]
