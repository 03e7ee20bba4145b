"""Contacts that reach nobody."""

import re
from collections import defaultdict
from collections.abc import Iterator

from runward.runbooks.finding.around import block_at
from runward.runbooks.finding.model import Case, Found, Rule, Severity
from runward.runbooks.finding.phrases import named
from runward.runbooks.finding.places import found_at
from runward.runbooks.finding.stated import facts_of, word_of
from runward.runbooks.model import Fact, FactType, Kind, Runbook
from runward.runbooks.shell.options import words_of

_LEFT_OUT = re.compile(r"redacted|email.protected|geschwärzt", re.IGNORECASE)
_DATA = words_of(
    "json jsonc json5 javascript js typescript ts jsx tsx python py go java ruby php rust csharp c graphql sql http xml html csv hcl proto"
)
_REACHES = re.compile(
    r"phone|mobile|mail|name|contact|channel|slack|teams|pager|opsgenie|number|link|url|address|support|person|manager|engineer|lead|team|handle|@|#|\d|x{3}"
    r"|telefon|kontakt|nummer|teléfono|nombre|correo|contacto",
    re.IGNORECASE,
)


def _placeholders(case: Case) -> Iterator[Found]:
    if "template" in f"{case.runbook.title} {case.runbook.document.path}".lower():
        return  # there the words in brackets are what it is for
    by_line: dict[int, list[Fact]] = defaultdict(list)
    for fact in facts_of(case.policy, FactType.CONTACT):
        if (
            fact.value.get("placeholder") is True
            and _is_open(word_of(fact, "value") or word_of(fact, "name"))
            and not _is_sample(case.runbook, fact)
        ):
            by_line[fact.line].append(fact)
    for line, facts in by_line.items():
        values = list(dict.fromkeys(word_of(fact, "value") or word_of(fact, "name") for fact in facts))
        verb = "is a placeholder that was" if len(values) == 1 else "are placeholders that were"
        role = word_of(facts[0], "role")
        said = f"{named(values)}{f' for {role}' if role else ''} {verb} never filled in."
        yield found_at(case, line, values[0], said)


def _is_sample(runbook: Runbook, fact: Fact) -> bool:
    """Whether it stands in a request, an answer, code or a form that shows what such data looks like."""
    block = block_at(runbook, fact.line)
    return block is not None and (block.lang in _DATA or block.kind is Kind.TEMPLATE)


def _is_open(value: str) -> bool:
    """Whether something that reaches somebody was to be put here: not a word left out on purpose, nor another field of a form."""
    if value.startswith(("<", '["', "['")) or _LEFT_OUT.search(value):
        return False
    return not value.startswith("[") or bool(_REACHES.search(value))


RULES = (
    Rule(
        id="placeholder-contact",
        severity=Severity.ERROR,
        title="Looks for telephone numbers, addresses and names in contacts that were never filled in.",
        why="The list is opened when everything else has failed. Numbers with 555, domains such as example.com and words in brackets reach nobody.",
        right="A number or address that somebody answers, tried out when it is written down and at each review.",
        bad="# Ferry\n\n## Emergency Contacts\n\n- **Captain**: +1-555-0100\n- **Harbour**: harbour@example.com\n",
        good="# Ferry\n\n## Emergency Contacts\n\n- **Captain**: #bridge on Slack\n- **Harbour**: #harbour-watch on Slack\n",
        look=_placeholders,
    ),
)
