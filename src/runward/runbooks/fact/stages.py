"""Read the stages an incident goes through: drawn boxes, numbered lists, headings with their windows."""

import re
from collections.abc import Sequence
from functools import lru_cache

from runward.runbooks.fact.deadlines import answer_time_of, deadline_of, window_of
from runward.runbooks.fact.model import Form, Words
from runward.runbooks.fact.outline import Group, Outline, Said
from runward.runbooks.model import FactType
from runward.runbooks.procedure.titles import plain

_PROCESS = re.compile(
    r"\b(?:incident|störungs?|vorfall\w*|incidentes?)\b.*\b(?:process|life-?cycle|workflow|flow|stages?|phases?|response|management|timeline|prozess|ablauf|phasen|proceso|fases|ciclo)\b"
    r"|\b(?:response|incident) (?:process|workflow|phases|stages|lifecycle)\b|störungs(?:prozess|ablauf)|proceso de (?:respuesta|incidentes)",
    re.IGNORECASE,
)
_NARROW = re.compile(
    r"\b(?:process|life-?cycle|workflow|flow|stages?|phases?|prozess|ablauf|phasen|proceso|fases|ciclo)\b|prozess$|ablauf$",
    re.IGNORECASE,
)
_REVIEW = re.compile(r"\b(?:review|communication|escalation|commands?|template)\b", re.IGNORECASE)
_WINDOW = re.compile(r"\s*\((?P<window>[^()]*)\)\s*$")
_NUMBERED = re.compile(
    r"\s*(?:(?:phase|stage|step|schritt|fase|paso)\s*)?(?P<number>\d{1,2})\s*[.:)–-]\s*(?P<name>\D.*)",
    re.IGNORECASE,
)
_LONGEST = 40


@lru_cache(maxsize=4096)
def _is_process(title: str) -> bool:
    return bool(_PROCESS.search(title)) and not _REVIEW.search(title)


def stages(outline: Outline) -> Said:
    """The stages of an incident, in their order."""
    for group in outline.groups:
        if _is_process(group.name):
            yield from _boxes(group, outline)
            if _NARROW.search(group.name):
                yield from _items(group, outline)
                yield from _headings(group, outline)


def _boxes(group: Group, outline: Outline) -> Said:
    boxes = [one for one in group.said if one.form is Form.BOX]
    if len(boxes) < 2:
        return
    for number, box in enumerate(boxes, 1):
        beside = [one.text for one in box.words if not one.inside]
        within = next((length for text in beside if (length := deadline_of(text))), "")
        value = {"stage": number, "name": box.text, "within": within, "tasks": _tasks(box.words)}
        yield outline.fact(FactType.STAGE, box.line, value, (box.line, box.end))


def _tasks(words: Sequence[Words]) -> list[str]:
    """What is done in a box: beside its name, then inside it, then beside the rest, each once."""
    title = next((one for one in words if one.inside), words[0])
    rest = [one for one in words if one is not title]
    ordered = (
        [one for one in rest if not one.inside and one.line == title.line]
        + [one for one in rest if one.inside]
        + [one for one in rest if not one.inside and one.line != title.line]
    )
    tasks = [text for one in ordered if (text := one.text.lstrip("-*• ").strip()) and not deadline_of(text)]
    return [
        task
        for number, task in enumerate(tasks)
        if task not in tasks[:number]
        and not any(other != task and other.startswith(f"{task} ") for other in tasks)
    ]


def _items(group: Group, outline: Outline) -> Said:
    """A numbered list of which every item has a short name: "1. **Detection** - Alert triggered"."""
    found = [one for one in group.items() if one.number]
    if len(found) < 3 or not all(one.label and one.rest and len(one.label) <= _LONGEST for one in found):
        return
    for number, one in enumerate(found, 1):
        name, window = _named(one.label)
        value = {"stage": number, "name": name, **window}
        within = deadline_of(one.rest) if not window else ""
        value |= {"within": within, "what": one.rest.rstrip(".")}
        yield outline.fact(FactType.STAGE, one.line, value)


def _headings(group: Group, outline: Outline) -> Said:
    """Numbered headings below, each with its window: "1. Triage (0-15 minutes)"."""
    found = [
        (part, number)
        for part in group.parts
        if (number := _NUMBERED.fullmatch(part.title.text)) and part.opening
    ]
    timed = [(part, number, _named(number["name"])) for part, number in found]
    if len(found) < 2 or not any(window for _, _, (_, window) in timed):
        return
    for part, number, (name, window) in timed:
        value = {"stage": int(number["number"]), "name": name, **window}
        yield outline.fact(FactType.STAGE, part.title.line, value)


def _named(text: str) -> tuple[str, dict[str, str]]:
    """The name of a stage, and the window or deadline in the brackets behind it."""
    aside = _WINDOW.search(text)
    if not aside:
        return plain(text), {}
    window, within = (
        window_of(aside["window"]),
        deadline_of(aside["window"]) or answer_time_of(aside["window"]),
    )
    name = plain(text[: aside.start()])
    if window:
        return name, {"from": window.start, **({"to": window.to} if window.to else {})}
    if within:
        return name, {"within": within}
    return (
        name
        if re.fullmatch("varies|variable|ongoing|throughout.*", aside["window"], re.IGNORECASE)
        else plain(text)
    ), {}
