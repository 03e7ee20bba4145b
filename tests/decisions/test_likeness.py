"""An alert and a procedure are held to speak of the same trouble, or not."""

import pytest

from runward.runbooks.finding.likeness import speaks_of


@pytest.mark.parametrize(
    ("trouble", "title", "alike"),
    [
        ("HighDatabaseLatency", "High Database Latency", True),
        ("DBLatencyHigh", "Issue: slow PostgreSQL queries", True),
        ("Low Disk Space", "Disk full", True),
        ("SSL Certificate Expiring", "TLS certificate expiry", True),
        ("PodCrashLooping", "Pod in CrashLoopBackOff", True),
        ("Database Down", "Database issues", True),
        ("Database Down", "High Database CPU", False),
        ("Application Down", "Application slow response", False),
        ("Backup Failed", "Automated backup script", False),
        ("RedisInstanceDown", "Mail delivery", False),
        ("HighErrorRate", "Restore from a dump", False),
    ],
)
def test_alert_and_procedure(trouble: str, title: str, alike: bool) -> None:
    assert speaks_of(trouble, (title,)) is alike
