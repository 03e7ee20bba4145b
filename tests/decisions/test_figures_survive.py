"""Documents that are hard on patterns are read to their end, and give no facts of long nonsense."""

import pytest

from runward.runbooks.policy import policy_of
from runward.runbooks.read import parse_runbook

MANY = 4_000
LONG = {
    "words": "a " * MANY,
    "conditions": "> 5% " * MANY,
    "lengths": "for 5 minutes " * MANY,
    "brackets": "(" * MANY,
    "digits": "5" * MANY,
    "spaces": "x" + " " * MANY + "y",
    "percentiles": "p95 " * MANY,
    "selectors": '{a="b"} ' * MANY,
    "calls": "rate(" * MANY,
    "paths": "a/" * MANY,
}
FORMS = {
    "symptom": "**Symptoms**:\n- {}\n",
    "metric": "| Metric | Warning | RTO | Retention |\n|---|---|---|---|\n| {} | {} | {} | {} |\n",
    "alert": "| Alert | Condition | Severity |\n|---|---|---|\n| {} | {} | {} |\n",
    "fields": "## Alerts\n### X\n- **Condition**: {}\n- **Retention**: {}\n- **RTO**: {}\n- **Warning**: {}\n",
    "rule": "```yaml\n- alert: {}\n  expr: {}\n```\n",
    "comment": "```bash\n# delete what is older than {}\nfind /x -mtime +3 {}\n```\n",
    "address": "```bash\ncurl http://x/api?query={}\n```\n",
    "statement": "```sql\nselect pg_stat_statements {} query_start interval \n```\n",
    "scaling": "**When to Scale**:\n- {} → scale\n\n**Current Capacity**:\n- A: {}\n",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("body", LONG)
@pytest.mark.timeout(60)  # a pattern that goes astray takes longer than anybody waits
def test_long_nonsense_is_read(form: str, body: str) -> None:
    runbook = parse_runbook(FORMS[form].replace("{}", LONG[body]), "book.md")
    policy = policy_of(runbook)
    assert all(fact.line >= 1 for fact in policy.facts)
