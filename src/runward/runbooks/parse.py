"""Turn a document and its blocks into procedures with their steps and all that is said about them."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath

from runward.runbooks.expectations import expectations_of
from runward.runbooks.model import Block, Document, NodeKind, Notice, Procedure, Step
from runward.runbooks.procedure.particulars import (
    cautions_of,
    conditions_of,
    has_trouble_parts,
    prerequisites_of,
    severity_of,
    stated,
    texts_for,
)
from runward.runbooks.procedure.procedures import Blocks, Found, answers_trouble, blocks_by_line, list_found
from runward.runbooks.procedure.purpose import purpose_of
from runward.runbooks.procedure.sections import Section, sections_of
from runward.runbooks.procedure.steps import steps_of
from runward.runbooks.procedure.titles import Role, slug_of
from runward.runbooks.procedure.worklist import RUNNABLE, fences_of

# Titles that say which part of something this is, not what it is.
_NAMELESS = frozenset(Role) - {Role.NAME, Role.BRANCH, Role.REFERENCE}
_TEMPLATED = re.compile(r"<%.*%>|\{\{.*\}\}|\{%.*%\}")


def procedures_of(document: Document, blocks: Sequence[Block]) -> tuple[Procedure, ...]:
    """The procedures of a document, in its order."""
    by_line = blocks_by_line(blocks)
    found = list_found(sections_of(document), by_line)
    ids = _ids([_heading(one, document) for one in found], found)
    procedures = (_procedure(one, ids[number], document, by_line) for number, one in enumerate(found))
    return tuple(one for one in procedures if one.steps)


def notices_of(
    document: Document, procedures: Sequence[Procedure], blocks: Sequence[Block]
) -> tuple[Notice, ...]:
    """What was read but not understood: commands that no procedure holds, headings without a step, names taken twice."""
    held = {number for one in procedures for number in one.blocks}
    loose = [
        Notice(block.line, f"block {block.number} holds commands but belongs to no procedure")
        for block in blocks
        if block.kind in RUNNABLE and block.form != "inline" and block.number not in held
    ]
    named: dict[str, int] = {}
    twice = [
        Notice(step.line, f"the step name “{step.id}” is already taken in line {first}; it must be unique")
        for one in procedures
        for step in one.steps
        if (first := named.setdefault(step.id, step.line)) != step.line
    ]
    starts = sorted(procedure.line for procedure in procedures)
    empty = [
        Notice(
            one.line,
            f"“{one.title}” is divided like an answer to trouble, but nothing in it could be read as a step",
        )
        for one in _answers_in(sections_of(document))
        if not any(line <= one.end for line in starts[bisect_left(starts, one.line) :][:1])
    ]
    return tuple(sorted((*loose, *empty, *twice), key=lambda notice: notice.line))


def _answers_in(section: Section) -> Iterator[Section]:
    if answers_trouble(section):
        yield section
    for part in section.sections:
        yield from _answers_in(part)


def _procedure(found: Found, name: str, document: Document, blocks: Blocks) -> Procedure:
    mine = _blocks_of(found, blocks)
    conditions = conditions_of(found)
    done = [block.risk for block in mine if block.kind in RUNNABLE]
    worst = max(done, key=lambda risk: risk.rank) if done else None
    heading = _heading(found, document)
    purpose, why = purpose_of(
        (title_of(document), *(found.path or (heading,))),
        has_symptoms=bool(conditions) or has_trouble_parts(found),
        risk=worst,
    )
    judged = expectations_of(found, steps_of(found, blocks, document.lines), blocks, document)
    steps = _named(judged.steps, document, name, {block.number: block for block in mine})
    return Procedure(
        id=name,
        heading=heading,
        line=found.section.line,
        end=_end(found, document),
        path=found.path,
        purpose=purpose,
        why=why,
        blocks=tuple(block.number for block in mine),
        steps=steps,
        conditions=conditions,
        expects=judged.expects,
        prerequisites=prerequisites_of(found),
        cautions=cautions_of(found),
        afterwards=texts_for(found, Role.AFTERWARDS),
        escalation=" ".join(texts_for(found, Role.ESCALATION)),
        severity=severity_of(found),
        **{field: stated(found, field) for field in ("owner", "duration", "downtime", "frequency")},
    )


def _blocks_of(found: Found, blocks: Blocks) -> list[Block]:
    fences = [*fences_of(found.section.pieces), *(one for part in found.parts for one in _fences_below(part))]
    return sorted(
        (blocks.fences[one.line] for one in fences if one.line in blocks.fences), key=lambda block: block.line
    )


def _fences_below(section: Section) -> list:  # type: ignore[type-arg]
    return [*fences_of(section.pieces), *(one for part in section.sections for one in _fences_below(part))]


def _heading(found: Found, document: Document) -> str:
    """The title; that of a label also names the heading it divides."""
    if found.section.is_label and len(found.path) > 1:
        return f"{found.path[-2]} / {found.section.title}"
    title = found.section.title
    if found.section.role in _NAMELESS and not found.section.is_label:
        above = found.path[-2] if len(found.path) > 1 else title_of(document)
        return f"{above} / {title}" if above != title else title
    if not title or _TEMPLATED.fullmatch(title.strip()):
        return title_of(document)
    return title


def title_of(document: Document) -> str:
    """What the document is called: in its front matter, in its first heading, or by its file's name."""
    given = document.front_matter.get("title")
    if isinstance(given, str) and given.strip():
        return given.strip()
    titles = (node.text for node in document.nodes if node.kind is NodeKind.HEADING)
    first = next((title for title in titles if not _TEMPLATED.search(title)), "")
    return first or PurePath(document.path).stem


def _ids(headings: Sequence[str], found: Sequence[Found]) -> list[str]:
    """Slugs of the headings; where two are alike, the title above goes before, then a number after."""
    slugs = [slug_of(heading) for heading in headings]
    counts = Counter(slugs)
    for number, slug in enumerate(slugs):
        if counts[slug] > 1 and len(found[number].path) > 1:
            slugs[number] = slug_of(" ".join((*found[number].path[-2:-1], headings[number])))
    seen: dict[str, int] = {}
    unique: list[str] = []
    for slug in slugs:
        seen[slug] = seen.get(slug, 0) + 1
        unique.append(slug if seen[slug] == 1 else f"{slug}-{seen[slug]}")
    return unique


def _named(
    steps: Sequence[Step], document: Document, procedure: str, blocks: Mapping[int, Block]
) -> tuple[Step, ...]:
    """The steps with their ids: the name their fence gives, else the procedure and their place in it."""
    named = []
    for step in steps:
        block = blocks.get(step.block or 0)
        given = block.attributes.get("name", "") if block else ""
        named.append(
            replace(
                step,
                id=given or f"{procedure}/{step.number}",
                end=_last_written(step.line, step.end, document),
            )
        )
    return tuple(named)


def _end(found: Found, document: Document) -> int:
    last = max(
        [
            found.section.end if not found.section.sections else found.section.line,
            *(part.end for part in found.parts),
        ]
    )
    last = max([last, *(node.end for node in found.section.pieces)])
    return _last_written(found.section.line, last, document)


def _last_written(first: int, last: int, document: Document) -> int:
    """The last line of a stretch that is not blank."""
    last = min(last, len(document.lines))
    while last > first and not document.lines[last - 1].strip():
        last -= 1
    return max(first, last)
