"""Read the policy that a runbook states: who must answer how fast, which figure is bad, what runs when."""

from collections.abc import Callable, Iterator

from runward.runbooks.fact.alert_rows import rows_of
from runward.runbooks.fact.alert_rules import alert_rules_of
from runward.runbooks.fact.alerts import alerts_of
from runward.runbooks.fact.arrangements import arrangements
from runward.runbooks.fact.capacity import capacity_of
from runward.runbooks.fact.model import Statements
from runward.runbooks.fact.queries import limits_in_code
from runward.runbooks.fact.recovery import objectives_of
from runward.runbooks.fact.retention import retention_of
from runward.runbooks.fact.sizing import sizes_in_code
from runward.runbooks.fact.statements import statements_of
from runward.runbooks.fact.thresholds import thresholds_of
from runward.runbooks.keeping import all_kept
from runward.runbooks.model import Fact, Notice, Policy, Runbook

# Each reads one sort of statement; a notice is a statement of that sort whose value was not understood.
_READERS: tuple[Callable[[Statements], Iterator[Fact | Notice]], ...] = (
    thresholds_of,
    limits_in_code,
    alerts_of,
    alert_rules_of,
    rows_of,
    retention_of,
    objectives_of,
    capacity_of,
    sizes_in_code,
    arrangements,
)


def policy_of(runbook: Runbook) -> Policy:
    """What this document states as policy, in the order of its lines."""
    with all_kept():
        statements = statements_of(runbook)
        said = [one for reader in _READERS for one in reader(statements)]
    facts = sorted((one for one in said if isinstance(one, Fact)), key=lambda fact: fact.line)
    unread = sorted((one for one in said if isinstance(one, Notice)), key=lambda notice: notice.line)
    return Policy(tuple(facts), tuple(unread))
