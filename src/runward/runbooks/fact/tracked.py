"""Read a metric that is only named, without a limit: "Response time (P50, P95, P99)", "Table/index bloat"."""

import re

from runward.runbooks.fact.measures import known_measure, measure_of
from runward.runbooks.fact.model import Statement
from runward.runbooks.fact.quantities import unit_named
from runward.runbooks.procedure.titles import plain

_WATCHED = re.compile(
    r"\b(?:(?:key |important |core )?metrics(?: to (?:monitor|watch|track))|what to (?:monitor|watch)|metrics (?:we|you should) (?:monitor|watch|track)|key metrics|zu überwachende metriken|wichtige (?:metriken|kennzahlen)|métricas (?:clave|a (?:vigilar|monitorizar)))\b",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"^(?P<name>[^()]+?)\s*\((?P<aside>[^()]*)\)$")
_SERIES = re.compile(r"^(?P<name>[a-z][a-z0-9]*(?:_[a-z0-9]+)+)(?:\{[^}]*\})?(?:\s*(?:[:–—-]|\().*)?$")
_SLASHED = re.compile(r"^(?P<one>\w+)/(?P<two>\w+)\s+(?P<noun>\w+)$")
_PAIR = re.compile(r"^(?P<one>.+?) (?:and|und|y) (?P<two>[\w -]+)$", re.IGNORECASE)
_STATS = re.compile(r"p\d{2,3}", re.IGNORECASE)
_STATUS = re.compile(r"[1-5]xx", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z][\w /-]{2,50}")
_IMPERATIVE = re.compile(
    r"^(?:check|review|verify|ensure|monitor|open|set|use|add|configure|track|watch|look|run|see|prüfen|revisar|compare|confirm|identify|count|calculate)\b",
    re.IGNORECASE,
)
_LOOKED = re.compile(
    r"^(?:check|monitor|inspect|prüfen|revisar)\s+(?:for\s+|the\s+)?(?P<what>(?:[\w/-]+ ){0,3}?(?:bandwidth|rate|cpu|i/o|usage|latency|throughput|lag|load|transactions|utilization)(?: on [\w ]{2,20})?)$",
    re.IGNORECASE,
)
_MOST_WORDS = 4


def tracked_of(one: Statement) -> dict[str, object] | None:
    """What an item of a list of metrics to watch names; None where the list is another or the item says more."""
    if not any(_WATCHED.search(plain(title.text)) for title in one.above) or one.number:
        return None
    series = _SERIES.match(one.text)
    if series:
        measure = measure_of(series["name"])
        return {"measure": measure.name, "metric": series["name"], "level": "tracked"} if measure else None
    if one.label:
        return None
    aside = _ASIDE.match(one.text)
    name = aside["name"] if aside else one.text
    if not _NAME.fullmatch(name) or len(name.split()) > _MOST_WORDS or _IMPERATIVE.match(name):
        return None
    named, others = _pair(name)
    value: dict[str, object] = {"measure": named, "and": others, "level": "tracked"}
    return {**value, **_more(aside["aside"])} if aside else value


def looked_at(text: str) -> str:
    """The metric that a cause analysis looks at ("Check WAL generation rate"), "" if it looks at something else."""
    found = _LOOKED.match(text)
    if not found:
        return ""
    what = found["what"].lower()
    return known_measure(what) or re.sub(r"/(?!o\b)", " and ", what)


def _pair(name: str) -> tuple[str, list[str]]:
    slashed = _SLASHED.match(name)
    if slashed:
        return _named(f"{slashed['one']} {slashed['noun']}"), [_named(f"{slashed['two']} {slashed['noun']}")]
    pair = _PAIR.match(name)
    if not pair:
        return _named(name), []
    shared = f"{pair['one'].split()[0]} {pair['two']}"
    return _named(pair["one"]), [known_measure(shared) or _named(pair["two"])]


def _named(words: str) -> str:
    measure = measure_of(words)
    return measure.name if measure else words.lower()


def _more(aside: str) -> dict[str, object]:
    """What stands in brackets behind a metric: percentiles, status classes, a unit."""
    stats = [found.lower() for found in _STATS.findall(aside)]
    status = [found.lower() for found in _STATUS.findall(aside)]
    unit = unit_named(aside)
    return {"stat": stats, "of": status, "unit": unit}
