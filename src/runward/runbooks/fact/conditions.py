"""Read a condition on a figure: "p95 > 200ms for 10 minutes", "Drop > 30%", "< 20% free", "Health check fails"."""

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from runward.runbooks.expectation.claims import ABOVE, AT_LEAST, AT_MOST, BELOW
from runward.runbooks.fact.failing import failing_of
from runward.runbooks.fact.lengths import LENGTH, length_from
from runward.runbooks.fact.measures import Measure, known_measure, measure_of, stat_of
from runward.runbooks.fact.quantities import NUMBER, QUANTITY, Quantity, number_of, quantity_of, unit_named

Value = dict[str, object]

_RISES = r"rises? above|goes above|grows? (?:above|beyond)|crosses|reaches|steigt über|überschreitet|supera(?:n)?|excede(?:n)?|por encima de|beyond"
_SINKS = r"drops? below|falls? below|goes below|fällt unter|sinkt unter|unterschreitet|por debajo de|baja de|cae por debajo de"
_LONGEST = 400  # what is longer is no condition, and patterns would take their time over it
_OPERATORS: tuple[tuple[str, str], ...] = (
    (">=", rf">=|≥|=>|{AT_LEAST}|reaches"),
    ("<=", rf"<=|≤|=<|{AT_MOST}"),
    ("=", r"==?(?!=)|drops? to|falls? to|equals?(?: to)?|is exactly|exactly"),
    (">", rf">|{_RISES}|{ABOVE}"),
    ("<", rf"<|{_SINKS}|{BELOW}"),
)
_COMPARED = tuple(
    (operator, re.compile(rf"(?<![\w<>=!-])(?:{words})\s*(?:~\s*)?{QUANTITY}", re.IGNORECASE))
    for operator, words in _OPERATORS
)
_SIGN = re.compile(
    rf"[<>≥≤=]|\b(?:between|zwischen|entre)\s+\d|\d\s*(?:-|–|to|bis|a)\s*\d|\b(?:{ABOVE}|{BELOW}|{AT_LEAST}|{AT_MOST}|{_RISES}|{_SINKS}|drops? to|falls? to)\b",
    re.IGNORECASE,
)
_RANGE = re.compile(
    rf"(?<![\w.,:/-])(?:between |zwischen |entre )?(?P<low>{NUMBER})\s?(?P<unit1>%|ms|s|m|h|[GMK]i?B)?\s?(?:-|–|—|\bto\b|\band\b|\bbis\b|\bund\b|\ba\b|\by\b)\s?(?P<high>{NUMBER})\s?(?P<unit>%|percent|prozent|ms|milliseconds|s|seconds?|sekunden|segundos|minutes?|minuten|minutos|[GMK]i?B)(?![\w/-])",
    re.IGNORECASE,
)
_MORE = r"(?:more than |at least |longer than |over |mehr als |länger als |mindestens |más de |al menos |[>≥]=?\s*)?"
_FOR = re.compile(
    rf"[,(]?\s*\b(?:for|sustained(?: for)?|lasting|over a period of|während|für|durante|por|seit)\s+(?:the (?:last|past) |a |an )?{_MORE}{LENGTH}(?:\s+(?:straight|or more|oder mehr|o más))?\)?",
    re.IGNORECASE,
)
_WITHIN = re.compile(
    rf"[,(]?\s*\b(?:within|in|over|during|innerhalb von|in den letzten|über|en|in the last|over the last)\s+(?:the |any |a |an )?(?:last |past |letzten |últimos )?{LENGTH}(?:\s+(?:window|period|zeitfenster))?\)?",
    re.IGNORECASE,
)
_SLASHED = re.compile(rf"/\s?{LENGTH}", re.IGNORECASE)
_DROP = re.compile(r"\b(?:drop(?:s|ped)?|decreas(?:e|es|ed|ing)|decline[sd]?|abfall|rückgang|caída|descenso)\b(?:\s+(?:of|in|by|von|um|de))?", re.IGNORECASE)  # fmt: skip
_SPIKE = re.compile(r"\b(?:unexpected |sudden |unusual |unerwarteter |plötzlicher )?(?:spikes?|increases?|surges?|jumps?|anstieg|aumento|pico)\b(?:\s+(?:of|in|by|um|de))?", re.IGNORECASE)  # fmt: skip
_SUSTAINED = re.compile(r"\b(?:sustained|consistently|continuously|anhaltend|dauerhaft|sostenido)\b", re.IGNORECASE)  # fmt: skip
_FREE = re.compile(r"^(?:free|available|remaining|left|frei|verfügbar|libres?|disponibles?)(?:\s+(?:space|disk|disk space))?$", re.IGNORECASE)  # fmt: skip
_FREE_WHERE = re.compile(r"^(?:free|available|remaining|frei|verfügbar|libres?|disponibles?)(?: (?:space|disk|disk space))?\s+(?P<where>(?:on|in|at|for|auf|en)\b.+)$", re.IGNORECASE)  # fmt: skip
_USED = re.compile(r"^(?:used|full|utili[sz]ed|utili[sz]ation|usage|in use|busy|belegt|genutzt|ausgelastet|usado|lleno|de uso)$", re.IGNORECASE)  # fmt: skip
_EXPIRY = re.compile(r"^(?:until|to|before|till|bis|vor|antes de|para)?\s*(?:expiry|expiration|expires|ablauf|expirar|(?:la )?expiración)$", re.IGNORECASE)  # fmt: skip
_STATUS = re.compile(r"^\(?([45]xx)\)?(?:\s+(?:errors?|responses?|rate|status codes?))*$", re.IGNORECASE)
_HTTP = re.compile(
    r"^(?P<measure>.+?)\s+(?:all )?(?:returns?|responds? with|answers?|liefern|antwortet mit|devuelven?)\s+(?:http )?(?P<code>[1-5]\d\d)(?:\s+ok)?$",
    re.IGNORECASE,
)
_RATIO = re.compile(r"\s?:\s?\d")  # "5:1" is no figure of its own
_OBSERVED = re.compile(
    r"\((?:currently|now|derzeit|aktuell|actualmente|ahora)\b", re.IGNORECASE
)  # a message that was sent
# What follows a figure in brackets and says nothing of where it is taken: what to do then, how full it is.
_DUE = re.compile(r"\W*(?:within|innerhalb|binnen|dentro)\b", re.IGNORECASE)
_TIME = re.compile(r"time|latency|lag|delay|duration|age|lateness|startup|recovery|zeit|dauer|latenz|tiempo|latencia|retraso|duración", re.IGNORECASE)  # fmt: skip
_LASTING = re.compile(rf"[,(]?\s*(?<![\w.]){LENGTH}[- ](?:sustained|anhaltend|sostenido)\)?", re.IGNORECASE)
_DOWN_FOR = re.compile(rf"(?P<what>[\w -]{{2,40}}?)\s+(?:is |are |ist |está )?(?:down|unavailable|unreachable|offline|not responding|nicht erreichbar|ausgefallen|caíd[oa])\s*(?:>=?|≥|for(?: more than| over)?|longer than|länger als|seit|durante|más de)\s*{LENGTH}", re.IGNORECASE)  # fmt: skip
_ASIDE = re.compile(r"(?:/|roll(?:ing)?[ -]?back|investigate|indicat\w+|acceptable|immediate(?:ly)?|(?:page|alert|ok(?:ay)?|good|bad|poor|excellent|warning|critical)$|requiere|revertir|investigar|zurückrollen|untersuchen)(?!\w)", re.IGNORECASE)  # fmt: skip
_OPENED = re.compile(r"\s*\([^()]*$")  # a bracket whose end was taken with the figure's
_OTHERWISE = re.compile(r"(?:^|\s)(?:or|oder)\s+(?!more\b|higher\b|above\b|less\b|lower\b|mehr\b|weniger\b)", re.IGNORECASE)  # fmt: skip
_NONE = re.compile(r"^(?:verify |confirm |ensure |check )?(?:that )?(?:there are )?(?:no|zero|keine|sin|ningún|ninguna)\s+(?P<measure>(?:\w+ )?(?:critical |firing |pending |active |open )*(?:alerts?|alarms?|alertas?|deadlocks?|errors?|incidents?|alarme))$", re.IGNORECASE)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Figure:
    """A comparison found in a text, and where."""

    operator: str
    value: object
    unit: str
    per: str
    start: int
    end: int


@lru_cache(maxsize=8192)
def _condition(text: str, known: str) -> tuple[tuple[str, object], ...] | None:
    words = " ".join(text.replace("`", "").replace("“", '"').split()).strip(" .;,")
    status = _HTTP.match(words)
    if status and (measure := measure_of(status["measure"])):
        return _items(
            {"measure": measure.name, "op": "=", "value": int(status["code"]), "unit": "http status"}
        )
    none = _NONE.match(words)
    if none:
        return _items({"measure": none["measure"].lower(), "op": "=", "value": 0, "unit": "count"})
    down = _DOWN_FOR.fullmatch(words)
    if down and (measure := measure_of(down["what"])):
        length = length_from(down["count"], down["unit"])
        return _items({"measure": measure.name, "op": "fails", "for": length})
    if _SIGN.search(words):
        return _compared(words, known)
    return failing_of(words, known)


def condition_of(text: str, known: str = "") -> Value | None:
    """What a text demands of a figure; `known` is the measure where the text names none. None if not understood."""
    found = _condition(text, known) if len(text) <= _LONGEST else None
    return dict(found) if found else None


def _items(value: Value) -> tuple[tuple[str, object], ...]:
    return tuple((key, one) for key, one in value.items() if one not in ("", None))


def _compared(words: str, known: str) -> tuple[tuple[str, object], ...] | None:
    stat, words = stat_of(words)
    lasting, words = _taken(_FOR, words)
    if not lasting:
        lasting, words = _taken(_LASTING, words)
    within, words = _taken(_SLASHED, words)
    figures = _figures(words)
    if len(figures) > 1:
        within_too, shorter = _taken(_WITHIN, words)
        if within_too:
            within, words, figures = within_too, shorter, _figures(shorter)
    elif not within:
        found = _WITHIN.search(words)
        if found and figures and (found.start() >= figures[0].end or found.end() <= figures[0].start):
            within, words = _taken(_WITHIN, words)
            figures = _figures(words)
    if len(figures) != 1:
        return None
    return _said(words, figures[0], known, {"stat": stat, "for": lasting, "within": within})


def _taken(pattern: re.Pattern[str], words: str) -> tuple[str, str]:
    """The length that the pattern finds, and the words without it; "" and the words where it finds none."""
    found = pattern.search(words)
    if not found:
        return "", words
    kept = f"{words[: found.start()]} {words[found.end() :]}"
    return length_from(found["count"], found["unit"]), " ".join(kept.split())


def _figures(words: str) -> list[_Figure]:
    """Every comparison in the words, in their order; one that another holds already does not count twice."""
    found = [_range(one) for one in _RANGE.finditer(words)]
    for operator, pattern in _COMPARED:
        for one in pattern.finditer(words):
            quantity = quantity_of(one)
            if not any(one.start() < other.end and other.start < one.end() for other in found):
                found.append(_figure(operator, quantity, one))
    return sorted(found, key=lambda figure: figure.start)


def _range(one: re.Match[str]) -> _Figure:
    value = {"min": number_of(one["low"]), "max": number_of(one["high"])}
    return _Figure("", value, unit_named(one["unit"]), "", one.start(), one.end())


def _figure(operator: str, quantity: Quantity | None, one: re.Match[str]) -> _Figure:
    if quantity is None:
        return _Figure(operator, None, "", "", one.start(), one.end())
    return _Figure(operator, quantity.value, quantity.unit, quantity.per, one.start(), one.end())


def _said(words: str, figure: _Figure, known: str, more: Value) -> tuple[tuple[str, object], ...] | None:
    """The condition, once the words before and after the figure are understood too."""
    if figure.value is None or _RATIO.match(words[figure.end :]) or _OBSERVED.search(words):
        return None
    before = words[: figure.start].strip(" :,;.-–—([")
    after = words[figure.end :].strip(" :,;.-–—)]\"'”")
    change = "drop" if _DROP.search(before) and figure.unit in {"%", "x normal", "x"} else ""
    if change:
        before = _DROP.sub("", before)
    before = _SUSTAINED.sub("", _SPIKE.sub("", before) if "normal" in figure.unit else before).strip(" (-,")
    named = measure_of(before) if before else None
    if before and not named:
        return None
    measure = named or _behind(after, known) or (Measure(known, known=True) if known else None)
    status = _STATUS.match(before)
    if _DUE.match(words[figure.start : figure.end]) and not _may_be_due(measure):
        return None
    measure, of, where = _qualified(measure, after, figure)
    where = "" if _ASIDE.match(where) else _OPENED.sub("", where)
    if _OTHERWISE.search(where):
        return None  # "> 3 seconds or an error" are two conditions
    of = of or (status[1].lower() if status else "")
    if not measure:
        return None
    return _items(
        {
            "measure": measure.name,
            "stat": more["stat"] or measure.stat,
            "change": change,
            "of": of,
            "op": figure.operator,
            "value": figure.value,
            "unit": figure.unit,
            "per": figure.per,
            "where": where,
            "for": more["for"],
            "within": more["within"],
        }
    )


def _may_be_due(measure: Measure | None) -> bool:
    """Whether "within 2 s" limits it: a time that is measured, and no deed that is due ("report sent within 2 days")."""
    return measure is not None and (measure.known or bool(_TIME.search(measure.name)))


def _behind(after: str, known: str) -> Measure | None:
    """The usual measure named after the figure ("5-10 % error rate"), where the title above names none of those."""
    named = measure_of(after) if known and after and not known_measure(known) else None
    return named if named and named.known else None


def _qualified(measure: Measure | None, after: str, figure: _Figure) -> tuple[Measure | None, str, str]:
    """The measure, what it is a part of and where it is taken, by the words after the figure."""
    after = after.strip(" ()")
    if not after or _USED.match(after):
        return measure, "", ""
    status = _STATUS.match(after)
    if status:
        return measure or Measure("error rate", known=True), status[1].lower(), ""
    if _EXPIRY.match(after):
        return (
            Measure("certificate validity left", known=True)
            if not measure or "certificate" in measure.name
            else measure,
            "",
            "",
        )
    free = _FREE.match(after) or _FREE_WHERE.match(after)
    if free:
        return (_free(measure) if measure else None), "", (free.groupdict().get("where") or "").strip()
    if measure is None:
        return measure_of(after), "", ""
    named = measure_of(after)
    if named and named.name in measure.name:
        return measure, "", ""
    if (
        figure.unit == "count"
        and named
        and len(named.name.split()) <= 2
        and not re.match(r"(?:on|in|of|at|for|per)\b", after)
    ):
        return measure, "", ""  # "queue depth > 1000 messages": what is counted
    return measure, "", after


def _free(measure: Measure) -> Measure:
    subject = re.sub(r"\s+(?:usage|utilization|free|validity left)$", "", measure.name)
    if subject == "certificate":
        return measure
    return replace(measure, name=f"{subject} free")
