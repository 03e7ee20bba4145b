"""Read the figures that are good or bad: under a metric, in a list of symptoms or expected results, in a branch."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from runward.runbooks.fact.conditions import condition_of
from runward.runbooks.fact.failing import unmeasured
from runward.runbooks.fact.lengths import find_length
from runward.runbooks.fact.levels import level_of, with_level
from runward.runbooks.fact.measures import Measure, known_measure, measure_of
from runward.runbooks.fact.model import Form, Statement, Statements, Title
from runward.runbooks.fact.taken_over import unhelped_label
from runward.runbooks.fact.tracked import looked_at, tracked_of
from runward.runbooks.model import Fact, FactType, Notice
from runward.runbooks.procedure.titles import plain

_ACTION = re.compile(r"(?:recommended |suggested )?actions?|response|maßnahmen?|aktion|acci[oó]n(?:es)?|what to do", re.IGNORECASE)  # fmt: skip
_NORMAL = re.compile(
    r"expected(?: (?:results?|values?|state|outcomes?|ranges?))?|success criteria|healthy (?:state|values|ranges?|if|when)|normal (?:ranges?|values?|operation|levels?)"
    r"|acceptance criteria|(?:performance )?targets?|erwartete (?:ergebnisse|werte)|erwartetes ergebnis|normalwerte|zielwerte|resultados? esperados?|valores normales|criterios de éxito",
    re.IGNORECASE,
)
_SYMPTOMS = re.compile(r"symptoms?|signs|symptome?|anzeichen|síntomas?", re.IGNORECASE)
_LIMITS = re.compile(
    r"\b(?:thresholds|limits|metrics|kpis|key indicators|schwell(?:en)?werte|grenzwerte|kennzahlen|metriken|umbrales|métricas|indicadores)\b",
    re.IGNORECASE,
)
_RECENT = re.compile(
    r"^(?:review|check|look at|prüfen|revisar)\s+(?:the |all )?(?P<what>(?:[\w-]+ ){0,2}(?:alerts|errors|incidents|failures))\s+(?:from|in|of|during|over)\s+(?:the )?(?:past|last)\s+(?P<span>.+)$",
    re.IGNORECASE,
)
_CAUSES = re.compile(r"(?:root cause(?: analysis)?|ursachenanalyse|análisis de (?:la )?causa(?: raíz)?)", re.IGNORECASE)  # fmt: skip
_CHECKED = re.compile(r"^(?:verify|confirm|ensure|check)\b.*\b(?:no|zero)\b", re.IGNORECASE)
_BRANCH = re.compile(r"^(?:if|when|wenn|falls|bei|si|cuando)\b\s*(?P<condition>.+)$", re.IGNORECASE)
_OPEN_TITLES = frozenset({Form.ENTRY, Form.HEADING, Form.ITEM, Form.LABEL})
_FIGURE_NAME = re.compile(
    r"\b(?:time|latency|rate|ratio|lag|usage|utilization|score|depth|duration|size|throughput|delay|shift|paint|percentage|zeit|quote|tiempo|tasa|mtt\w|age|count)\b"
)
_OBJECTIVES = frozenset({"rto", "rpo", "recovery time objective", "recovery point objective"})
_ABOUT = re.compile(r"\s+(?:slos?|slas?|monitoring|alerts?|alerting|checks?|überwachung|alertas)(?=\s*(?:[(:]|$))|^(?:high|low|slow)\s+", re.IGNORECASE)  # fmt: skip
_GATHERS = re.compile(
    r"(?:(?:alert(?:ing)?|alarm|warning) )?(?:thresholds?|levels|severity|severities)|severidad(?:es)?|niveles|schweregrade?|(?:alarm)?schwell(?:en)?werte|umbrales(?: de alerta)?",
    re.IGNORECASE,
)
_LOGGED = re.compile(r"\blog(?:ging)?[ -]?levels?\b|\bnivel(?:es)? de log", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_READ = frozenset({Form.ENTRY, Form.ITEM, Form.LABEL, Form.PARAGRAPH})


def thresholds_of(statements: Statements) -> Iterator[Fact | Notice]:
    """The thresholds that lists, labels and pseudo-YAML state."""
    every = statements.words
    for place, one in enumerate(every):
        if one.form not in _READ or len(one.text) > 300:
            continue
        if one.label and one.rest and one.above and level_of(one.label):
            yield from _under_metric(statements, every, place)
        elif one.form is Form.LABEL:
            yield from _branch(statements, every, place)
        elif one.form is Form.ITEM:
            yield from _listed(statements, one)


def _under_metric(statements: Statements, every: Sequence[Statement], place: int) -> Iterator[Fact | Notice]:
    """The form "Warning: > 80%" under "CPU Usage"."""
    one = every[place]
    title = one.above[-1]
    measure = _measure_over(one)
    family = _family(every, place, title)
    condition = condition_of(one.rest, measure.name if measure else "")
    levels = {level_of(other.label) for other in family} - {""}
    if condition is None and measure and measure.known and len(levels) > 1 and one.form is Form.ENTRY:
        condition = {**unmeasured(one.rest, measure.name)}
    if condition is None or (
        not measure and len(levels) < 2 and not known_measure(str(condition.get("measure", "")))
    ):
        announced = measure.name if measure else _gathering(one)
        if (
            announced
            and len(levels) > 1
            and _may_be_level(one, announced)
            and "measure" not in (condition or {})
        ):
            yield Notice(
                one.line, f"the level “{one.text}” of {announced} names no figure that could be read"
            )
        return
    if len(levels) < 2 and level_of(one.label) == "normal" and not _is_measured(measure, condition):
        return
    action = next((other for other in family if _ACTION.fullmatch(other.label)), None)
    if measure and measure.stat and "stat" not in condition:
        condition["stat"] = measure.stat
    value = {**condition, "level": level_of(one.label), "action": action.rest if action else ""}
    yield statements.fact(
        FactType.THRESHOLD, one.line, value, start=title.line, end=action.line if action else one.line
    )


def _gathering(one: Statement) -> str:
    """The title that says it gathers the levels of a figure ("Thresholds"), "" where none does."""
    title = plain(one.above[-1].text)
    return title if one.form is not Form.ENTRY and _GATHERS.fullmatch(title) else ""


def _may_be_level(one: Statement, announced: str) -> bool:
    """Whether a level without a figure may be one all the same: no level of a log, no key of an answer in JSON."""
    return bool(_DIGIT.search(one.rest)) and not _LOGGED.search(announced) and not one.label.startswith('"')


def _is_measured(measure: Measure | None, condition: Mapping[str, object]) -> bool:
    """Whether a lone "Target: < 5" stands under the name of something that is measured, and speaks of nothing else."""
    if not measure or condition.get("measure") != measure.name:
        return False
    return measure.known or bool(_FIGURE_NAME.search(measure.name))


def _measure_of_title(title: Title) -> Measure | None:
    if title.form not in _OPEN_TITLES:
        return None
    return measure_of(re.sub(r"\s*(?:\(.*\)|:.*)$", "", plain(title.text)))


def _measure_over(one: Statement) -> Measure | None:
    """What the title measures; above "Alert thresholds" or "Severity" the next title says it, if it names a figure."""
    title = next((title for title in reversed(one.above) if not _GATHERS.fullmatch(plain(title.text))), None)
    if title is one.above[-1] or title is None:
        return _measure_of_title(title) if title else None
    measure = _measure_of_title(Title(_ABOUT.sub("", plain(title.text)), title.line, title.form))
    return measure if measure and (measure.known or _FIGURE_NAME.search(measure.name)) else None


def _family(every: Sequence[Statement], place: int, title: Title) -> list[Statement]:
    """The statements around a place that stand right under the same title."""
    first = place
    while first and every[first - 1].above and every[first - 1].above[-1] == title:
        first -= 1
    last = place
    while last + 1 < len(every) and every[last + 1].above and every[last + 1].above[-1] == title:
        last += 1
    return list(every[first : last + 1])


def _branch(statements: Statements, every: Sequence[Statement], place: int) -> Iterator[Fact]:
    """The form "If lag < 30 seconds:" with what to do then below it."""
    one = every[place]
    found = _BRANCH.match(one.label) if not unhelped_label(one) else None
    condition = condition_of(found["condition"]) if found else None
    if condition is None or "op" not in condition or condition["op"] == "fails":
        return
    condition["measure"] = _qualified(str(condition["measure"]), one)
    below: list[Statement] = []
    for other in every[place + 1 : place + 8]:
        if not other.above or other.above[-1].line != one.line:
            break
        if other.form in {Form.ITEM, Form.COMMENT}:
            below.append(other)
    action = ", ".join(other.text[:1].lower() + other.text[1:] for other in below)
    value = {**condition, "level": "branch", "action": action}
    yield statements.fact(FactType.THRESHOLD, one.line, value, end=below[-1].line if below else one.line)


def _qualified(measure: str, one: Statement) -> str:
    """A bare "lag" or "latency" is that of the nearest title that ends with the word ("Replication Lag")."""
    if " " in measure:
        return measure
    for title in reversed(one.above):
        words = plain(title.text).lower()
        if words.endswith(f" {measure}"):
            return known_measure(words) or words
    return measure


def _listed(statements: Statements, one: Statement) -> Iterator[Fact]:
    """An item in a list of expected results, symptoms, limits or metrics."""
    value = _looked(one) or _recent(one) or _limit(one)
    if value:
        yield statements.fact(FactType.THRESHOLD, one.line, value)


def _looked(one: Statement) -> dict[str, object] | None:
    """What the analysis of a cause looks at."""
    if not one.above or not _CAUSES.fullmatch(plain(one.above[-1].text)):
        return None
    looked = looked_at(one.text)
    return {"measure": looked, "level": "tracked"} if looked else None


def _recent(one: Statement) -> dict[str, object] | None:
    """The form "Review resolved alerts from past 24 hours"."""
    recent = _RECENT.match(one.text) if _DIGIT.search(one.text) else None
    span = find_length(recent["span"]) if recent else None
    return (
        {"measure": recent["what"].lower(), "level": "tracked", "window": span} if recent and span else None
    )


def _limit(one: Statement) -> dict[str, object] | None:
    """A figure with the level that its list or its own words give it; a bare name in a list of metrics."""
    level = _level_of_list(one)
    if level is None and not _CHECKED.match(one.text):
        return None
    value = _figure(one)
    if value:
        return {"level": "normal" if level is None else level, **value}
    return tracked_of(one) if level == "" else None


def _figure(one: Statement) -> dict[str, object] | None:
    """The condition that an item states, with the level that an arrow at its end leads to."""
    text, level = with_level(one.text)
    condition = None
    if one.label and one.rest and one.mark == ":":
        named = measure_of(one.label)
        condition = condition_of(with_level(one.rest)[0], named.name) if named else None
    condition = condition or condition_of(text)
    if not condition or condition.get("op") == "fails" or condition["measure"] in _OBJECTIVES:
        return None
    condition["measure"] = _qualified(str(condition["measure"]), one)
    return {**condition, "level": level} if level else condition


def _level_of_list(one: Statement) -> str | None:
    """The level that a list's title gives: normal, symptom, "" for metrics and limits; None where it gives none."""
    return _level_of_title(one.above[-1].text) if one.above else None


@lru_cache(maxsize=4096)
def _level_of_title(title: str) -> str | None:
    words = re.sub(r"\s*\([^()]*\)$", "", plain(title))
    if _NORMAL.fullmatch(words):
        return "normal"
    if _SYMPTOMS.fullmatch(words):
        return "symptom"
    level = level_of(words)
    if level in {"warning", "critical"} and re.search(
        r"threshold|limit|schwell|umbral", words, re.IGNORECASE
    ):
        return level
    return "" if _LIMITS.search(words) else None
