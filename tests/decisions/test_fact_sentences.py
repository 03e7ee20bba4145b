"""Facts said in one line, as a colleague would say them."""

import pytest

from runward.runbooks.fact.sentences import sentence_of
from runward.runbooks.model import Fact, FactType


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("threshold", {"measure": "response time", "stat": "p95", "op": ">", "value": 200, "unit": "ms", "level": "warning", "action": "look at the cache"}, "p95 response time > 200 ms is a warning: look at the cache"),
        ("threshold", {"measure": "pool use", "value": {"min": 40, "max": 70}, "unit": "%", "level": "normal"}, "pool use 40 to 70% must hold"),
        ("threshold", {"measure": "users", "change": "drop", "op": ">", "value": 30, "unit": "%", "level": "critical"}, "users drop > 30% is critical"),
        ("threshold", {"measure": "query time", "stat": "avg", "top": 20, "order": "avg", "level": "filter"}, "selects avg query time, the top 20 by avg"),
        ("alert", {"name": "Shop down", "class": "critical", "condition": {"measure": "health check", "op": "fails", "for": "2m"}, "channels": ["sms", "email"], "escalate_after": "5m"}, "Shop down when health check fails for 2m, critical, to sms, email, escalates after 5m"),
        ("schedule", {"task": "dump", "every": "day", "at": "02:00", "cron": "0 2 * * *"}, "dump: every day at 02:00 (0 2 * * *)"),
        ("schedule", {"task": "audit", "every": "month", "nth": 1, "on": "monday"}, "audit: every month on the first monday"),
        ("severity", {"level": "P1", "name": "High", "definition": "a part is down", "examples": ["login fails"]}, "P1 High: a part is down (such as login fails)"),
        ("response_time", {"level": "P1", "respond": "15m", "escalate": "30m"}, "P1: respond 15m, escalates: 30m"),
        ("retention", {"what": "dumps", "keep": "7d", "stated": "code"}, "keep dumps for 7d (in code)"),
        ("retention", {"what": "dumps", "keep": "30d", "then": "delete"}, "keep dumps for 30d, then delete"),
        ("retention", {"what": "dumps", "keep": {"count": 14}}, "keep dumps the last 14"),
        ("contact", {"role": "Database", "channel": "email", "value": "db@example.org", "placeholder": True}, "Database: email db@example.org (a placeholder)"),
        ("rotation", {"week": 2, "primary": "Ada", "secondary": "Grace"}, "week 2: Ada, then Grace"),
        ("rto", {"service": "Shop", "value": "1h"}, "Shop back within 1h"),
        ("rpo", {"service": "Shop", "value": "15m"}, "Shop loses at most 15m"),
        ("checklist", {"title": "Before", "items": ["one", "two"], "form": "list"}, "“Before”, 2 points"),
        ("capacity", {"resource": "pool", "size": 10, "overflow": 20}, "pool; size 10, overflow 20"),
        ("capacity", {"when": {"measure": "cpu usage", "op": ">", "value": 70, "unit": "%", "for": "5m"}, "do": "scale up"}, "cpu usage > 70% for 5m: scale up"),
        ("escalation", {"level": 2, "who": "team lead", "from": "30m", "to": "60m"}, "level 2: team lead from 30m to 60m"),
        ("escalation", {"severity": "P1", "who": ["on call", "management"]}, "P1: on call, management"),
        ("stage", {"stage": 2, "name": "Acknowledge", "within": "5m"}, "2. Acknowledge; within 5m"),
        ("duty", {"duty": "communicate", "what": "status updates", "every": "30m"}, "communicate status updates; every 30m"),
        ("duration", {"procedure": "Restore", "value": "1h"}, "Restore takes 1h"),
        ("duration", {"procedure": "Restore", "downtime": "none"}, "Restore; downtime none"),
        ("review", {"what": "runbook", "version": "1.0"}, "review of runbook; version 1.0"),
        ("slo", {"name": "SLA", "target": None}, "name SLA, target not stated"),
    ],
)  # fmt: skip
def test_a_fact_is_said_in_words(kind: str, value: dict[str, object], said: str) -> None:
    assert sentence_of(Fact(FactType(kind), 1, "", value)) == said


@pytest.mark.parametrize("kind", FactType)
def test_a_value_of_any_shape_is_said(kind: FactType) -> None:
    odd: dict[str, object] = {
        "new": [1, {"deep": True}],
        "keep": "for ever",
        "items": 3,
        "nth": "x",
        "on": ["monday"],
    }
    assert sentence_of(Fact(kind, 1, "", odd)).strip()
