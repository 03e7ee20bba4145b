"""Read what a document says about a procedure as a whole: owner, duration, conditions, what to do afterwards."""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from runward.runbooks.model import Node, NodeKind
from runward.runbooks.procedure.cautions import is_warning, text_of, warns
from runward.runbooks.procedure.procedures import Found
from runward.runbooks.procedure.sections import Field, Section
from runward.runbooks.procedure.titles import Role, means_trouble, plain

_NAMES: dict[str, str] = {
    "owner": r"owners?|owned by|owning team|team|responsible|zuständig(?:keit)?|verantwortlich(?:er|e)?|responsable|propriétaire|maintainers?",
    "duration": r"(?:estimated |expected |typical )?(?:duration|time|time to complete)|eta|time required|dauer|duración|tiempo estimado|durée",
    "downtime": r"(?:expected |estimated )?downtime|ausfallzeit|tiempo de inactividad",
    "frequency": r"frequency|schedule|cadence|häufigkeit|frecuencia|fréquence",
    "severity": r"severity|priority|prioridad|gravedad|severidad|schweregrad|priorität|gravité|priorité",
}
_SEVERITY = re.compile(r"\b(?:P[0-5]|SEV-?\s?[0-5])\b", re.IGNORECASE)


def has_trouble_parts(found: Found) -> bool:
    """Whether its parts are those of an answer to trouble, as alerts' runbooks have them."""
    return any(means_trouble(part.title) for part in found.parts)


@cache
def _names(name: str) -> re.Pattern[str]:
    return re.compile(_NAMES[name], re.IGNORECASE)


def stated(found: Found, name: str) -> str:
    """The value the document gives for "owner", "duration", "downtime", "frequency" or "severity"; "" if none."""
    pattern = _names(name)
    for section in (found.section, *found.parts):
        for one in section.fields:
            if pattern.fullmatch(plain(one.name)):
                return one.value.replace("`", "").replace("**", "").strip()
        for section_of in (section, *section.sections):
            if pattern.fullmatch(plain(section_of.title)):
                return " ".join(_texts(section_of))
    return ""


def severity_of(found: Found) -> str:
    """The severity that a field states, or that the titles carry: "PodCrashLooping (P1)"."""
    given = stated(found, "severity")
    if given:
        return given
    for title in reversed(found.path):
        mark = _SEVERITY.search(title)
        if mark:
            return mark[0].upper()
    return ""


def texts_for(found: Found, role: Role) -> tuple[str, ...]:
    """What the sections and fields of this role say, one text per item."""
    fields = [one.value for one in _fields(found, role)]
    sections = [text for section in _sections(found, role) for text in _texts(section)]
    return tuple(fields + sections)


def conditions_of(found: Found) -> tuple[str, ...]:
    """Symptoms, triggers and alerts; a field that lists several is taken apart at its commas."""
    fields: list[str] = []
    for one in _fields(found, Role.CONDITION):
        several = re.match(r"symptom|anzeichen|síntoma|signs", one.name, re.IGNORECASE)
        fields += (
            [part.strip() for part in re.split(r",\s+(?![^(]*\))", one.value)] if several else [one.value]
        )
    return (*fields, *(text for section in _sections(found, Role.CONDITION) for text in _texts(section)))


def cautions_of(found: Found) -> tuple[str, ...]:
    """Warnings that stand before the first step and hold for the whole procedure."""
    said: list[str] = []
    for node in found.section.pieces:
        if node.kind in {NodeKind.FENCE, NodeKind.LIST}:
            break
        if is_warning(node) or (
            node.kind is NodeKind.PARAGRAPH and warns(node.text) and len(node.text) < 400
        ):
            said.append(text_of(node))
    return (*said, *texts_for(found, Role.CAUTION))


def prerequisites_of(found: Found) -> tuple[str, ...]:
    """What must be so before it starts, said in it or in a section beside it."""
    beside = (text for section in found.beside for text in _texts(section))
    return (*texts_for(found, Role.PREREQUISITE), *beside)


def _fields(found: Found, role: Role) -> Iterator[Field]:
    for section in (found.section, *found.parts):
        yield from (one for one in section.fields if one.role is role)


def _sections(found: Found, role: Role) -> Iterator[Section]:
    yield from _having(found.parts, role)


def _having(sections: Sequence[Section], role: Role) -> Iterator[Section]:
    for section in sections:
        if section.role is role:
            yield section
        else:
            yield from _having(section.sections, role)


def _texts(section: Section) -> Iterator[str]:
    for node in section.pieces:
        yield from _node_texts(node)
    for one in section.fields:
        yield f"{one.name}: {one.value}"
    for part in section.sections:
        yield from _texts(part)


def _node_texts(node: Node) -> Iterator[str]:
    if node.kind is NodeKind.LIST:
        yield from (text for child in node.children if (text := text_of(child)))
    elif node.kind in {NodeKind.PARAGRAPH, NodeKind.QUOTE, NodeKind.ITEM} and (text := text_of(node)):
        yield text
    elif node.kind is NodeKind.TABLE:
        yield from (": ".join(cell for cell in row if cell) for row in node.rows[1:])
