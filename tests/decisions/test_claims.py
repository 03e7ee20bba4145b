"""Figures that sentences demand, in several languages and notations."""

import pytest

from runward.runbooks.expectation.claims import claim_of, plain_number

CLAIMS = [
    ("Replication lag < 2 seconds", ("Replication lag", "<", "2", "s")),
    ("Connection pool utilization 40-70%", ("Connection pool utilization", "between", "40..70", "%")),
    ("Pool between 40 and 70 %", ("Pool", "between", "40..70", "%")),
    ("Cache hit rate > 70%", ("Cache hit rate", ">", "70", "%")),
    ("Hit rate is above 70 percent", ("Hit rate", ">", "70", "%")),
    ("Disk usage should be below 80%", ("Disk usage", "<", "80", "%")),
    ("Latency must stay under 250 ms", ("Latency", "<", "250", "ms")),
    ("at least 3 replicas", ("replicas", ">=", "3", "")),
    ("No more than 5 restarts", ("restarts", "<=", "5", "")),
    ("queue depth <= 1,000", ("queue depth", "<=", "1000", "")),
    ("queue depth ≤ 1.2k", ("queue depth", "<=", "1200", "")),
    ("workers = 4", ("workers", "==", "4", "")),
    ("exit code is 0", ("exit code", "==", "0", "")),
    ("backup younger than 1 day", ("backup", "<", "1", "d")),
    ("Verzögerung unter 2 Sekunden", ("Verzögerung", "<", "2", "s")),
    ("Auslastung zwischen 40 und 70 Prozent", ("Auslastung", "between", "40..70", "%")),
    ("Fehlerrate höchstens 0,5 %", ("Fehlerrate", "<=", "0.5", "%")),
    ("Uso del disco menos de 80 %", ("Uso del disco", "<", "80", "%")),
    ("al menos 2 réplicas", ("réplicas", ">=", "2", "")),
    ("zero failed jobs", ("failed jobs", "==", "0", "")),
    ("All pods are running", None),
    ("Dashboards look normal", None),
    ("See the page of 2026-02-17", None),
]


@pytest.mark.parametrize(("text", "wanted"), CLAIMS)
def test_claims(text: str, wanted: tuple[str, str, str, str] | None) -> None:
    found = claim_of(text)
    assert (found and (found.name, found.operator.value, found.value, found.unit)) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1,200", "1200"),
        ("1'200", "1200"),
        ("1,5", "1.5"),
        ("1.5", "1.5"),
        ("1.2k", "1200"),
        ("-3", "-3"),
        ("1,234,567.5", "1234567.5"),
    ],
)
def test_numbers(text: str, wanted: str) -> None:
    assert plain_number(text) == wanted
