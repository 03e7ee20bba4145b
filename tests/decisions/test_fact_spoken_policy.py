"""Policy that is stated in sentences, and in tables with plain words over their columns."""

import pytest

from decisions.facts_told import told
from runward.runbooks.fact.sentences import sentence_of
from runward.runbooks.model import Fact, FactType

ESCALATION, CONTACT, RETENTION, SCHEDULE = (
    FactType.ESCALATION,
    FactType.CONTACT,
    FactType.RETENTION,
    FactType.SCHEDULE,
)


@pytest.mark.parametrize(
    "column",
    ["Definition", "Meaning", "Impact", "What it means", "User impact", "Was es bedeutet", "Qué significa"],
)
def test_a_severity_is_defined_whatever_the_column_is_called(column: str) -> None:
    text = f"| Severity | {column} |\n|---|---|\n| SEV1 | Nobody can pay |\n| SEV2 | Paying is slow |\n"
    assert told(text, FactType.SEVERITY) == [
        (3, {"level": "SEV1", "definition": "Nobody can pay"}),
        (4, {"level": "SEV2", "definition": "Paying is slow"}),
    ]


@pytest.mark.parametrize(
    ("said", "respond"),
    [
        ("15 minutes (page)", "15m"), ("4 hours (ticket)", "4h"), ("On-call within 15 min", "15m"), ("15 Minuten", "15m"),
        ("1 hour (business hours)", None), ("15 minutes, then 1 hour", None),
    ],
)  # fmt: skip
def test_how_one_is_told_does_not_hide_how_soon(said: str, respond: str | None) -> None:
    text = f"| Severity | Response |\n|---|---|\n| SEV1 | {said} |\n| SEV2 | Next business day |\n"
    assert [value["respond"] for line, value in told(text, FactType.RESPONSE_TIME) if line == 3] == (
        [respond] if respond else []
    )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("If nobody acknowledges within 10 minutes, page the team lead.", []),
        ("If the on-call engineer does not answer within 10 minutes, the page goes to the team lead.", [("10m", "the page goes to the team lead")]),
        ("If not resolved within 30 minutes, escalate to the engineering manager.", [("30m", "escalate to the engineering manager")]),
        ("- No response after 10 minutes: page the secondary", [("10m", "page the secondary")]),
        ("- Unresolved after 2 hours → inform the CTO", [("2h", "inform the CTO")]),
        ("Wenn nach 15 Minuten keine Reaktion erfolgt, informiere die Teamleitung.", []),
        ("Wenn die Störung nicht innerhalb von 30 Minuten behoben ist, informiere die Leitung.", []),
        ("Si no responde en 15 minutos, llamar al jefe de equipo.", [("15m", "llamar al jefe de equipo")]),
        ("If not resolved within 30 minutes, restart the service.", []),
        ("If it resolved within 30 minutes, tell the team.", []),
        ("If not resolved within 30 minutes, page the lead. Then write a report.", []),
    ],
)  # fmt: skip
def test_sentences_say_who_takes_over(text: str, wanted: list[tuple[str, str]]) -> None:
    found = told(f"# On-call\n\n## Escalation\n\n{text}\n", ESCALATION)
    assert [(value["from"], value["do"]) for _, value in found] == wanted


def test_the_list_below_a_label_says_who_takes_over() -> None:
    text = "## Shop slow\n\n**If unable to resolve within 30 minutes:**\n\n1. Say so in #shop\n2. Page the tech lead\n"
    assert told(text, ESCALATION, FactType.THRESHOLD) == [
        (3, {"from": "30m", "do": "Say so in #shop, Page the tech lead"})
    ]


def test_a_ladder_of_people_with_windows() -> None:
    text = "## Escalation\n\n1. Primary on-call (0-15 min)\n2. Team lead (15-45 min)\n3. Director (45+ min)\n"
    assert told(text, ESCALATION) == [
        (3, {"who": "primary on-call", "from": "0m", "to": "15m"}),
        (4, {"who": "team lead", "from": "15m", "to": "45m"}),
        (5, {"who": "director", "from": "45m"}),
    ]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("For trouble with data contact the database team at dba@shop.org or in #data-help.",
         [("database team", "email", "dba@shop.org"), ("database team", "slack", "#data-help")]),
        ("Escalate to the network engineers via #network.", [("network engineers", "slack", "#network")]),
        ("Contact the database team before you restart; see https://wiki.shop.org/dba", []),
        ("Contact the vendor soon.", []),
    ],
)  # fmt: skip
def test_sentences_say_whom_to_ask(text: str, wanted: list[tuple[str, str, str]]) -> None:
    found = told(f"# On-call\n\n## Contacts\n\n{text}\n", CONTACT)
    assert [(value["role"], value["channel"], value["value"]) for _, value in found] == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("- Logs are retained for 90 days", [("logs", "90d")]),
        ("Backups are kept for at least 14 days.", [("backups", {"min": "14d"})]),
        ("We keep metrics for 13 months.", [("metrics", "13mo")]),
        ("- Sicherungen werden 30 Tage aufbewahrt", [("sicherungen", "30d")]),
        ("- Los registros se conservan durante 90 días", [("registros", "90d")]),
        ("Logs are kept for 90 days unless the customer asks.", []),
        ("- Connections are kept for 60 seconds", []),
    ],
)  # fmt: skip
def test_sentences_say_how_long_something_is_kept(text: str, wanted: list[tuple[str, object]]) -> None:
    assert [(value["what"], value["keep"]) for _, value in told(f"# Data\n\n{text}\n", RETENTION)] == wanted


@pytest.mark.parametrize(
    ("said", "when"),
    [
        ("Twice a day", {"every": "day", "times": 2}), ("three times per week", {"every": "week", "times": 3}), ("zweimal täglich", {"every": "day", "times": 2}),
        ("dos veces al día", {"every": "day", "times": 2}), ("twice a week on Monday and Thursday", {"every": "week", "times": 2, "on": ["monday", "thursday"]}),
        ("Twice a year", {"every": "month", "interval": 6}), ("twice", None),
    ],
)  # fmt: skip
def test_several_times_in_a_stretch(said: str, when: dict[str, object] | None) -> None:
    text = f"| Task | Frequency |\n|---|---|\n| Look at the till | {said} |\n"
    assert told(text, SCHEDULE) == ([(3, {"task": "Look at the till", **when})] if when else [])


def test_day_and_time_may_have_columns_of_their_own() -> None:
    text = "| Task | Frequency | Day | Time (UTC) |\n|---|---|---|---|\n| Count the till | Weekly | Saturday | 04:00 |\n| Look at mail | Daily | - | 02:00 |\n"
    assert told(text, SCHEDULE) == [
        (
            3,
            {
                "task": "Count the till",
                "every": "week",
                "on": "saturday",
                "at": "04:00",
                "zone": "UTC",
                "cron": "0 4 * * 6",
            },
        ),
        (4, {"task": "Look at mail", "every": "day", "at": "02:00", "zone": "UTC", "cron": "0 2 * * *"}),
    ]


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        (SCHEDULE, {"task": "Count the till", "every": "day", "times": 2}, "2 times every day"),
        (RETENTION, {"what": "orders", "keep": {"min": "5y", "max": "7y"}}, "keep orders for at least 5y and at most 7y"),
        (RETENTION, {"what": "orders", "keep": {"min": "5y"}}, "keep orders for at least 5y"),
    ],
)  # fmt: skip
def test_they_are_said_as_a_colleague_would(kind: FactType, value: dict[str, object], words: str) -> None:
    assert words in sentence_of(Fact(kind, 1, "", value))
