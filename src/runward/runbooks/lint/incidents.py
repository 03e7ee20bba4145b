"""Names of incidents and their channels that two incidents would share."""

import re
from collections.abc import Iterator

from runward.runbooks.finding.model import Case, Found, Rule, Severity
from runward.runbooks.finding.places import found_at

_NUMBER = re.compile(
    r"\b(?P<id>(?:INC|INCIDENT|IR|PIR|RCA|SEV|OUTAGE|PM)[-_](?:YYYY|\d{4})(?:[-_]?MM(?:[-_]?DD)?)?)(?![\w/.#<\[{$]|-[\w#<\[{$]|_)"
)
_CHANNEL = re.compile(
    r"#(?P<id>(?:incidents?|inc|outage|war-?room|sev-?\d?)[-_](?:[a-z]+-)?(?:[\[{<(]?YYYY-?MM(?:-?DD)?[\]}>)]?"
    r"|[<\[{](?:date|fecha|datum|data|today)[>\]}]|\$\(date \+['\"]?(?:%Y-?%m(?:-?%d)?|%F)['\"]?\)))(?![\w#<\[{$]|-[\w#<\[{$])",
    re.IGNORECASE,
)


def _shared(case: Case) -> Iterator[Found]:
    seen: set[str] = set()
    for number, line in enumerate(case.runbook.document.lines, 1):
        if "-" not in line and "_" not in line:
            continue
        for pattern, what in ((_NUMBER, "incident"), (_CHANNEL, "channel")):
            found = pattern.search(line)
            if found and found["id"] not in seen:
                seen.add(found["id"])
                span = _span_of(found["id"])
                said = f"“{found[0]}” names the {what} by its {span} alone: the second incident of that {span} gets the same name."
                yield found_at(case, number, found[0], said)


def _span_of(name: str) -> str:
    if re.search(r"DD|%d|%F|(?:date|fecha|datum|data|today)[>\]}]", name, re.IGNORECASE):
        return "day"
    return "month" if re.search(r"MM|%m", name, re.IGNORECASE) else "year"


RULES = (
    Rule(
        id="incident-name-not-unique",
        severity=Severity.WARNING,
        title="Looks for incident numbers and channel names that are made of a date and nothing else.",
        why=(
            "Days with one incident often have two. The second one then lands in the first one's channel and report,"
            " and nobody can tell afterwards which action belonged to which."
        ),
        right="A number within the day in every such name: INC-YYYY-MM-DD-N, #incident-YYYYMMDD-N.",
        bad="# Reports\n\nFile it as INC-YYYY-MM and open #incident-YYYYMMDD.\n",
        good="# Reports\n\nFile it as INC-YYYY-MM-DD-N and open #incident-YYYYMMDD-N.\n",
        look=_shared,
    ),
)
