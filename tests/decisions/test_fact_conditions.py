"""Conditions, quantities, measures and lengths in the words of documents."""

import pytest

from runward.runbooks.fact.conditions import condition_of
from runward.runbooks.fact.lengths import find_length, length_only
from runward.runbooks.fact.measures import known_measure, measure_of
from runward.runbooks.fact.promql import measured_by, queries_in

CONDITIONS = [
    ("> 250ms (p99)", "response time", {"measure": "response time", "stat": "p99", "op": ">", "value": 250, "unit": "ms"}),
    ("95th percentile latency above 2 seconds", "", {"measure": "response time", "stat": "p95", "op": ">", "value": 2, "unit": "s"}),
    ("Memory exceeds 92 percent for 3 minutes", "", {"measure": "memory usage", "op": ">", "value": 92, "unit": "%", "for": "3m"}),
    ("CPU-Auslastung über 85 % für 10 Minuten", "", {"measure": "cpu usage", "op": ">", "value": 85, "unit": "%", "for": "10m"}),
    ("Uso de CPU por encima de 75 % durante 5 minutos", "", {"measure": "cpu usage", "op": ">", "value": 75, "unit": "%", "for": "5m"}),
    ("Fehlerrate > 0,5 %", "", {"measure": "error rate", "op": ">", "value": 0.5, "unit": "%"}),
    ("Unusual surge (> 3x normal)", "request rate", {"measure": "request rate", "op": ">", "value": 3, "unit": "x normal"}),
    ("Decrease > 40%", "signups", {"measure": "signups", "change": "drop", "op": ">", "value": 40, "unit": "%"}),
    ("> 12 per hour", "deadlocks", {"measure": "deadlocks", "op": ">", "value": 12, "unit": "count", "per": "hour"}),
    ("< 15% free", "disk usage", {"measure": "disk free", "op": "<", "value": 15, "unit": "%"}),
    ("> 25% free on every node", "disk usage", {"measure": "disk free", "op": ">", "value": 25, "unit": "%", "where": "on every node"}),
    ("< 21 days until expiry", "certificate validity left", {"measure": "certificate validity left", "op": "<", "value": 21, "unit": "d"}),
    ("Pool utilization 30-60%", "", {"measure": "connection pool utilization", "value": {"min": 30, "max": 60}, "unit": "%"}),
    ("zwischen 40 und 70 %", "memory usage", {"measure": "memory usage", "value": {"min": 40, "max": 70}, "unit": "%"}),
    ("Request rate > 80 req/s per pod", "", {"measure": "request rate", "op": ">", "value": 80, "unit": "req/s", "per": "pod"}),
    ("Container restart count > 3 in 15 minutes", "", {"measure": "pod restarts", "op": ">", "value": 3, "unit": "count", "within": "15m"}),
    ("> 8 errors/5min", "", {"measure": "errors", "op": ">", "value": 8, "unit": "count", "within": "5m"}),
    (">2% 5xx responses", "error rate", {"measure": "error rate", "of": "5xx", "op": ">", "value": 2, "unit": "%"}),
    ("5xx > 2% over 5m", "", {"measure": "error rate", "of": "5xx", "op": ">", "value": 2, "unit": "%", "within": "5m"}),
    ("Queue depth > 2,500 messages", "", {"measure": "queue depth", "op": ">", "value": 2500, "unit": "count"}),
    ("All health checks return 204", "", {"measure": "health check", "op": "=", "value": 204, "unit": "http status"}),
    ("No firing alerts", "", {"measure": "firing alerts", "op": "=", "value": 0, "unit": "count"}),
    ("Hit ratio falls to 0%", "", {"measure": "cache hit rate", "op": "=", "value": 0, "unit": "%"}),
    ("Probe fails for 4 minutes", "", {"measure": "probe", "op": "fails", "for": "4m"}),
    ("Cannot connect to the broker", "", {"measure": "broker connection", "op": "fails"}),
    ("Connection errors", "Cache down", {"measure": "cache connection", "op": "fails"}),
    ("Nightly export failed", "", {"measure": "nightly export", "op": "fails"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "known", "expected"), CONDITIONS)
def test_conditions_are_read(text: str, known: str, expected: dict[str, object]) -> None:
    assert condition_of(text, known) == expected


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("> 1.000 ms", "response time"),  # a thousand in German, one in English
        ("CPU > 80% or memory > 90%", ""),  # two conditions
        ("Target 100% (alert if < 98%)", "backup success"),
        ("100% of the tickets closed within 7 days", ""),
        ("The region can be rebuilt in < 2 hours", ""),
        ("For immediate response (< 5 minutes)", ""),
        ("See the dashboard", "cpu usage"),
        ("> baseline + 20ms", "response time"),
        ("around noon", ""),
        ("> threshold", "cpu usage"),
    ],
)
def test_what_says_more_than_a_condition_is_not_read(text: str, known: str) -> None:
    assert condition_of(text, known) is None


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("CPU", "cpu usage"),
        ("CPU utilisation", "cpu usage"),
        ("High memory usage", "memory usage"),
        ("Arbeitsspeicherauslastung", "memory usage"),
        ("Tiempo de respuesta", "response time"),
        ("API latency", "response time"),
        ("Throughput", "request rate"),
        ("DB connection pool", "connection pool utilization"),
        ("Replica lag", "replication lag"),
        ("HighErrorRate", "error rate"),
        ("SSL certificate expiry", "certificate validity left"),
        ("Free disk space", "disk free"),
        ("Disk temperature", ""),
        ("Owner", ""),
    ],
)
def test_measures_have_one_name(words: str, name: str) -> None:
    assert known_measure(words) == name


@pytest.mark.parametrize(
    "words", ["", "80%", "for every node", "it can be slow", "a b c d e f g h i", "x | y"]
)
def test_what_names_nothing_is_no_measure(words: str) -> None:
    assert measure_of(words) is None


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("15 minutes", "15m"), ("within 1 hour", "1h"), ("one week", "7d"), ("2 Wochen", "14d"), ("media hora", "30m"), ("halbe Stunde", "30m"),
        ("tres días", "3d"), ("90s", "90s"), ("1.5h", "1.5h"), ("2,557 days", "2557d"), ("6 months", "6mo"), ("7 years", "7y"),
        ("next business day", None), ("at 2 am", None), ("5 MB", None), ("", None),
    ],
)  # fmt: skip
def test_lengths_are_found(text: str, length: str | None) -> None:
    assert find_length(text) == length


def test_a_length_only_is_nothing_else() -> None:
    assert length_only("30 days.") == "30d"
    assert length_only("30 days or more") is None


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("up", {"measure": "target up", "metric": "up"}),
        ('up{job="shop"} == 0', {"measure": "target up", "metric": 'up{job="shop"}', "op": "=", "value": 0}),
        ('rate(http_requests_total{code=~"5.."}[2m]) > 3', {"measure": "error rate", "metric": 'http_requests_total{code=~"5.."}', "window": "2m", "op": ">", "value": 3}),
        ("histogram_quantile(0.99, rate(http_request_duration_seconds_bucket[5m])) > 1.5", {"measure": "response time", "stat": "p99", "metric": "http_request_duration_seconds_bucket", "window": "5m", "op": ">", "value": 1.5}),
        ("sum(rate(a_total[5m])) / sum(rate(b_total[5m])) > 0.1", {"metric": "sum(rate(a_total[5m])) / sum(rate(b_total[5m]))", "window": "5m", "op": ">", "value": 0.1}),
        ("time() - job_last_success > 3600", {"metric": "time() - job_last_success", "op": ">", "value": 3600}),
        ("100 - avg(rate(node_cpu_seconds_total[5m])) * 100 > 90", {"measure": "cpu usage", "metric": "100 - avg(rate(node_cpu_seconds_total[5m])) * 100", "window": "5m", "op": ">", "value": 90}),
    ],
)  # fmt: skip
def test_expressions_of_prometheus_are_read(expression: str, expected: dict[str, object]) -> None:
    assert measured_by(expression) == expected


def test_queries_are_found_in_addresses() -> None:
    assert queries_in("curl 'http://localhost:9090/api/v1/query?query=queue_depth' | jq .") == ["queue_depth"]
    assert queries_in("curl http://localhost:9090/graph") == []
    assert queries_in("echo expr=5") == []
