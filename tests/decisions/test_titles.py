"""What titles announce, in several languages."""

import pytest

from runward.runbooks.model import Purpose, Risk
from runward.runbooks.procedure.purpose import purpose_of
from runward.runbooks.procedure.titles import Role, number_of, plain, role_of, slug_of, step_title

ROLES = [
    ("Symptoms:", Role.CONDITION),
    ("**Triggers**", Role.CONDITION),
    ("When to use this runbook", Role.CONDITION),
    ("⚠️ Warning", Role.CAUTION),
    ("Prerequisites", Role.PREREQUISITE),
    ("3.1 Before you begin", Role.PREREQUISITE),
    ("Voraussetzungen", Role.PREREQUISITE),
    ("Requisitos previos", Role.PREREQUISITE),
    ("Ablauf", Role.STEPS),
    ("Procedimiento", Role.STEPS),
    ("Immediate Actions (first 5 minutes)", Role.STEPS),
    ("Diagnosis", Role.STEPS),
    ("排查步骤", Role.STEPS),
    ("Решение", Role.STEPS),
    ("Erwartetes Ergebnis", Role.EXPECTED),
    ("Resultado esperado", Role.EXPECTED),
    ("Expected output", Role.EXPECTED),
    ("Verification", Role.VERIFICATION),
    ("Rollback plan", Role.ROLLBACK),
    ("Post-incident tasks", Role.AFTERWARDS),
    ("Escalation path", Role.ESCALATION),
    ("Impact", Role.BACKGROUND),
    ("Owner", Role.METADATA),
    ("Table of Contents", Role.REFERENCE),
    ("Option 2: Restart it", Role.OPTION),
    ("Step 3: Restart it", Role.STEP),
    ("Schritt 2", Role.STEP),
    ("If the primary is down", Role.BRANCH),
    ("Falls der Dienst steht", Role.BRANCH),
    ("Scenario B: disk full", Role.BRANCH),
    ("Restore the archive", Role.NAME),
    ("Escalation service restart", Role.NAME),
    ("Impactful changes", Role.NAME),
    ("", Role.NAME),
]


@pytest.mark.parametrize(("title", "role"), ROLES)
def test_roles(title: str, role: Role) -> None:
    assert role_of(title) is role


NUMBERS = [
    ("1. Stop", 1),
    ("Step 12: Stop", 12),
    ("3) Stop", 3),
    ("Paso 2: Parar", 2),
    ("2.1 Daily", None),
    ("3 replicas", None),
    ("2024 review", None),
    ("Stop", None),
]


@pytest.mark.parametrize(("title", "number"), NUMBERS)
def test_numbers(title: str, number: int | None) -> None:
    assert number_of(title) == number


SLUGS = [
    ("Morning Check (9 AM)", "morning-check-9-am"),
    ("6.1 Full Restore", "6-1-full-restore"),
    ("High CPU/Memory Usage", "high-cpu-memory-usage"),
    ("Détection & Tri 🚨", "détection-tri"),
    ("安装", "安装"),
    ("🚨", "procedure"),
]


@pytest.mark.parametrize(("title", "slug"), SLUGS)
def test_slugs(title: str, slug: str) -> None:
    assert slug_of(title) == slug


@pytest.mark.parametrize(
    ("title", "words"),
    [("## **3. Stop it**:", "## 3. Stop it"), ("🔥 2.1 Stop {#stop}", "Stop"), ("1.", "1")],
)
def test_plain_words(title: str, words: str) -> None:
    assert plain(title) == words


def test_the_title_of_a_step() -> None:
    assert step_title("Step 3 - Restart") == "Restart"
    assert step_title("3. Restart") == "Restart"


PURPOSES = [
    (("Morning health check",), False, Risk.READ, Purpose.CHECK),
    (("Backup verification",), False, Risk.CHANGE, Purpose.CHECK),
    (("Restore drill",), False, Risk.CHANGE, Purpose.CHECK),
    (("Nightly backup",), False, Risk.DESTROY, Purpose.BACKUP),
    (("Restore from backup",), False, Risk.DESTROY, Purpose.RESTORE),
    (("Emergency failover",), True, Risk.DESTROY, Purpose.RESTORE),
    (("Queue backlog",), True, Risk.CHANGE, Purpose.FIX),
    (("WorkerCrashLooping",), False, Risk.READ, Purpose.FIX),
    (("DiskFull",), False, Risk.READ, Purpose.FIX),
    (("Shutdown of the shop",), False, Risk.CHANGE, Purpose.MAINTAIN),
    (("Workflow of an order",), False, Risk.CHANGE, Purpose.OTHER),
    (("Rolling update",), False, Risk.CHANGE, Purpose.DEPLOY),
    (("Scale out the workers",), False, Risk.CHANGE, Purpose.SCALE),
    (("Rotate the signing keys",), False, Risk.CHANGE, Purpose.MAINTAIN),
    (("Install the agent",), False, Risk.CHANGE, Purpose.SETUP),
    (("Useful commands",), False, Risk.READ, Purpose.INVESTIGATE),
    (("Datenbank wiederherstellen",), False, Risk.DESTROY, Purpose.RESTORE),
    (("Reiniciar el servicio",), False, Risk.CHANGE, Purpose.FIX),
    (("Backups", "Databases"), False, None, Purpose.BACKUP),
    (("Odds and ends",), False, Risk.READ, Purpose.INVESTIGATE),
    (("Odds and ends",), False, Risk.CHANGE, Purpose.OTHER),
    (("Odds and ends",), False, None, Purpose.OTHER),
]


@pytest.mark.parametrize(("titles", "symptoms", "risk", "purpose"), PURPOSES)
def test_purposes(titles: tuple[str, ...], symptoms: bool, risk: Risk | None, purpose: Purpose) -> None:
    found, why = purpose_of(titles, has_symptoms=symptoms, risk=risk)
    assert found is purpose, why
    assert why
