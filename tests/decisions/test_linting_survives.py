"""No document, however odd, makes a rule fail, point outside of it, or offer a mend that does not come to rest."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runward.runbooks.finding.mending import applied, compatible, mended_text
from runward.runbooks.finding.model import Case, Finding
from runward.runbooks.linting import findings_of
from runward.runbooks.policy import policy_of
from runward.runbooks.read import parse_runbook

PIECES = [
    "tail -f x", "docker-compose exec db psql <<EOF", "EOF", "redis-cli KEYS *", "SELECT total_time FROM pg_stat_statements", "(", ")", "'", '"', "`", "$(", "|", ";", "\\",
    "BEGIN;", "VACUUM;", "psql -c", "<host>", "recovery.conf", "kubectl patch x -p '{", "kubectl rename a b", "vault kv put a/data/b", "curl -I http://h/health", "/slack post",
    "a: > 3", '{"a": 1,', "x = 1", "print 1", "a.query.count()", "structlog.configure(processors=[structlog.stdlib.x])", "# runward: ignore=redis-keys so", "-- runward: ignore=", "\n", "\n", "\n",
    "```", "```bash", "```sql", "```yaml", "```json", "```python", "## Look", "1. Do", "- `tail -f y`", "| a | b |", "<!-- runward: ignore-section=compose-v1 so -->", "ü‚öðŸ🚨", "\t", "    ",
]  # fmt: skip
SLOW = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
DOCUMENTS = st.lists(st.sampled_from(PIECES), max_size=60).map(" ".join)


def found_in(text: str) -> tuple[Finding, ...]:
    runbook = parse_runbook(text, "RUNBOOK.md")
    return findings_of(Case(runbook, policy_of(runbook)))


@SLOW
@given(DOCUMENTS)
def test_findings_lie_inside_the_document(text: str) -> None:
    lines = parse_runbook(text, "RUNBOOK.md").document.lines
    for one in found_in(text):
        found = one.found
        assert 1 <= found.line <= len(lines)
        assert found.said.strip()
        if found.column:
            assert found.column - 1 + found.width <= len(lines[found.line - 1])
        if found.mend:
            assert 1 <= found.mend.line <= max(found.mend.end, found.mend.line) <= len(lines)


@SLOW
@given(DOCUMENTS)
def test_mends_come_to_rest(text: str) -> None:
    better, _ = mended_text(text, found_in)
    again = [one.found.mend for one in compatible([one for one in found_in(better) if one.found.mend])]
    assert applied(better, [mend for mend in again if mend]) == better
