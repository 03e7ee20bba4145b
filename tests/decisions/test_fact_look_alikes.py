"""What looks like a statement of policy and is none, or is one of something else."""

import pytest

from decisions.facts_told import Told, told, unread
from runward.runbooks.model import FactType

SEVERITY, DURATION, OWNER = FactType.SEVERITY, FactType.DURATION, FactType.OWNER
THRESHOLD, ALERT, SCHEDULE = FactType.THRESHOLD, FactType.ALERT, FactType.SCHEDULE

FIRE = """
    # Past troubles

    ## Incident 3: The index was lost

    **Severity**: High
    **Duration**: 6 hours
"""
COUNTED = """
    # What happened

    ## Summary

    **Severity:** SEV-1 (Prices wrong)
    **Duration:** 9 hours
    **Customers affected:** 1,204
"""
PLAN = """
    # Search

    ## Rebuild the index

    **Severity**: P2
    **Affected users**: All who search
    **Duration**: 40 minutes
"""
REPORT = """
    # Security incident: a key was published

    **Date**: 2031-03-04
    **Severity**: Critical
"""


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (FIRE, []),
        (COUNTED, []),
        (
            PLAN,
            [
                (5, {"level": "P2", "procedures": ["Rebuild the index"]}),
                (7, {"procedure": "Rebuild the index", "value": "40m"}),
            ],
        ),
        (REPORT, []),
        ("# Shop\n\n## Incident: Shop down\n\n**Severity**: P0\n", [(5, {"level": "P0", "procedures": ["Incident: Shop down"]})]),
        ("# Work\n\n## Rewrite the importer\n\n- **Status:** open\n- **ETA:** 2 weeks\n", []),
        ("# Work\n\n## Restore the shop\n\n**ETA**: 20 minutes\n", [(5, {"procedure": "Restore the shop", "value": "20m"})]),
        ("# Alerts\n\n## Slow checkout\n\n- Threshold: 900 ms\n- Duration: 5 minutes\n", []),
        ("# Goals\n\n## Monthly error budget\n\n- **Downtime:** 43.2 minutes\n", []),
    ],
)  # fmt: skip
def test_a_report_of_what_happened_states_no_policy(text: str, wanted: Told) -> None:
    assert told(text, SEVERITY, DURATION) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("# A\n\n## Importer\n\n- **Owner**: Search team\n- **Deadline**: Friday\n", []),
        ("# A\n\n## Importer\n\n- **Action required**: measure it\n- **Owner**: Search team\n", []),
        ("# A\n\n## Importer\n\n**Owner**: Search team\n", [(5, {"procedure": "Importer", "who": "Search team"})]),
    ],
)  # fmt: skip
def test_the_owner_of_a_thing_to_be_done_owns_no_procedure(text: str, wanted: Told) -> None:
    assert told(text, OWNER) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("| When | What |\n|---|---|\n| Within 5 business days | Hold the meeting |\n", []),
        ("## P3 (Next Business Day)\n\n- Look at it\n", []),
        ("| Task | Frequency |\n|---|---|\n| Look at the queue | Every business day |\n", [(3, {"task": "Look at the queue", "every": "day", "on": "weekdays"})]),
        ("# Rollout\n\n**Watch the shop (every 2 hours for 24h):**\n\n- [ ] Look at orders\n", [(3, {"task": "Watch the shop", "every": "hour", "interval": 2})]),
        ("# Care of the shop\n\n## Weekly (30 minutes)\n\n- [ ] Look at orders\n\n## Monthly (2 hours)\n\n- [ ] Look at bills\n",
         [(3, {"task": "Care of the shop: Weekly", "every": "week"}), (7, {"task": "Care of the shop: Monthly", "every": "month"})]),
        ("# Alerts\n\n## Minor alerts (daily summary)\n\n- [ ] Slow mail\n", []),
    ],
)  # fmt: skip
def test_a_deadline_is_no_rhythm(text: str, wanted: Told) -> None:
    assert told(text, SCHEDULE) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        # the name of a figure stands above the title that only gathers its levels
        ("## Basket latency SLO\n\n**Alert thresholds:**\n- Warning: p95 > 80ms\n- Critical: p95 > 160ms\n",
         [(4, {"measure": "basket latency", "stat": "p95", "op": ">", "value": 80, "unit": "ms", "level": "warning"}),
          (5, {"measure": "basket latency", "stat": "p95", "op": ">", "value": 160, "unit": "ms", "level": "critical"})]),
        ("## Altas latencias\n\n**Severidad:**\n- Advertencia: > 20% de pedidos\n- Crítico: > 40% de pedidos\n", []),
        ("## Machines\n\n**Thresholds:**\n- Warning: > 80%\n- Critical: > 95%\n", []),
        # states of a check are levels, and the figure's own name counts
        ("## Shop check\n\n- **Healthy:** < 5% error rate\n- **Degraded:** 5-10% error rate\n- **Unhealthy:** > 10% error rate\n",
         [(3, {"measure": "error rate", "op": "<", "value": 5, "unit": "%", "level": "normal"}),
          (4, {"measure": "error rate", "value": {"min": 5, "max": 10}, "unit": "%", "level": "warning"}),
          (5, {"measure": "error rate", "op": ">", "value": 10, "unit": "%", "level": "critical"})]),
        ("## Shop check\n\n- **Healthy:** < 1 second latency\n- **Unhealthy:** > 3 seconds or an error\n",
         [(3, {"measure": "response time", "op": "<", "value": 1, "unit": "s", "level": "normal"})]),
        # how soon somebody answers is no figure of a service
        ("## Alerts\n\n- **Warning:** Response within 30 minutes\n- **Critical:** Immediate response (< 15 min)\n", []),
        ("| Metric | Target |\n|---|---|\n| Alerts to incidents | < 5:1 |\n", []),
        ("**Symptoms:**\n- Many buyers leave within 30 seconds\n", []),
        ("**Symptoms:**\n- Level < 10%\n", [(2, {"level": "symptom", "measure": "level", "op": "<", "value": 10, "unit": "%"})]),
        ("**Symptoms:**\n- First order placed within 2 weeks\n", []),
        ("**Expected:**\n- Start-up time within 20 seconds\n", [(2, {"level": "normal", "measure": "start-up time", "op": "<", "value": 20, "unit": "s"})]),
        ("**Symptoms:**\n- Queue depth > 80 (5-min sustained)\n", [(2, {"level": "symptom", "measure": "queue depth", "op": ">", "value": 80, "unit": "count", "for": "5m"})]),
        ("**Symptoms:**\n- Basket availability below 99% (currently 94.2%)\n", []),
        ("**Expected:**\n- Queue depth < 20 (acceptable)\n", [(2, {"level": "normal", "measure": "queue depth", "op": "<", "value": 20, "unit": "count"})]),
        ("**Expected:**\n- Disk usage < 500 MB / 1 GB (free tier)\n", [(2, {"level": "normal", "measure": "disk usage", "op": "<", "value": 500, "unit": "MB"})]),
    ],
)  # fmt: skip
def test_a_threshold_is_named_by_what_is_measured(text: str, wanted: Told) -> None:
    assert told(text, THRESHOLD) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("## Machines\n\n**Thresholds:**\n- Warning: > 80%\n- Critical: > 95%\n", [4, 5]),
        ("## Log levels\n\n- Warning: 2 of them\n- Critical: 3 of them\n", []),
        ("## Use of the alarm level\n\n- Warning: look at it\n- Critical: call somebody\n", []),
    ],
)
def test_a_level_whose_figure_has_no_name_is_listed(text: str, wanted: list[int]) -> None:
    assert unread(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("## Critical alerts\n\n- Payments down > 2 minutes\n",
         [(3, {"name": "Payments down > 2 minutes", "class": "critical", "condition": {"measure": "payments", "op": "fails", "for": "2m"}})]),
        ('```yaml\nalerts:\n  - name: "slow_basket"\n    metric: "shop.basket.time"\n    condition: "p95 > 900ms for 5m"\n    severity: "warning"\n```\n',
         [(3, {"name": "slow_basket", "class": "warning", "condition": {"stat": "p95", "op": ">", "value": 900, "unit": "ms", "for": "5m", "metric": "shop.basket.time"}})]),
    ],
)  # fmt: skip
def test_conditions_in_quotes_and_of_things_that_are_down(text: str, wanted: Told) -> None:
    assert told(text, ALERT) == wanted


@pytest.mark.parametrize(
    ("text", "kind", "wanted"),
    [
        ("```yaml\nmetadata:\n  name: shop-blue\nspec:\n  replicas: 3\n---\nmetadata:\n  name: shop-green\nspec:\n  replicas: 2\n```\n", FactType.CAPACITY,
         [(5, {"resource": "shop-blue instances", "count": 3, "stated": "code"}), (10, {"resource": "shop-green instances", "count": 2, "stated": "code"})]),
        ("# Basket\n\n## Availability SLO\n\n- SLO target: 99.9%\n", FactType.SLO, [(5, {"name": "Availability SLO", "target": "99.9%"})]),
        ("# Basket\n\n## Report template\n\n- SLO target: 99.9%\n", FactType.SLO, []),
        ("| Data | Minimum retention | Maximum retention |\n|---|---|---|\n| Order records | 5 years | 7 years |\n| Till records | 5 years after closing | 7 years |\n", FactType.RETENTION,
         [(3, {"what": "order records", "keep": {"min": "5y", "max": "7y"}})]),
        ("# On-call\n\n## When to escalate\n\n### Escalation template\n\n```\nTrouble: [What happens]\nSince: [Time]\n```\n", FactType.CONTACT, []),
        ("# On-call\n\n## Contacts\n\n- Security: TBD (`safety@shop.org`)\n", FactType.CONTACT,
         [(5, {"role": "Security", "channel": "email", "value": "safety@shop.org", "placeholder": True})]),
        ("# On-call\n\n## Escalation levels\n\n```\nLevel 1: Team Resolution (4-24 hours)\nLevel 2: Management Escalation (24+ hours)\n```\n", FactType.ESCALATION,
         [(6, {"level": 1, "who": "team", "from": "4h", "to": "24h"}), (7, {"level": 2, "who": "management", "from": "24h"})]),
        ("# On-call\n\n### Odd alerts (P2 - Review Daily)\n\n- Disk\n", FactType.RESPONSE_TIME, [(3, {"level": "odd alerts", "respond": "daily review"})]),
        ("# Alerts\n\n## Business\n\n**Few orders**\n- Threshold: 30% of orders\n- Severity: Warning\n", SEVERITY, [(7, {"level": "Warning", "procedures": ["Few orders"]})]),
    ],
)  # fmt: skip
def test_values_belong_to_what_they_stand_under(text: str, kind: FactType, wanted: Told) -> None:
    assert told(text, kind) == wanted


def test_an_end_of_a_range_that_could_not_be_read_is_listed() -> None:
    table = "| Data | Minimum retention | Maximum retention |\n|---|---|---|\n| Till records | 5 years after closing | 7 years |\n"
    assert unread(table) == [3]
