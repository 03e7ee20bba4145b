"""Severity schemes, how soon a level is answered, and who is called when."""

from typing import Any

import pytest

from decisions.arranged import facts, notices, values
from runward.runbooks.fact.roles import people_in
from runward.runbooks.fact.severity_levels import Level, level_of, level_of_incidents


@pytest.mark.parametrize(
    ("text", "wanted"),
    {
        "P1": Level("P1"),
        "**P1 - Critical**": Level("P1", "Critical"),
        "SEV-2: High": Level("SEV-2", "High"),
        "sev2": Level("SEV2"),
        "P2 (High)": Level("P2", "High"),
        "P0 / Outage": Level("P0", "Outage"),
        "P3 - Low Alerts": Level("P3", "Low"),
        "Critical": Level("Critical"),
        "Critical (P1)": Level("P1", "Critical"),
        "Kritisch": Level("Kritisch"),
        "Severity 1": Level("Severity 1"),
        "Prioridad 2": Level("Prioridad 2"),
        "High CPU": None,
        "PodCrashLooping (P1)": None,
        "P99 latency": None,
        "S3 bucket": None,
        "": None,
    }.items(),
)
def test_level(text: str, wanted: Level | None) -> None:
    assert level_of(text) == wanted


def test_a_title_that_gathers_incidents_of_a_level() -> None:
    assert level_of_incidents("4.2 Medium Severity Incidents (P3)") == Level("P3", "Medium")
    assert level_of_incidents("Pod restarts (P3)") is None


@pytest.mark.parametrize(
    ("text", "wanted"),
    {
        "On-call engineer + management": ("on-call engineer", "management"),
        "CTO and Security Team": ("CTO", "security team"),
        "Team lead (business hours)": ("team lead",),
        "CTO + CISO + Legal": ("CTO", "CISO", "legal"),
        "Next business day": (),
        "Page the manager if nobody answers": (),
        "Regular triage": (),
        "Weekly review": (),
    }.items(),
)
def test_people(text: str, wanted: tuple[str, ...]) -> None:
    assert people_in(text) == wanted


TABLE = """\
# Shop

## Severities

| Severity | Description | Response Time | Escalation | Examples |
|---|---|---|---|---|
| **P1 - Critical** | Nobody can buy | 10 minutes | 20 min | Till down, cards refused (all) |
| P2 - High | Some cannot buy | < 1 hour | Team Lead | Slow search |
| P3 - Low | Ugly | Next business day | N/A | Wrong colour |
"""


@pytest.mark.covers("INC-01", "INC-03", "SVC-06")
def test_a_table_gives_level_answer_and_escalation() -> None:
    assert facts(TABLE, "severity") == [
        (
            7,
            {
                "level": "P1",
                "name": "Critical",
                "definition": "Nobody can buy",
                "examples": ["Till down", "cards refused (all)"],
            },
        ),
        (8, {"level": "P2", "name": "High", "definition": "Some cannot buy", "examples": ["Slow search"]}),
        (9, {"level": "P3", "name": "Low", "definition": "Ugly", "examples": ["Wrong colour"]}),
    ]
    assert facts(TABLE, "response_time") == [
        (7, {"level": "P1", "respond": "10m", "escalate": "20m"}),
        (8, {"level": "P2", "respond": "1h"}),
        (9, {"level": "P3", "respond": "next business day", "escalate": "none"}),
    ]
    assert facts(TABLE, "escalation") == [(8, {"severity": "P2", "who": ["team lead"]})]


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        ("| Stufe | Beschreibung | Reaktionszeit |\n|---|---|---|\n| Hoch | Kauf gestört | innerhalb von 15 Minuten |\n| Niedrig | Farbe | am nächsten Werktag |", [("Hoch", "15m"), ("Niedrig", "next business day")]),
        ("| Nivel | Descripción | Tiempo de respuesta |\n|---|---|---|\n| Crítico | Caída | inmediato |\n| Bajo | Color | en menos de 2 días |", [("Crítico", "immediate"), ("Bajo", "2d")]),
        ("| Nivel | Descripción | SLA Respuesta |\n|---|---|---|\n| P1 Critical | Caída | 5 min |\n| P2 High | Lento | Inmediato (< 15 min) |", [("P1", "5m"), ("P2", "15m")]),
        # The same level twice: alerts with their level, no scheme.
        ("| Severity | Condition | Response Time |\n|---|---|---|\n| P1 | Till down | 5 min |\n| P1 | Cards refused | 1 h |", []),
        ("| Severity | Condition | Response Time |\n|---|---|---|\n| P1 | Till down | 5 min |\n| P1 | No cards | 5 min |\n| P2 | Slow | 1 h |", [("P1", "5m"), ("P2", "1h")]),
        # One row is no scheme, and an answer that holds two lengths is not understood.
        ("| Severity | Response Time |\n|---|---|\n| P1 | 5 min |", []),
        ("| Severity | Response Time |\n|---|---|\n| P1 | 5 min, then 10 min |\n| P2 | 1 h |", [("P2", "1h")]),
        ("| Version | Response Time |\n|---|---|\n| 1 | 5 min |\n| 2 | 1 h |", []),
    ],
)  # fmt: skip
def test_response_times_of_tables(rows: str, wanted: list[tuple[str, str]]) -> None:
    found = values(f"# Shop\n\n## Levels\n\n{rows}\n", "response_time")
    assert [(one["level"], one["respond"]) for one in found] == wanted


def test_an_answer_that_was_not_understood_is_said() -> None:
    text = "# Shop\n\n| Severity | Response Time |\n|---|---|\n| P1 | 5 min, then 10 min |\n| P2 | 1 h |\n"
    assert notices(text) == [(5, "how soon P1 is answered was not understood: “5 min, then 10 min”")]


@pytest.mark.covers("INC-02", "INC-23")
def test_a_level_as_a_title_with_its_fields() -> None:
    text = """\
# Shop
### SEV-1: Critical
- **Definition**: Nobody can buy
- **Response Time**: Immediate (within 5 minutes)
- **Communication**: All stakeholders notified immediately
- **Escalation**: On-call engineer + management
### SEV-2: High
- **Definition**: Some cannot buy
- **Response Time**: Within 2 hours
- **Communication**: Email + Slack
- **Escalation**: Next business day if unresolved
"""
    assert facts(text, "severity") == [
        (
            2,
            {
                "level": "SEV-1",
                "name": "Critical",
                "definition": "Nobody can buy",
                "audience": ["all stakeholders"],
                "notify": "immediate",
            },
        ),
        (
            7,
            {
                "level": "SEV-2",
                "name": "High",
                "definition": "Some cannot buy",
                "channels": ["Email", "Slack"],
            },
        ),
    ]
    assert facts(text, "response_time") == [
        (4, {"level": "SEV-1", "respond": "5m"}),
        (9, {"level": "SEV-2", "respond": "2h", "escalate": "next business day"}),
    ]
    assert facts(text, "escalation") == [
        (6, {"severity": "SEV-1", "who": ["on-call engineer", "management"]})
    ]


@pytest.mark.covers("INC-04")
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "# Shop\n## Till is slow\n**Severity**: P2 (High)\n\n1. Look at it\n",
            [{"level": "P2", "name": "High", "procedures": ["Till is slow"]}],
        ),
        (
            "# Laden\n## Kasse hängt\n**Schweregrad**: hoch\n\n1. Ansehen\n",
            [{"level": "hoch", "procedures": ["Kasse hängt"]}],
        ),
        (
            "# Shop\n## 2.1 Critical Incidents (P1)\n### Till down\n1. Go\n### Cards refused\n1. Go\n",
            [{"level": "P1", "name": "Critical", "procedures": ["Till down", "Cards refused"]}],
        ),
        ("# Shop\n## Ticket\n**Severity**: depends on the hour\n", []),
    ],
)
def test_the_level_of_procedures(text: str, wanted: list[dict[str, Any]]) -> None:
    assert values(text, "severity") == wanted


@pytest.mark.covers("ALR-14")
@pytest.mark.parametrize(
    ("title", "wanted"),
    {
        "Critical Alerts (Immediate Response)": {"level": "critical alerts", "respond": "immediate"},
        "Warning Alerts (30-minute Response)": {"level": "warning alerts", "respond": "30m"},
        "Minor Alerts (Business Hours Response)": {"level": "minor alerts", "respond": "business hours"},
        "Informational Alerts (Review Daily)": {"level": "informational alerts", "respond": "daily review"},
        "Old Alerts (see below)": None,
        "Initial Alert (Within 15 minutes)": None,
    }.items(),
)
def test_classes_of_alerts(title: str, wanted: dict[str, str] | None) -> None:
    assert values(f"# Shop\n## {title}\n- Till down\n", "response_time") == ([wanted] if wanted else [])


@pytest.mark.covers("ONC-02", "ONC-03", "CHK-20")
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "# Shop\n## Escalation Path\n```\nLevel 1: On-call Engineer (0-15 min)\n   ↓\nLevel 2: CTO (> 15 min or money is lost)\n```\n",
            [
                {"level": 1, "who": "on-call engineer", "from": "0m", "to": "15m"},
                {"level": 2, "who": "CTO", "from": "15m", "or": "money is lost"},
            ],
        ),
        (
            "# Shop\n## Escalation\n- **L1 Support**: Shop team\n- **L2 Support**: Database administrator\n",
            [{"level": 1, "who": "shop team"}, {"level": 2, "who": "database administrator"}],
        ),
        (
            "# Laden\n## Eskalation\n1. **Stufe 1**: Bereitschaft (0-15 Minuten)\n2. **Stufe 2**: Teamleiter (15-60 Minuten)\n",
            [
                {"level": 1, "who": "bereitschaft", "from": "0m", "to": "15m"},
                {"level": 2, "who": "teamleiter", "from": "15m", "to": "60m"},
            ],
        ),
        (
            "# Shop\n## Escalation\n1. **0-10 min:** On-call engineer looks\n2. **After 30 minutes:** Page the manager\n",
            [
                {"from": "0m", "to": "10m", "do": "On-call engineer looks"},
                {"from": "30m", "do": "Page the manager"},
            ],
        ),
        (
            "# Shop\n## Escalation\n| Level | Role | Contact |\n|---|---|---|\n| L1 | Shop engineer | chat |\n| L2 | read the wiki | - |\n",
            [{"level": 1, "who": "shop engineer"}],
        ),
        (
            "# Shop\n## Look\n1. Look\n\n**Escalation**:\nIf any check fails, call the on-call engineer.\n",
            [{"procedure": "Look", "if": "any check fails", "do": "call the on-call engineer"}],
        ),
        (
            "# Shop\n## Escalation\n### Level 1: Robots\n- Restart\n### Level 2: On-Call Admin\n- Look\n",
            [{"level": 2, "who": "on-call admin"}],
        ),
        ("# Shop\n## Levels\n- **Level 1**: Shop team\n", []),
        ("# Shop\n## Escalation\n- **Recent deploy?** Roll back\n- **Level 2**: read the manual again\n", []),
    ],
)
def test_escalation_paths(text: str, wanted: list[dict[str, Any]]) -> None:
    assert values(text, "escalation") == wanted


def test_columns_of_escalation_by_their_times() -> None:
    text = "# Shop\n\n| Severity | Description | Escalation (15 min) | Escalation (30 min) |\n|---|---|---|---|\n| P0 | Down | Team lead | CTO |\n| P1 | Slow | Team | Manager |\n"
    assert values(text, "escalation")[:2] == [
        {"severity": "P0", "who": ["team lead"], "from": "15m"},
        {"severity": "P0", "who": ["CTO"], "from": "30m"},
    ]
