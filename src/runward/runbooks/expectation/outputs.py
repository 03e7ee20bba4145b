"""Read what a command should print: an output block below it, or text quoted in a sentence."""

import re
from collections.abc import Sequence

from runward.runbooks.model import Block, Expectation, Kind, Operator, Source, Span

_DEMANDED = re.compile(
    r"\b(?:expect\w*|should (?:see|return|show|print|look|be|output|get|respond)|must|(?:you(?:'| wi)ll|will) (?:see|get|print|return|show)|verify that|erwartet\w*|sollte|esperad[oa]s?|debería|attendue?)\b",
    re.IGNORECASE,
)
_ALIKE = re.compile(
    r"\b(?:similar|something like|looks? like|example|sample|e\.g|resembl\w+|ähnlich|beispiel\w*|similar a|ejemplo|exemple)\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"“”„']([^\"“”„']{1,80})[\"“”']")
_WORD = re.compile(
    r"(?:expect(?:ed|s)?|should (?:be|return|print|show|see|output|say|respond(?: with)?)|must (?:be|return|print|show)|returns?|prints?|shows?|erwartet|esperado)\s*:?\s+(?P<word>[A-Z][A-Z_]{1,20}|\d{1,6}|[Tt]rue|[Ff]alse|ok|active|running|healthy|yes|no)\b"
)


def expected_output(block: Block, below: Block | None, lines: Sequence[str]) -> Expectation | None:
    """The output block right below a command block as an expectation; a person compares what is only an example."""
    if below is None or not below.text.strip():
        return None
    between = [line.strip() for line in lines[block.end : below.line - 1] if line.strip()]
    if any(line.startswith("#") for line in between) or len(between) > 4:
        return None
    said = " ".join(between)
    demanded, alike = bool(_DEMANDED.search(said)), bool(_ALIKE.search(said))
    if below.kind is not Kind.OUTPUT and not (
        demanded and below.kind in {Kind.SAMPLE, Kind.OTHER, Kind.TEMPLATE}
    ):
        return None
    text = said.rstrip(":") or "the output shown below the command"
    if alike or not demanded:
        return Expectation(
            below.line, text, Source.HUMAN, (), why="an example: a person compares it with what was printed"
        )
    return Expectation(
        below.line,
        text,
        Source.OUTPUT,
        (block.number,),
        (),
        "",
        Operator.MATCHES,
        below.text.strip("\n"),
        "",
        "the document shows what must be printed",
    )


def said_value(text: str, codes: Sequence[Span]) -> str:
    """The text that a sentence says must be printed; "" if it quotes none."""
    demand = re.search(
        r"\b(?:should|expect\w*|must|returns?|prints?|shows?|will see|says?|soll\w*|erwart\w*|debe\w*|esper\w*)\b",
        text,
        re.IGNORECASE,
    )
    if not demand:
        return ""
    after = text[demand.start() :]
    quoted = [code.text for code in codes if code.text in after]
    if len(quoted) == 1:
        return quoted[0]
    found = _QUOTED.search(after)
    if found and not quoted:
        return found[1]
    word = _WORD.search(after)
    return word["word"] if word and not quoted else ""
