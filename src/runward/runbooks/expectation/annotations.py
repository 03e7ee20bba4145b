"""Read what a fence's own `expect="..."` demands: exit=0; status=200; rows>=1; /regex/; $.path > 3; column < 2 s."""

import re

from runward.foundation.errors import Mistake
from runward.runbooks.expectation.claims import unit_of
from runward.runbooks.model import Block, Expectation, Operator, Source

_OPERATORS = {
    "=": Operator.EQUAL,
    "==": Operator.EQUAL,
    "!=": Operator.NOT_EQUAL,
    "<": Operator.BELOW,
    "<=": Operator.AT_MOST,
    ">": Operator.ABOVE,
    ">=": Operator.AT_LEAST,
    "~": Operator.MATCHES,
}
# Lower case: STATUS is a column of many a program's table.
_SOURCES = {"exit": Source.EXIT, "status": Source.STATUS, "rows": Source.ROWS}
_COMPARED = re.compile(
    r"(?P<name>\$[^\s<>=!~]*|[\w.%-]+(?: [\w.%-]+)*)\s*(?P<operator>==|!=|<=|>=|=|<|>|~)\s*(?P<value>.+)"
)
_BETWEEN = re.compile(r"(?P<low>-?\d+(?:\.\d+)?)\.\.(?P<high>-?\d+(?:\.\d+)?)(?P<unit>\s*[^\d\s]*)")
_VALUE = re.compile(r"(?P<number>-?\d+(?:\.\d+)?)\s*(?P<unit>%|[a-zA-Zµ]*)")
_HINT = 'write exit=0, status=200, rows>=1, /regex/, !/regex/, "text", $.path > 3 or column < 2 s, several separated by ;'


def annotated(block: Block, file: str) -> tuple[Expectation, ...]:
    """The expectations of the fence's `expect`; one that cannot be read is a `Mistake` with its line."""
    given = block.attributes.get("expect", "")
    return tuple(_expectation(part, block, file) for part in _parts(given))


def _parts(given: str) -> list[str]:
    """The parts between semicolons, those inside /.../ and quotes left whole."""
    if not given:
        return []
    found = re.findall(r"(?:/(?:\\.|[^/\\])*/|\"(?:\\.|[^\"\\])*\"|'[^']*'|[^;])+", given)
    return [part.strip() for part in found if part.strip()]


def _expectation(part: str, block: Block, file: str) -> Expectation:
    negated = part.startswith("!")
    bare = part.removeprefix("!").strip()
    if len(bare) > 1 and bare[0] == bare[-1] and bare[0] in "/\"'":
        _compiled(bare, block, file)
        operator = Operator.ABSENT if negated else Operator.MATCHES
        value = bare if bare[0] == "/" else bare[1:-1]
        return _made(part, block, Source.OUTPUT, "", (operator, value, ""))
    compared = _COMPARED.fullmatch(part)
    if not compared:
        raise _mistake(f"expect “{part}” cannot be read", block, file)
    return _compared(part, compared, block, file)


def _compared(part: str, found: re.Match[str], block: Block, file: str) -> Expectation:
    name, operator = found["name"], _OPERATORS[found["operator"]]
    source = _SOURCES.get(name, Source.KEY if name.startswith("$") else Source.COLUMN)
    value = found["value"].strip()
    between = _BETWEEN.fullmatch(value)
    if between:
        if operator is not Operator.EQUAL:
            raise _mistake(f"expect “{part}”: a range goes with =", block, file)
        wanted = (Operator.BETWEEN, f"{between['low']}..{between['high']}", unit_of(between["unit"].strip()))
        return _made(part, block, source, name, wanted)
    number = _VALUE.fullmatch(value)
    if source in _SOURCES.values() and (not number or number["unit"] or operator is Operator.MATCHES):
        raise _mistake(f"expect “{part}”: {name} is compared with a whole number", block, file)
    if number:
        return _made(part, block, source, name, (operator, number["number"], unit_of(number["unit"])))
    if operator not in {Operator.EQUAL, Operator.NOT_EQUAL, Operator.MATCHES}:
        raise _mistake(f"expect “{part}”: “{value}” is no number, so it can only be = or !=", block, file)
    _compiled(value, block, file)
    return _made(part, block, source, name, (operator, value.strip("\"'"), ""))


def _compiled(value: str, block: Block, file: str) -> None:
    if value.startswith("/") and value.endswith("/") and len(value) > 1:
        try:
            re.compile(value[1:-1])
        except re.error as error:
            raise _mistake(f"expect {value} is no regular expression: {error}", block, file) from error


def _made(
    part: str, block: Block, source: Source, name: str, wanted: tuple[Operator, str, str]
) -> Expectation:
    operator, value, unit = wanted
    why = "the block says so itself"
    return Expectation(block.line, part, source, (block.number,), (), name, operator, value, unit, why)


def _mistake(message: str, block: Block, file: str) -> Mistake:
    return Mistake(message, file=file, line=block.line, hint=_HINT)
