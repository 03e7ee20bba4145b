"""Severity labels that nobody explains, or that mean one thing here and another there."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from runward.runbooks.finding.model import Case, Found, Rule, Severity, Stated
from runward.runbooks.finding.places import lowered
from runward.runbooks.finding.stated import facts_of, level_of, levels_in, seconds_of, spoken, word_of
from runward.runbooks.model import Fact, FactType, Policy, Procedure, Purpose

_EXPLAINED_ELSEWHERE = re.compile(
    r"severit(?:y|ies) (?:levels?|definitions?|matrix|scheme|guide|policy|classification)|(?:priority|severity)[^.\n]{0,40}\]\(|incident (?:policy|classification)|schweregrade"
    r"|niveles de severidad|response time\b|respond within|acknowledge within|reaktionszeit|tiempo de respuesta|响应时间"
)
_TIMED = re.compile(
    r"\d\s*(?:m|min\w*|h|hours?|hrs?|days?|stunden?|minuten?|horas?|minutos?|分钟|小时|天|мин\w*|час\w*)\b|immediate|next business day|sofort|inmediat|立即|немедленно",
    re.IGNORECASE,
)
_RANKING = re.compile(r"\s+(?:alerts?|incidents?|issues?|severity|priority|events?)$")


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What a document says a level means."""

    level: str
    line: int
    name: str  # "critical", "" where it has none
    respond: str  # "15m", "" where it has none


def _unexplained(case: Case) -> Iterator[Found]:
    runbook = case.runbook
    used = [one for one in runbook.procedures if level_of(one.severity) and _answers_trouble(one)]
    if not used or "template" in runbook.title.lower() or _EXPLAINED_ELSEWHERE.search(lowered(runbook)):
        return
    explained = {level_of(word_of(fact, "level")) for fact in _explaining(case.policy)}
    named = (
        (level_of(line), line) for line in runbook.document.lines if any(digit in line for digit in "012345")
    )
    timed = {level for level, line in named if level and _TIMED.search(line)}
    levels = [level for level in levels_in([one.severity for one in used]) if level not in explained | timed]
    if levels:
        said = f"Nothing in this document says how fast {_listed(levels)} must be answered, or what makes trouble that severe."
        yield Found(_line_of(levels[0], case), said)


def _answers_trouble(procedure: Procedure) -> bool:
    """Whether it is something that happens; labels of tasks and of remarks are priorities of another sort."""
    return procedure.purpose in {Purpose.FIX, Purpose.RESTORE} or bool(procedure.conditions)


def _line_of(level: str, case: Case) -> int:
    """The line that names a level first: a fact's, or any."""
    facts = (
        fact.line
        for fact in facts_of(case.policy, FactType.SEVERITY)
        if level_of(word_of(fact, "level")) == level
    )
    lines = (number for number, line in enumerate(case.runbook.document.lines, 1) if level_of(line) == level)
    return next(facts, 0) or next(lines, 1)


def _explaining(policy: Policy) -> Iterator[Fact]:
    """The facts that tell what a level means, and not only that it is used."""
    for fact in facts_of(policy, FactType.SEVERITY, FactType.RESPONSE_TIME, FactType.ESCALATION):
        if fact.type is not FactType.SEVERITY or fact.value.get("definition") or fact.value.get("examples"):
            yield fact


def _contradicting(case: Case) -> Iterator[Found]:
    """One level with two answer times or two names within a document."""
    times: dict[str, _Meaning] = {}
    names: dict[str, _Meaning] = {}
    for meaning in _meanings(case.policy):
        known = times if meaning.respond else names
        before = known.setdefault(meaning.level, meaning) if meaning.respond or meaning.name else meaning
        if _differ(before, meaning):
            said = f"{meaning.level} is {_told(meaning)} here and {_told(before)} in line {before.line}."
            yield Found(meaning.line, said)


def _differing(stated: Sequence[Stated]) -> Iterator[tuple[str, Found]]:
    """Documents in which a level means something else than in most of the others."""
    meanings = {one.path: _by_level(one.policy) for one in stated}
    levels = sorted({level for found in meanings.values() for level in found})
    holding = {
        level: [(path, found[level]) for path, found in meanings.items() if level in found]
        for level in levels
    }
    agreeing = Counter(
        path
        for held in holding.values()
        for path, one in held
        for _, other in held
        if not _differ(one, other)
    )
    for held in holding.values():
        elsewhere, usual = max(
            held, key=lambda one: (_votes(one[1], held), bool(one[1].respond), agreeing[one[0]])
        )
        for path, meaning in held:
            if _differ(usual, meaning):
                said = f"{meaning.level} is {_told(meaning)} here and {_told(usual)} in {elsewhere} (line {usual.line})."
                yield path, Found(meaning.line, said)


def _votes(meaning: _Meaning, held: Sequence[tuple[str, _Meaning]]) -> int:
    """How many documents mean the same."""
    return sum(not _differ(meaning, other) for _, other in held)


def _by_level(policy: Policy) -> dict[str, _Meaning]:
    """The first meaning of each level, its name and its answer time taken together."""
    merged: dict[str, _Meaning] = {}
    for meaning in _meanings(policy):
        before = merged.get(meaning.level)
        if before is None:
            merged[meaning.level] = meaning
        else:
            merged[meaning.level] = _Meaning(
                meaning.level, before.line, before.name or meaning.name, before.respond or meaning.respond
            )
    return merged


def _meanings(policy: Policy) -> Iterator[_Meaning]:
    for fact in facts_of(policy, FactType.SEVERITY, FactType.RESPONSE_TIME):
        level = level_of(word_of(fact, "level"))
        if level:
            yield _Meaning(
                level, fact.line, _RANKING.sub("", word_of(fact, "name").lower()), word_of(fact, "respond")
            )


def _differ(one: _Meaning, other: _Meaning) -> bool:
    """Whether two meanings cannot both hold: other answer times, or other names."""
    if one.respond and other.respond:
        first, second = seconds_of(one.respond), seconds_of(other.respond)
        return first != second if first is not None and second is not None else one.respond != other.respond
    return bool(one.name and other.name and one.name != other.name)


def _told(meaning: _Meaning) -> str:
    name = f"“{meaning.name}”" if meaning.name else ""
    answer = f"answered within {spoken(meaning.respond)}" if seconds_of(meaning.respond) else meaning.respond
    return ", ".join(part for part in (name, answer) if part)


def _listed(levels: Sequence[str]) -> str:
    return " and ".join([", ".join(levels[:-1]), levels[-1]] if len(levels) > 1 else levels)


RULES = (
    Rule(
        id="severity-not-explained",
        severity=Severity.NOTE,
        title="Looks for severity labels such as P1 or SEV-2 in documents that never say what they mean.",
        why="P1 means fifteen minutes to one team and an hour to the next. Whoever is called at night has to guess which.",
        right="A table of the levels with what belongs to each, how fast it is answered and who is told; or a link to it.",
        bad="# Ferry\n\n## Engine stops\n\n**Severity**: P1\n\n**Symptoms**: no sound\n\n1. Call the tug\n2. Drop the anchor\n",
        good=(
            "# Ferry\n\n## Severity levels\n\n| Level | Description | Response time |\n|---|---|---|\n| P1 - Critical | The ferry cannot move | 10 minutes |\n| P2 - High | The ferry is late | 1 hour |\n\n"
            "## Engine stops\n\n**Severity**: P1\n\n**Symptoms**: no sound\n\n1. Call the tug\n2. Drop the anchor\n"
        ),
        look=_unexplained,
    ),
    Rule(
        id="severity-means-two-things",
        severity=Severity.WARNING,
        title="Looks for one severity label that stands for two answer times or two names, in one document or in several.",
        why="People who work with both documents answer too late in one, or wake somebody for nothing in the other.",
        right="One scheme for all documents, or labels that cannot be taken for each other.",
        bad=(
            "# Ferry\n\n## Severity levels\n\n| Level | Description | Response time |\n|---|---|---|\n| P1 - Critical | The ferry cannot move | 10 minutes |\n| P2 - High | The ferry is late | 1 hour |\n\n"
            "## Severity levels at night\n\n| Level | Description | Response time |\n|---|---|---|\n| P1 - Critical | The ferry cannot move | 1 hour |\n| P2 - High | The ferry is late | 4 hours |\n"
        ),
        good="# Ferry\n\n## Severity levels\n\n| Level | Description | Response time |\n|---|---|---|\n| P1 - Critical | The ferry cannot move | 10 minutes |\n| P2 - High | The ferry is late | 1 hour |\n",
        look=_contradicting,
        across=_differing,
    ),
)
