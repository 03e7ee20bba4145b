"""Hold one measured value against what an expectation wants, telling apart all that it might stand for."""

import re

from runward.runbooks.model import Expectation, Operator
from runward.runs.judging.figures import figure_of, holds, is_number, moment_of, readings_of, wanted_words
from runward.runs.judging.ruling import Ruling, decided, unknown

_TOTAL = re.compile(r"(\d+)\s*/\s*(\d+)")


def ruling_on(value: object, name: str, expectation: Expectation, where: str) -> Ruling:
    """The ruling on a value named `name` that stands at `where`."""
    operator, wanted = expectation.operator, expectation.value
    said = f"{name} is {value}, wanted {wanted_words(operator, wanted, expectation.unit)} ({where})"
    if value is None or str(value).strip().lower() in {"", "null", "none", "nan", "<none>", "<unknown>"}:
        return unknown(f"{name} has no value: {'null' if value is None else repr(str(value))} ({where})")
    if operator is None:
        return unknown(f"{name} is {value}; the document does not say what it should be ({where})")
    if operator is Operator.NOT_EQUAL and wanted == "null":
        return decided(True, f"{name} is there ({where})")
    if expectation.unit == "time":
        return _moment(value, expectation, said)
    if wanted == "n/n":
        return _complete(value, name, where)
    if operator in {Operator.MATCHES, Operator.ABSENT}:
        return decided(matches(str(value), wanted) is (operator is Operator.MATCHES), said)
    if not is_number(wanted):
        return _text(str(value), wanted, operator, said)
    return _figure(value, name, expectation, where)


def matches(text: str, wanted: str) -> bool:
    """Whether a text holds what is wanted: a regular expression in slashes, else words."""
    if len(wanted) > 1 and wanted.startswith("/") and wanted.endswith("/"):
        return bool(re.search(wanted[1:-1], text, re.MULTILINE))
    return wanted.lower() in text.lower()


def _text(value: str, wanted: str, operator: Operator, said: str) -> Ruling:
    same = value.strip().strip("\"'").lower() == wanted.strip().lower()
    if operator is Operator.EQUAL:
        return decided(same, said)
    if operator is Operator.NOT_EQUAL:
        return decided(not same, said)
    return unknown(f"{said}: these cannot be compared")


def _moment(value: object, expectation: Expectation, said: str) -> Ruling:
    seen, limit = moment_of(value), moment_of(expectation.value)
    if seen is None or limit is None:
        return unknown(f"{said}: that is no moment in time")
    return decided(seen <= limit, f"{said}, by the server's own clock")


def _complete(value: object, name: str, where: str) -> Ruling:
    found = _TOTAL.fullmatch(str(value).strip())
    if not found:
        return unknown(f"{name} is {value}, which is no “n of n” ({where})")
    return decided(
        found[1] == found[2] and int(found[2]) > 0, f"{name} is {found[1]} of {found[2]} ({where})"
    )


def _figure(value: object, name: str, expectation: Expectation, where: str) -> Ruling:
    operator = expectation.operator or Operator.EQUAL
    wanted = wanted_words(operator, expectation.value, expectation.unit)
    figure = figure_of(value)
    if figure is None:
        return unknown(f"{name} is {str(value)[:60]!r}, which is no number; wanted {wanted} ({where})")
    readings = readings_of(figure, name, expectation.unit)
    if not readings:
        return unknown(
            f"{name} is {figure.shown}, which cannot be told in {expectation.unit}; wanted {wanted} ({where})"
        )
    answers = {holds(reading, operator, expectation.value) for reading in readings}
    shown = f"{readings[0]:g} {expectation.unit}".strip()
    same = re.search(rf"(?<![\d.,]){re.escape(shown.split()[0])}(?![\d.,]*\d)", figure.shown)
    told = figure.shown if same else f"{figure.shown} = {shown}"
    if len(answers) > 1:
        both = " or ".join(f"{reading:g}" for reading in readings)
        return unknown(
            f"{name} is {figure.shown} without a unit, which could be {both} {expectation.unit}; wanted {wanted} ({where})"
        )
    unit = f" {expectation.unit}" if expectation.unit and expectation.unit not in told else ""
    return decided(answers == {True}, f"{name} is {told}{unit}, wanted {wanted} ({where})")
