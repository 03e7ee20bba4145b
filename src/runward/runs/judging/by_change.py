"""Judge a figure against the same figure of an earlier execution."""

import re
from collections.abc import Mapping, Sequence

from runward.runbooks.expectation.statements import shared, subjects_of
from runward.runbooks.model import Expectation, Operator
from runward.runs.judging.figures import Figure, figure_of, holds
from runward.runs.judging.ruling import Ruling, decided, unknown
from runward.runs.outcome import Seen


def change(expectation: Expectation, seen: Mapping[int, Sequence[Seen]]) -> Ruling:
    """The figure now against the figure before; both must have been seen."""
    later, earlier = expectation.blocks[0], expectation.blocks[-1]
    executions = {number: seen.get(number, ()) for number in (later, earlier)}
    if later == earlier and len(executions[later]) < 2:
        return unknown(f"block {later} has been executed {len(executions[later])} times; a change takes two")
    if not executions[later] or not executions[earlier]:
        missing = later if not executions[later] else earlier
        return unknown(f"block {missing}, which decides it, was not executed")
    now = _figure(executions[later][-1], expectation.name)
    before = _figure(executions[earlier][-2 if later == earlier else -1], expectation.name)
    if now is None or before is None:
        return unknown(f"{expectation.name} was not printed {'now' if now is None else 'before'}")
    operator = expectation.operator or Operator.BELOW
    said = f"{expectation.name} is {now.shown}, before it was {before.shown}; wanted {'lower' if operator is Operator.BELOW else 'higher'}"
    return decided(holds(now.value, operator, repr(before.value)), said)


def _figure(seen: Seen, name: str) -> Figure | None:
    """The worst value of the column of this name, else the figure printed after it."""
    subjects = subjects_of(name)
    values: list[Figure] = []
    for table in seen.tables:
        for place, column in enumerate(table.columns):
            if column.lower() == name.lower() or shared(subjects, subjects_of(column)) == len(subjects):
                values += [figure for row in table.rows if (figure := figure_of(row[place]))]
    if values:
        return max(values, key=lambda figure: figure.value)
    text = "\n".join([seen.text, *(str(row[0]) for table in seen.tables for row in table.rows if row)])
    found = re.findall(rf"{re.escape(name)}\s*[:=]?\s*([-+]?\d[\d.,]*\s*\w*)", text, re.IGNORECASE)
    figures = [figure for one in found if (figure := figure_of(one.strip()))]
    return figures[-1] if figures else None
