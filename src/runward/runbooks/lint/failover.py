"""Rules about moving work elsewhere: promotion of a standby, and the switch of DNS."""

import re
from collections.abc import Iterator, Sequence

from runward.runbooks.finding.around import (
    is_advised_against,
    line_of,
    list_named,
    marked,
    stretch_of,
    text_before,
)
from runward.runbooks.finding.commands import list_statements
from runward.runbooks.finding.example import example
from runward.runbooks.finding.model import Case, Found, Rule, Severity

_FENCED = re.compile(
    r"fenc|stonith|split.?brain|demot|power(?:ed)?.?off|isolat|shut(?:ting)?.?down|pg_ctl\S*\s.*\bstop\b|systemctl\s+stop|stop-instances"
    r"|(?:stop|kill|terminate)\w*\s+(?:the\s+)?(?:\w+\s+){0,2}(?:primary|master|postgres\w*|database)|(?:old|former|failed|original)\s+(?:primary|master)"
    r"|replicas[= ]0|(?:block|prevent)\w*\s+(?:all\s+)?(?:traffic|connections|writes)|\bstop\s+(?:all\s+)?app|patroni|repmgr|pg_autoctl|pg_auto_failover|default_transaction_read_only",
    re.IGNORECASE,
)
_CHOSEN = re.compile(
    r"lsn|xlog_location|lag|most (?:advanced|recent|up.to.date)|furthest|caught up|receive", re.IGNORECASE
)
_DNS = re.compile(
    r"^\s*(?:[-*+#]|\d+[.)]|\#\s*\d+[.)]|\*\*)[^`]{0,20}?\b(?:updat|switch|point|repoint|flip|cut\s?over|redirect|mov)\w*\b(?!.*\bback\b).{0,30}\bDNS\b",
    re.IGNORECASE,
)
_ITEM = re.compile(
    r"^\s*(?:[-*+#]|\d+[.)]|\#\s*\d+[.)]|\*\*)\s*(?:\d+[.)]\s*)?(?:\*\*)?(?:step\s+\d+[.:)]?\s*)?(?P<does>[A-Za-z].*)$",
    re.IGNORECASE,
)
_DEPLOYED = re.compile(
    r"^(?:deploy|provision|bring up|spin up|launch|stand up)\b.{0,40}\b(?:stack|cluster|services?|region|environment|application|app|infrastructure|servers?)\b",
    re.IGNORECASE,
)


def _promoted(case: Case) -> Iterator[Found]:
    places = [
        (line_of(one), one.call.name)
        for one in list_named(case, "pg_ctl", "pg_ctlcluster")
        if one.call.has("promote")
    ]
    places += [
        (one.line, "pg_promote")
        for one in list_statements(case.runbook)
        if "pg_promote" in one.text.lower() and not is_advised_against(case.runbook, one.line)
    ]
    for line, words in sorted(places):
        before = text_before(case.runbook, line)
        if _FENCED.search(before):
            continue
        more = "" if _CHOSEN.search(before) else " Nor is it asked which standby has received most."
        said = f"The standby is promoted while nothing keeps the old primary from coming back and taking writes of its own.{more}"
        yield marked(case.runbook, line, words, said)


def _dns_first(case: Case) -> Iterator[Found]:
    lines = case.runbook.document.lines
    for number, text in enumerate(lines, 1):
        found = _DNS.search(text) if "DNS" in text else None
        if found is None or is_advised_against(case.runbook, number):
            continue
        first, last = stretch_of(case.runbook, number)
        later = _next_item(lines[number : min(last, number + 14)])
        earlier = (_ITEM.match(one) for one in lines[first : number - 1])
        if _DEPLOYED.match(later) and not any(one and _DEPLOYED.match(one["does"]) for one in earlier):
            said = f"DNS is switched before “{later.strip(' *`')}”: the traffic goes to where nothing answers yet."
            yield marked(case.runbook, number, text.strip(), said)


def _next_item(lines: Sequence[str]) -> str:
    """What the next item, comment or bold line asks for, a remark that only repeats the one before passed over."""
    items = (found["does"] for one in lines if (found := _ITEM.match(one)))
    return next((one for one in items if "route" not in one.lower() and "dns" not in one.lower()), "")


RULES = (
    Rule(
        id="promotion-without-fencing",
        severity=Severity.ERROR,
        title="A standby is promoted without making sure that the old primary stays down.",
        why=(
            "A primary that is unreachable from here may serve others, or come back by itself: two primaries take writes, and what one of them took"
            " is lost. Another standby may hold more than the one that is promoted; slots do not move along (before PostgreSQL 17)."
        ),
        right=(
            "Leave it to the cluster's manager where there is one (Patroni, pg_auto_failover, repmgr). By hand: stop or fence the old primary and see"
            " it gone, compare pg_last_wal_receive_lsn() of all standbys, `SELECT pg_promote()` (PostgreSQL 12 and later), then pg_rewind the old one."
        ),
        bad=example("Failover", "bash", "pg_ctl promote -D /srv/pg"),
        good=example(
            "Failover",
            "bash",
            "# fence the old primary: power it off and see that it answers no more",
            'psql -h standby1 -c "SELECT pg_last_wal_receive_lsn();"',
            'psql -h standby1 -c "SELECT pg_promote();"',
        ),
        look=_promoted,
    ),
    Rule(
        id="dns-before-deploy",
        severity=Severity.ERROR,
        title="DNS is switched before there is anything to switch to.",
        why="Clients are sent to an address where nothing answers, for as long as the deployment takes and then for as long as resolvers remember.",
        right="Deploy, restore or replicate the data, verify at the new address itself, then switch DNS; its time to live was lowered days before.",
        bad=example(
            "Move to the other region",
            "bash",
            "# Update DNS to the other region",
            "# Deploy the stack",
            "kubectl apply -f region-b/",
        ),
        good=example(
            "Move to the other region",
            "bash",
            "# Deploy the stack",
            "kubectl apply -f region-b/",
            "curl -fsS https://b.shop.example/health",
            "# Update DNS to the other region",
        ),
        look=_dns_first,
    ),
)
