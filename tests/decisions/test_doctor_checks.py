"""What was found on a machine is judged, with the mend for what is wrong."""

from datetime import UTC, datetime, timedelta

import pytest

from runward.cli import doctor_checks as checks
from runward.cli.doctor_checks import DatabaseFacts, Health, ServiceFacts
from runward.plugins.folders import FolderFacts

GIB = 1024**3


@pytest.mark.parametrize(
    ("version", "trouble", "health"),
    [((3, 11, 2), "", Health.WELL), ((3, 10, 9), "", Health.BROKEN), ((3, 12, 0), "too old", Health.BROKEN)],
)
def test_python(version: tuple[int, int, int], trouble: str, health: Health) -> None:
    assert checks.python_finding(version, "3.40.1", trouble).health is health


@pytest.mark.parametrize(
    ("said", "health"),
    [
        ("GNU bash, version 5.2.15(1)-release", Health.WELL),
        ("GNU bash, Version 4.4.0", Health.BROKEN),  # words we do not know are no proof
        ("GNU bash, version 4.4.20(1)-release", Health.WELL),
        ("GNU bash, version 3.2.57(1)-release", Health.BROKEN),
        ("", Health.BROKEN),
    ],
)
def test_bash(said: str, health: Health) -> None:
    assert checks.bash_finding(said).health is health


@pytest.mark.parametrize(
    ("facts", "folder", "space"),
    [
        (
            FolderFacts("/s", exists=True, trouble="", private=True, free_bytes=5 * GIB),
            Health.WELL,
            Health.WELL,
        ),
        (
            FolderFacts("/s", exists=False, trouble="", private=True, free_bytes=5 * GIB),
            Health.WELL,
            Health.WELL,
        ),
        (
            FolderFacts("/s", exists=True, trouble="", private=False, free_bytes=5 * GIB),
            Health.BROKEN,
            Health.WELL,
        ),
        (
            FolderFacts("/s", exists=True, trouble="Read-only", private=True, free_bytes=5 * GIB),
            Health.BROKEN,
            Health.WELL,
        ),
        (
            FolderFacts("/s", exists=True, trouble="", private=True, free_bytes=GIB // 2),
            Health.WELL,
            Health.DOUBTFUL,
        ),
        (
            FolderFacts("/s", exists=True, trouble="", private=True, free_bytes=1024),
            Health.WELL,
            Health.BROKEN,
        ),
    ],
)
def test_the_state_folder(facts: FolderFacts, folder: Health, space: Health) -> None:
    assert [one.health for one in checks.state_findings(facts)] == [folder, space]


@pytest.mark.parametrize(
    ("facts", "health"),
    [
        (DatabaseFacts("x", exists=False), Health.WELL),
        (DatabaseFacts("x", exists=True, version=None, newest="2"), Health.WELL),
        (DatabaseFacts("x", exists=True, version="2", newest="2"), Health.WELL),
        (DatabaseFacts("x", exists=True, version="1", newest="2"), Health.DOUBTFUL),
        (DatabaseFacts("x", exists=True, trouble="refused"), Health.BROKEN),
    ],
)
def test_the_database(facts: DatabaseFacts, health: Health) -> None:
    assert checks.database_finding(facts).health is health


def test_the_clock_cannot_be_earlier_than_the_program() -> None:
    installed = datetime(2026, 1, 1, tzinfo=UTC)
    assert checks.clock_finding(installed, installed, "UTC").health is Health.WELL
    assert checks.clock_finding(installed - timedelta(days=1), installed, "UTC").health is Health.BROKEN


def test_a_service_lacks_what_it_lacks() -> None:
    facts = ServiceFacts(
        "shop",
        {"RUNBOOK.md": "", "GONE.md": "there is no such file"},
        {"jq": True, "kubectl": False},
        {"db": "refused", "web": ""},
        {"env:PW": "set PW", "env:OK": ""},
    )
    found = {one.what: one.health for one in checks.service_findings(facts)}
    assert found == {
        "shop: RUNBOOK.md": Health.WELL,
        "shop: GONE.md": Health.BROKEN,
        "shop: programs": Health.DOUBTFUL,
        "shop: target db": Health.BROKEN,
        "shop: target web": Health.WELL,
        "shop: secret env:PW": Health.BROKEN,
        "shop: secret env:OK": Health.WELL,
    }


def test_whatever_is_not_well_has_a_mend() -> None:
    facts = ServiceFacts("s", {"a": "x"}, {"b": False}, {"c": "x"}, {"d": "x"})
    every = [
        *checks.service_findings(facts),
        *checks.approval_findings(["whoever asks may approve"], 0),
        checks.bash_finding(""),
        *checks.state_findings(FolderFacts("/s", exists=True, trouble="no", private=True, free_bytes=1)),
    ]
    assert all(one.mend for one in every)
    assert all(one.health is not Health.WELL for one in every)
