"""Retention, recovery objectives, service levels and capacity."""

import pytest

from decisions.facts_told import told, unread
from runward.runbooks.model import FactType

KEPT = [
    ("### Nightly Backup\n**Retention**: 21 days\n", [(2, {"what": "nightly backups", "keep": "21d"})]),
    (
        "### Order Backups\n- **Frequency**: Daily full backups + hourly incremental\n- **Retention**: 28 days for dailies, 3 days for incrementals\n- **Storage**: Second site + tape\n",
        [
            (3, {"what": "daily full backups", "keep": "28d"}),
            (3, {"what": "incremental backups", "keep": "3d"}),
            (4, {"what": "order backups", "store": ["second site", "tape"]}),
        ],
    ),
    ("### Sicherungen\n- **Aufbewahrung**: 4 Wochen\n", [(2, {"what": "sicherungen", "keep": "28d"})]),
    ("### Copias diarias\n**Retención**: 15 días\n", [(2, {"what": "copias diarias", "keep": "15d"})]),
    ("### Snapshots\n**Retention**: last 14 snapshots\n", [(2, {"what": "snapshots", "keep": {"count": 14}})]),
    ("| Backup Type | Retention |\n|---|---|\n| Weekly | 8 weeks |\n", [(3, {"what": "weekly backups", "keep": "56d"})]),
    ("### Retention\n- Metrics: 30 days\n- Traces: 7 days\n", [(2, {"what": "metrics", "keep": "30d"}), (3, {"what": "traces", "keep": "7d"})]),
    (
        "```bash\n# Clear logs older than 20 days\nfind /var/log/nginx -name '*.log' -mtime +20 -delete\n```\n",
        [(2, {"what": "nginx logs", "keep": "20d", "then": "delete"})],
    ),
    (
        "```bash\nfind /var/log/shop -name '*.log' -mtime +3 -exec gzip {} \\;\n```\n",
        [(2, {"what": "uncompressed application logs", "keep": "3d", "then": "compress", "stated": "code"})],
    ),
    (
        "```bash\nRETENTION_DAYS=45\npg_dump shop > /backups/shop.sql\naws s3 cp /backups/shop.sql s3://shop-backups/\nfind /backups -mtime +$RETENTION_DAYS -delete\n```\n",
        [(2, {"what": "local database backups", "keep": "45d", "then": "delete", "stated": "code"})],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), KEPT)
def test_retention_is_read(text: str, expected: list[tuple[int, dict[str, object]]]) -> None:
    assert told(text, FactType.RETENTION) == expected


@pytest.mark.parametrize(
    "text",
    [
        "### Users\nCustomer retention is 80 %.\n",
        "```bash\nfind /srv -name '*.log' -mtime +3\n```\n",
        "```bash\n# Keep the window open for 5 minutes\nsleep 300\n```\n",
        "| Type | Retention |\n|---|---|\n| Logs | by law |\n",
        "### Disks\n**Storage**: 3 TB\n",
    ],
)
def test_what_keeps_nothing_is_left_alone(text: str) -> None:
    assert told(text, FactType.RETENTION) == []


def test_prose_speaks_for_the_code_of_its_section() -> None:
    text = "### Shop Backup\n**Retention**: 10 days\n```bash\nfind /backups -name '*.gz' -mtime +10 -delete\n```\n"
    assert told(text, FactType.RETENTION) == [(2, {"what": "shop backups", "keep": "10d"})]
    assert [line for line, _ in told(text.replace("+10", "+12"), FactType.RETENTION)] == [2, 4]


OBJECTIVES = [
    (
        "| Service | RTO | RPO |\n|---|---|---|\n| Search | 2 hours | 10 minutes |\n",
        [(3, {"service": "Search", "value": "2h"}), (3, {"service": "Search", "value": "10m"})],
    ),
    ("- **RTO (Recovery Time Objective)**: < 45 minutes\n", [(1, {"value": "45m"})]),
    ("# Shop\n## Orders\n**RPO**: 1 Stunde\n", [(3, {"service": "Orders", "value": "1h"})]),
    (
        "**RTO**: 4 hours for core services, 24 hours for the rest\n",
        [(1, {"service": "core services", "value": "4h"}), (1, {"service": "the rest", "value": "24h"})],
    ),
    ("| Objective | Target |\n|---|---|\n| RPO | 5 minutos |\n", [(3, {"value": "5m"})]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), OBJECTIVES)
def test_recovery_objectives_are_read(text: str, expected: list[tuple[int, dict[str, object]]]) -> None:
    assert told(text, FactType.RTO, FactType.RPO) == expected


@pytest.mark.parametrize("text", ["**RTO**: 15-30 minutes\n", "**RPO**: last backup (max 24 hours old)\n"])
def test_an_objective_that_is_not_one_length_is_listed(text: str) -> None:
    assert told(text, FactType.RTO, FactType.RPO) == []
    assert unread(text) == [1]


@pytest.mark.parametrize("text", ["**RTO measured**: 12 minutes\n", "We met our RTO.\n", "**Routes**: 5\n"])
def test_what_is_no_objective_is_left_alone(text: str) -> None:
    assert told(text, FactType.RTO, FactType.RPO) == []


LEVELS = [
    ("## SLOs\n| Indicator | Target |\n|---|---|\n| Checkout availability | 99.95% over 30 days |\n", [(4, {"name": "Checkout availability", "target": "99.95%", "window": "30d"})]),
    ("- **Availability SLO**: 99,9 %\n", [(1, {"name": "Availability SLO", "target": "99.9%"})]),
    ("## Weekly Tasks\n- Review SLA compliance\n", [(2, {"name": "SLA compliance", "review": "week", "target": None})]),
    ("- `docs/04-slo-policy.md`\n", [(1, {"name": "SLO and policy", "defined_in": "docs/04-slo-policy.md", "target": None})]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), LEVELS)
def test_service_levels_are_read(text: str, expected: list[tuple[int, dict[str, object]]]) -> None:
    assert told(text, FactType.SLO) == expected


@pytest.mark.parametrize(
    "text", ["| Sprint | Target |\n|---|---|\n| Tests | 90% |\n", "We are slow.\n", "- slope: 5%\n"]
)
def test_what_is_no_service_level_is_left_alone(text: str) -> None:
    assert told(text, FactType.SLO) == []


SIZES = [
    (
        "**Current Capacity**:\n- Search: 2-6 nodes (via autoscaler)\n- Queue: 5 brokers, 12 partitions\n",
        [
            (2, {"resource": "Search nodes", "min": 2, "max": 6, "via": "autoscaler"}),
            (3, {"resource": "Queue brokers", "count": 5}),
            (3, {"resource": "Queue partitions", "count": 12}),
        ],
    ),
    (
        "**When to Scale**:\n- CPU > 65% for 10 minutes → Scale out\n",
        [(2, {"when": {"measure": "cpu usage", "op": ">", "value": 65, "unit": "%", "for": "10m"}, "do": "scale out"})],
    ),
    ("## Staff\n- At least 3 engineers per shift\n", [(2, {"resource": "engineers per shift", "min": 3})]),
    (
        "```python\nengine = create_engine(URL, pool_size=8, max_overflow=4, pool_timeout=15)\n```\n",
        [(2, {"resource": "database connection pool", "size": 8, "stated": "code"})],
    ),
    ("```bash\nredis-cli CONFIG SET maxmemory 2gb\n```\n", [(2, {"resource": "redis memory", "max": "2gb", "stated": "code"})]),
    ("```bash\nkubectl scale deployment/shop --replicas=6\n```\n", [(2, {"resource": "shop replicas", "count": 6, "stated": "code"})]),
    ("```bash\nkubectl autoscale deployment shop --min=2 --max=9\n```\n", [(2, {"resource": "shop replicas", "min": 2, "max": 9, "stated": "code"})]),
    (
        "```bash\nkubectl set resources deployment/shop \\\n  --limits=cpu=1,memory=1Gi \\\n  --requests=cpu=250m\n```\n",
        [(3, {"resource": "shop pod", "limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "250m"}, "stated": "code"})],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), SIZES)
def test_capacity_is_read(text: str, expected: list[tuple[int, dict[str, object]]]) -> None:
    assert told(text, FactType.CAPACITY) == expected


@pytest.mark.parametrize(
    "text",
    [
        "```bash\nkubectl scale deployment/shop --replicas=0\n```\n",
        "```bash\nkubectl scale deployment <name> --replicas=3\n```\n",
        "## Capacity planning\n- Q3: 5 nodes\n",
        "- Backend: 3 pods\n",
        "- At least 3 reasons to be careful\n",
    ],
)
def test_what_is_no_capacity_is_left_alone(text: str) -> None:
    assert told(text, FactType.CAPACITY) == []
