"""Find in a script the messages that say it went well or badly, and its exits with an error."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from runward.runbooks.expectation.deciders import FAILURE
from runward.runbooks.model import Block, Operator, Source
from runward.runbooks.procedure.stretches import QUERIES

_SAYS = re.compile(
    r"(?:\becho\s+(?:-\w+\s+)*|\bprintf\s+|\bWrite-(?:Host|Output|Error)\s+|\bprint\s*\(\s*f?|\bconsole\.log\()\s*(?P<quote>[\"'`])(?P<text>.*?)(?P=quote)",
    re.IGNORECASE,
)
_POSTS = re.compile(
    r"\b(?:resolved|back to normal|recovered|restored|all clear|behoben|resuelto)\b", re.IGNORECASE
)
_SUCCESS = re.compile(
    r"""[✅✓✔🟢🎉]|\b(?:success(?:ful(?:ly)?)?|completed?|passed|healthy|all\ good|done|finished|verified|is\ up|ready|erfolgreich|abgeschlossen|completad[oa]|éxito|terminé)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_NOT_AN_OUTCOME = re.compile(
    r"^\W*(?:usage|starting|checking|waiting|running|would|if\b|cancel|abort|skipp)", re.IGNORECASE
)
_OPENS = re.compile(r"^\s*(?:if|case|for|while|until)\b|\bif\s*\(.*\{\s*$|^\s*try\b")
_COMPARES = re.compile(r"^\s*(?:el)?if\s.*\s-(?:gt|ge|lt|le|eq|ne)\s|^\s*(?:el)?if\s*\(\(.*[<>]")
_CLOSES = re.compile(r"^\s*(?:fi|esac|done)\b")
_VARIABLE = re.compile(r"\$\((?:[^()]|\([^()]*\))*\)|\$\{[^}]*\}|\$\w+|`[^`]*`|\{[^{}]*\}|%[sd]")
_COUNTED = re.compile(r"\{\s*len\([^{}]*\)\s*\}|\{\s*\w*count\w*\s*\}|\$\{?\w*COUNT\w*\}?", re.IGNORECASE)
_TAKES_AWAY = re.compile(
    r"\b(?:deleted?|removed?|pruned?|failed|skipped|errors?|missing|dropped)\b", re.IGNORECASE
)
_ENDS = re.compile(r"\s*(?:exit|return|sys\.exit\(?)\s*[1-9]")
_QUOTED = re.compile(r"[\"']([^\"']+)[\"']")
_WORD = re.compile(r"[^\W\d_]{2}")
_DOTS = re.compile(r"(?:\.\.\.\s*){2,}")
_LEAD = re.compile(r"^[\s.:\-=]+")


@dataclass(frozen=True, slots=True)
class Message:
    """A line of a script that reports how it went."""

    line: int
    at: tuple[int, ...]  # the lines whose running shows it; empty for the script as a whole
    text: str
    source: Source
    operator: Operator
    value: str
    why: str


def messages_of(block: Block) -> tuple[Message, ...]:
    """The reporting lines of a block, in order."""
    if block.lang in QUERIES:
        return ()
    return tuple(_messages(block))


def _messages(block: Block) -> Iterator[Message]:
    depth, failing, tested = 0, "", 0
    for line, text in enumerate(block.text.split("\n"), block.first_line):
        if text.lstrip().startswith("#"):
            continue
        closes = bool(_CLOSES.match(text))
        tested = line if _COMPARES.match(text) else 0 if closes else tested
        depth += bool(_OPENS.search(text)) - closes
        said = _SAYS.search(text)
        if said:
            guarded = (
                depth > 0
                or "||" in text[: said.start()]
                or "&&" in text[: said.start()]
                or text[:1].isspace()
            )
            found = _judged(line, said["text"], guarded=guarded, tested=tested)
            failing = said["text"] if found and found.operator is Operator.ABSENT else ""
            if found:
                yield found
        elif failing and _ENDS.match(text):
            yield Message(
                line,
                (),
                f"{_shown(failing)}: {text.strip()}",
                Source.EXIT,
                Operator.EQUAL,
                "0",
                "the script itself ends with an error then",
            )
        elif _POSTS.search(text) and (quoted := _QUOTED.search(text)):
            yield Message(
                line,
                (),
                quoted[1],
                Source.HUMAN,
                Operator.EQUAL,
                "",
                "the message claims it; nothing here measures it",
            )


def _judged(line: int, text: str, *, guarded: bool, tested: int) -> Message | None:
    shown = _shown(text)
    if not _WORD.search(shown) or _NOT_AN_OUTCOME.match(shown):
        return None
    if _COUNTED.search(text) and not _TAKES_AWAY.search(text):
        return Message(
            line, (), shown, Source.OUTPUT, Operator.ABOVE, "0", "the number it prints must be above 0"
        )
    if FAILURE.search(shown):
        at = (tested, line) if tested else (line,)
        why = "the script says this when something is wrong"
        return Message(at[0], at, shown, Source.OUTPUT, Operator.ABSENT, shown, why) if guarded else None
    if _SUCCESS.search(shown):
        return Message(
            line,
            (line,),
            shown,
            Source.OUTPUT,
            Operator.MATCHES,
            shown,
            "the script says this when it has come to its end",
        )
    return None


def _shown(text: str) -> str:
    """The message with "..." for each part that is only known when it runs."""
    fixed = _VARIABLE.sub("...", text)
    fixed = _DOTS.sub("... ", fixed.replace("\\n", " "))
    return _LEAD.sub("", fixed).strip()
