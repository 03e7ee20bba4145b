"""Read how many of a thing there are, and when more are wanted: "Backend: 3-10 pods", "CPU > 70 % → Scale up"."""

import re
from collections.abc import Iterator
from functools import lru_cache

from runward.runbooks.fact.conditions import condition_of
from runward.runbooks.fact.model import Form, Statement, Statements, Title
from runward.runbooks.fact.quantities import number_of
from runward.runbooks.model import Fact, FactType, Notice
from runward.runbooks.procedure.titles import plain

_THINGS = r"pods?|replicas?|instances?|nodes?|brokers?|partitions?|workers?|servers?|shards?|containers?|vms?|hosts?|machines?|tasks?|instanzen|knoten|server|replikate|instancias?|nodos?|réplicas?|servidores"
_CAPACITY = re.compile(
    r"\b(?:current (?:capacity|scale|sizing)|capacity|scaling limits|replica counts?|sizing|kapazität|dimensionierung|capacidad(?: actual)?)\b",
    re.IGNORECASE,
)
_PLANNED = re.compile(r"\b(?:planning|plan|review|planung|planificación|management)\b", re.IGNORECASE)
_COUNT = re.compile(
    rf"^(?P<low>\d+)(?:\s*(?:-|–|to|bis|a)\s*(?P<high>\d+))?\s+(?P<noun>{_THINGS})\b\s*(?:\((?P<aside>[^()]*)\))?$",
    re.IGNORECASE,
)
_VIA = re.compile(r"^(?:via|by|through|mit|über|con)\s+(?P<via>[\w -]+)$", re.IGNORECASE)
_SCALES = re.compile(
    r"\b(?P<how>vertical|horizontal|vertikal|vertical|horizontal)(?:ly|mente)?\b", re.IGNORECASE
)
_WHEN = re.compile(
    r"(?:when to scale(?: (?:up|out|down|in))?|scal(?:e|ing) (?:triggers?|thresholds?|rules?|conditions?|when|policy|policies|up when|out when)|auto-?scaling(?: (?:rules|triggers|policy))?|wann (?:wird )?skalier(?:t|en)|skalierungsregeln|cuándo escalar|reglas de escalado)",
    re.IGNORECASE,
)
_DONE = re.compile(r"^(?P<when>.+?)\s*(?:→|->|=>|⇒|:)\s*(?P<do>(?:scale|add|remove|increase|reduce|upgrade|resize|skalier|hoch|runter|escalar|añadir|aumentar)\w*\b.*)$", re.IGNORECASE)  # fmt: skip
_DIRECTION = re.compile(r"\bscale (?P<way>up|out|down|in)\b", re.IGNORECASE)
_LEAST = re.compile(
    r"^(?:at least|a minimum of|minimum(?: of)?|mindestens|al menos|mínimo(?: de)?)\s+(?P<count>\d+)\s+(?P<noun>(?:people|persons?|engineers?|operators?|replicas?|nodes?|instances?|pods?|workers?|brokers?|servers?|personen|ingenieros?|réplicas?|nodos?)\b[\w -]{0,40})$",
    re.IGNORECASE,
)
_REPLICAS = frozenset({"replicas", "Replicas", "REPLICAS"})
_DIGIT = re.compile(r"\d")
_MANIFEST = re.compile(r"^#?\s*metadata:\s*\n#?\s+name:\s*[\"']?([\w-]+)", re.MULTILINE)
_NOTHING = frozenset({"deploy", "spec", "services", "template", "deployment", "metadata", "replicas", "kind", "resources"})  # fmt: skip


def capacity_of(statements: Statements) -> Iterator[Fact | Notice]:
    """The sizes and the rules for changing them that prose, lists and comments state."""
    for one in statements.words:
        if one.form in {Form.CODE, Form.BOX, Form.HEADING} or len(one.text) > 200:
            continue
        if one.label in _REPLICAS and one.rest.isdigit():
            yield from _replicas(statements, one)
        elif one.form is Form.ITEM and one.above:
            yield from _item(statements, one, one.above[-1])


def _item(statements: Statements, one: Statement, title: Title) -> Iterator[Fact | Notice]:
    sort = _sort_of(title.text)
    if sort == "rules":
        yield from _rule(statements, one, title)
    elif sort == "sizes" and one.label and one.rest:
        yield from _counted(statements, one)
    else:
        least = _LEAST.match(one.text) if _DIGIT.search(one.text) else None
        if least:
            value = {"resource": least["noun"].strip(), "min": int(least["count"])}
            yield statements.fact(FactType.CAPACITY, one.line, value)


@lru_cache(maxsize=2048)
def _sort_of(title: str) -> str:
    """What a list under this title gives: "rules" for scaling, "sizes", or "" for anything else."""
    words = re.sub(r"\s*\([^()]*\)", "", plain(title))
    if _WHEN.fullmatch(words):
        return "rules"
    return "sizes" if _CAPACITY.search(words) and not _PLANNED.search(words) else ""


def _rule(statements: Statements, one: Statement, title: Title) -> Iterator[Fact | Notice]:
    """The form "CPU > 70% for 5 minutes → Scale up"."""
    found = _DONE.match(one.text)
    way = _DIRECTION.search(title.text)
    when, do = (
        (found["when"], found["do"].lower())
        if found
        else (one.text, f"scale {way['way'].lower()}" if way else "")
    )
    condition = condition_of(when)
    if condition and "op" in condition:
        value = {"when": condition, "do": do.rstrip(".")}
        yield statements.fact(FactType.CAPACITY, one.line, value, start=title.line)
    elif any(letter.isdigit() for letter in when):
        yield Notice(one.line, f"when to scale could not be read from “{one.text}”")


def _counted(statements: Statements, one: Statement) -> Iterator[Fact]:
    """The form "Kafka: 3 brokers, 6 partitions"."""
    name = one.label.strip()
    counts = [_COUNT.match(part.strip()) for part in re.split(r",\s+(?![^(]*\))", one.rest)]
    if not all(counts) or len(name.split()) > 4:
        return
    for found in counts:
        if not found:
            continue
        low = int(number_of(found["low"]))
        noun = found["noun"].lower()
        noun = noun if noun.endswith(("s", "n", "r")) else f"{noun}s"
        sized: dict[str, object] = (
            {"min": low, "max": int(number_of(found["high"]))} if found["high"] else {"count": low}
        )
        aside = (found["aside"] or "").strip()
        via, scales = _VIA.match(aside), _SCALES.search(aside)
        value = {
            "resource": f"{name} {noun}",
            **sized,
            "via": via["via"] if via else "",
            "scale": scales["how"].lower() if scales else "",
        }
        yield statements.fact(FactType.CAPACITY, one.line, value)


def _replicas(statements: Statements, one: Statement) -> Iterator[Fact]:
    """`replicas: 4` under the service's key, or in a manifest that names what it deploys."""
    if one.form not in {Form.ENTRY, Form.COMMENT} or one.block is None:
        return
    parents = [
        title.text for title in one.above if title.form is one.form and title.text.lower() not in _NOTHING
    ]
    before = "\n".join(one.block.text.split("\n")[: one.line - one.block.first_line])
    named = _MANIFEST.findall(before)  # of several manifests in one block the nearest
    name = named[-1] if named else parents[-1] if parents else ""
    if name and int(one.rest) and re.fullmatch(r"[\w-]+", name):
        value = {"resource": f"{name} instances", "count": int(one.rest)}
        stated = {"stated": "code"} if one.form is Form.ENTRY else {}
        yield statements.fact(FactType.CAPACITY, one.line, {**value, **stated})
