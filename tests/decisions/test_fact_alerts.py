"""Alerts under their names, in lists, tables, symptoms and rules."""

import pytest

from decisions.facts_told import told, unread
from runward.runbooks.model import FactType

STATED = [
    (
        """
        ## Critical Alerts (Page at once)
        ```yaml
        Shop Down:
          Condition: Health check fails for 3 minutes
          Notification: PagerDuty, E-Mail
          Escalation: 10 minutes
        ```
        """,
        [(3, {"name": "Shop Down", "class": "critical", "condition": {"measure": "health check", "op": "fails", "for": "3m"}, "channels": ["pagerduty", "email"], "escalate_after": "10m"})],
    ),
    (
        """
        ## Alerts

        ### 2. CheckoutSlow (P2)
        **Trigger**: P95 latency > 4 seconds for 10 minutes

        **Resolution**:
        ```bash
        systemctl restart checkout
        ```
        """,
        [(3, {"name": "CheckoutSlow", "severity": "P2", "condition": {"measure": "response time", "stat": "p95", "op": ">", "value": 4, "unit": "s", "for": "10m"}, "answers": "2. CheckoutSlow (P2)"})],
    ),
    (
        """
        ### Warning Alerts
        - High memory usage (>85%)
        - Certificate expiry (<14 days)
        - Unusual login patterns
        - Check the dashboard
        """,
        [
            (2, {"name": "High memory usage", "class": "warning", "condition": {"measure": "memory usage", "op": ">", "value": 85, "unit": "%"}}),
            (3, {"name": "Certificate expiry", "class": "warning", "condition": {"measure": "certificate validity left", "op": "<", "value": 14, "unit": "d"}}),
            (4, {"name": "Unusual login patterns", "class": "warning", "condition": {"text": "unusual login patterns"}}),
        ],
    ),
    (
        """
        ## Warehouse stuck

        **Symptoms**:
        - Queue depth > 900
        - Alert: "WarehouseQueueLong"

        **Severity**: P3 (Medium)

        1. Restart the worker: `systemctl restart warehouse`
        """,
        [(5, {"name": "WarehouseQueueLong", "severity": "P3", "condition": {"measure": "queue depth", "op": ">", "value": 900, "unit": "count"}, "answers": "Warehouse stuck"})],
    ),
    (
        """
        | Alarm | Bedingung | Schweregrad |
        |---|---|---|
        | Hohe Fehlerrate | Fehlerrate > 4 % für 5 Minuten | Kritisch |
        """,
        [(3, {"name": "Hohe Fehlerrate", "class": "critical", "condition": {"measure": "error rate", "op": ">", "value": 4, "unit": "%", "for": "5m"}})],
    ),
    (
        """
        | Alerta | Condición | Canal |
        |---|---|---|
        | Disco lleno | Uso de disco > 85 % | Slack + correo |
        """,
        [(3, {"name": "Disco lleno", "condition": {"measure": "disk usage", "op": ">", "value": 85, "unit": "%"}, "channels": ["slack", "email"]})],
    ),
    (
        """
        | Alert | Severity | Escalation |
        |---|---|---|
        | Network Errors (>10/5min) | 🟡 Warning | After 1 hour |
        """,
        [(3, {"name": "Network Errors", "class": "warning", "condition": {"measure": "network errors", "op": ">", "value": 10, "unit": "count", "within": "5m"}, "escalate_after": "1h"})],
    ),
    (
        """
        ## Critical Alarms
        ```yaml
        Snapshot Old — Orders:
          Metric: snapshot.age
          Condition: Maximum > 7200 seconds
        ```
        """,
        [(3, {"name": "Snapshot Old — Orders", "class": "critical", "condition": {"stat": "max", "op": ">", "value": 7200, "unit": "s", "metric": "snapshot.age"}})],
    ),
    (
        """
        ```yaml
        - alert: WorkerGone
          expr: |
            up{job="worker"} == 0
          for: 2m
          labels:
            severity: critical
        ```
        """,
        [(2, {"name": "WorkerGone", "class": "critical", "condition": {"measure": "target up", "metric": 'up{job="worker"}', "op": "=", "value": 0, "for": "2m"}, "stated": "code"})],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), STATED)
def test_alerts_are_read(text: str, expected: list[tuple[int, dict[str, object]]]) -> None:
    assert told(text, FactType.ALERT) == expected


@pytest.mark.parametrize(
    "text",
    [
        "## Critical Alerts\n1. Check the dashboard\n2. Page the lead\n",
        "## Alerts\n### Configuration\n- **Threshold**: 5\n",
        "## Nightly job\n**Trigger**: a deploy has finished\n**Owner**: shop team\n",
        "| Alert | Description |\n|---|---|\n| CPU | it is busy |\n",
        "## Alerts\n**Alert**: see the dashboard for what fires\n",
        "## API\n**Request Body**:\n- Condition: {\n",
        "```yaml\n- alert: Empty\n```\n",
    ],
)  # fmt: skip
def test_what_is_no_alert_is_left_alone(text: str) -> None:
    assert told(text, FactType.ALERT) == []


def test_a_condition_that_was_not_understood_is_listed() -> None:
    assert unread("## Alerts\n### ShopOdd\n- **Condition**: 5\n- **Severity**: warning\n") == [3]
