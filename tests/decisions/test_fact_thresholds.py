"""Thresholds in lists, tables, pseudo-YAML and code."""

import pytest

from decisions.facts_told import told, unread
from runward.runbooks.model import FactType

STATED = [
    (
        """
        ## Metrics
        ```yaml
        Checkout Time:
          Warning: > 300ms (p95)
          Critical: > 900ms (p95)
          Action: Look at the payment gateway
        ```
        """,
        [
            (4, {"measure": "checkout time", "stat": "p95", "op": ">", "value": 300, "unit": "ms", "level": "warning", "action": "Look at the payment gateway"}),
            (5, {"measure": "checkout time", "stat": "p95", "op": ">", "value": 900, "unit": "ms", "level": "critical", "action": "Look at the payment gateway"}),
        ],
    ),
    (
        """
        ### Speicherauslastung
        - **Warnung**: > 75 %
        - **Kritisch**: > 92 %
        """,
        [
            (2, {"measure": "memory usage", "op": ">", "value": 75, "unit": "%", "level": "warning"}),
            (3, {"measure": "memory usage", "op": ">", "value": 92, "unit": "%", "level": "critical"}),
        ],
    ),
    (
        """
        | Métrica | Advertencia | Crítico | Acción |
        |---|---|---|---|
        | Uso de CPU | > 70 % | > 90 % | Añadir un nodo |
        """,
        [
            (3, {"measure": "cpu usage", "op": ">", "value": 70, "unit": "%", "level": "warning", "action": "Añadir un nodo"}),
            (3, {"measure": "cpu usage", "op": ">", "value": 90, "unit": "%", "level": "critical", "action": "Añadir un nodo"}),
        ],
    ),
    (
        """
        | Metric | Target | Threshold |
        |---|---|---|
        | API latency (p99) | < 200 ms | > 800 ms for 5 min → Critical |
        | Uptime | 99.9% | - |
        """,
        [
            (3, {"measure": "response time", "stat": "p99", "op": "<", "value": 200, "unit": "ms", "level": "normal"}),
            (3, {"measure": "response time", "stat": "p99", "op": ">", "value": 800, "unit": "ms", "for": "5m", "level": "critical"}),
            (4, {"measure": "uptime", "value": 99.9, "unit": "%", "level": "normal"}),
        ],
    ),
    (
        """
        **Expected Results**:
        - Replication lag < 4 seconds
        - Health checks return 200
        """,
        [
            (2, {"measure": "replication lag", "op": "<", "value": 4, "unit": "s", "level": "normal"}),
            (3, {"measure": "health check", "op": "=", "value": 200, "unit": "http status", "level": "normal"}),
        ],
    ),
    (
        """
        **Síntomas**:
        - Tasa de errores > 3 %
        - Los usuarios se quejan
        """,
        [(2, {"measure": "error rate", "op": ">", "value": 3, "unit": "%", "level": "symptom"})],
    ),
    (
        """
        ## Consumer Lag

        **If lag > 5000**:
        - Add a consumer
        - Tell the owner

        **If unsure**:
        - Ask
        """,
        [(3, {"measure": "consumer lag", "op": ">", "value": 5000, "unit": "count", "level": "branch", "action": "add a consumer, tell the owner"})],
    ),
    (
        """
        ## Key metrics to monitor
        - Response time (P50, P99)
        - CPU/memory usage
        - `queue_jobs_total`: jobs waiting
        - Review the dashboard
        """,
        [
            (2, {"measure": "response time", "stat": ["p50", "p99"], "level": "tracked"}),
            (3, {"measure": "cpu usage", "and": ["memory usage"], "level": "tracked"}),
            (4, {"measure": "queue jobs total", "metric": "queue_jobs_total", "level": "tracked"}),
        ],
    ),
    (
        """
        ```bash
        if [ "$DISK_USAGE" -gt 88 ]; then
          echo "Disk usage critical: ${DISK_USAGE}%"
        fi
        ```
        """,
        [(2, {"measure": "disk usage", "op": ">", "value": 88, "unit": "%", "level": "critical", "stated": "code"})],
    ),
    (
        """
        ```sql
        SELECT query FROM pg_stat_statements
        WHERE mean_exec_time > 250
        ORDER BY total_exec_time DESC
        LIMIT 15;
        ```
        """,
        [(3, {"measure": "query time", "stat": "avg", "op": ">", "value": 250, "unit": "ms", "top": 15, "order": "total", "level": "filter", "stated": "code"})],
    ),
    (
        """
        ```sql
        SELECT pg_cancel_backend(pid) FROM pg_stat_activity
        WHERE state = 'active' AND query_start < now() - interval '12 minutes';
        ```
        """,
        [(3, {"measure": "active query age", "op": ">", "value": 12, "unit": "m", "level": "filter", "action": "cancel", "stated": "code"})],
    ),
    (
        """
        ```sql
        -- Terminate idle connections older than 20 minutes
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE state = 'idle' AND now() - state_change > interval '20 minutes';
        ```
        """,
        [(2, {"measure": "idle connection age", "op": ">", "value": 20, "unit": "m", "level": "filter", "action": "terminate"})],
    ),
    (
        """
        ```bash
        curl 'http://localhost:9090/api/v1/query?query=up'
        ```
        """,
        [(2, {"measure": "target up", "metric": "up", "level": "tracked", "stated": "code"})],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), STATED)
def test_thresholds_are_read(text: str, expected: list[tuple[int, dict[str, object]]]) -> None:
    assert told(text, FactType.THRESHOLD) == expected


@pytest.mark.parametrize(
    "text",
    [
        "**Warning**: do not run this twice\n",
        "## Deploy\n- **Critical**: keep the old image\n",
        "## Steps\n1. Wait until the queue is < 10\n2. Go on\n",
        "| Metric | Description |\n|---|---|\n| CPU | busy time |\n",
        "| Metric | Target |\n|---|---|\n| Pods | all of them |\n",
        "| Size | Threshold |\n|---|---|\n| small | > 5 GB |\n",
        "```bash\nif [ $# -lt 2 ]; then exit 1; fi\n```\n",
        '```bash\nif [ "$COUNT" -gt 5 ]; then echo many; fi\n```\n',
        "```sql\nSELECT * FROM orders WHERE total > 100 ORDER BY total LIMIT 10;\n```\n",
        "```bash\nfind /backups -name '*.gz' -mtime -2 -delete\n```\n",
        "## Root Cause Analysis\n- Check the logs\n- Check for bugs\n",
    ],
)  # fmt: skip
def test_what_is_no_threshold_is_left_alone(text: str) -> None:
    assert told(text, FactType.THRESHOLD) == []


def test_a_limit_that_was_not_understood_is_listed() -> None:
    assert unread("| Metric | Warning | Critical |\n|---|---|---|\n| CPU | baseline ±20% | > 90% |\n") == [3]
