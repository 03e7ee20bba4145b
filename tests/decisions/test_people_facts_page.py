"""Every key that facts about people, times and papers can have stands on their reference page."""

import re
from pathlib import Path

import pytest

from decisions.arranged import values

PAGE = (Path(__file__).resolve().parents[2] / "docs/reference/facts.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## \w+\n\n[A-Z]|\Z)", PAGE, re.MULTILINE | re.DOTALL))


@pytest.mark.parametrize(
    ("kind", "text", "keys"),
    [
        ("schedule", "# Shop\n## Weekly Tasks\n### Look (every 2 weeks)\n- See\n- Tell\n", {"interval", "tasks"}),
        ("schedule", "# Shop\n## Look\n**Frequency**: on the 3rd of every month at 2 AM UTC\n", {"day", "zone", "cron"}),
        ("schedule", "# Shop\n## Look\n**Frequency**: last Friday of the month\n", {"nth", "on"}),
        ("schedule", "# Shop\n## Look\n**Frequency**: after every release\n", {"trigger"}),
        ("schedule", "# Shop\n## Release\n**1 day before:**\n- See\n- Tell\n", {"relative_to", "offset"}),
        ("schedule", "# Shop\n## Onboarding\n- Week 1: See\n- Week 2: Do\n", {"week"}),
        ("severity", "# Shop\n### P1\n- **Definition**: Down\n- **Notification**: Email + Slack\n", {"channels"}),
        ("escalation", "# Shop\n## Escalation\n- After 15 minutes: page the team lead\n", {"from", "do"}),
        ("contact", "# Shop\n## Contacts\n- Ops: +49 30 7654921 (PagerDuty)\n", {"via", "placeholder"}),
        ("duration", "# Shop\n## Look\n**Downtime**: None (rolling)\n", {"downtime", "how"}),
        ("review", "# Shop\n**Next Review**: 2026-05-01\n**Purpose**: Keep the shop open\n", {"next", "purpose"}),
        ("duty", "# Shop\n## On-Call Responsibilities\n- Escalate if it lasts\n- Report every 30 minutes\n", {"if", "every"}),
        ("stage", "# Shop\n## Incident Lifecycle\n1. **A** - x within 2 hours\n2. **B** - y\n3. **C** - z\n", {"within", "what"}),
    ],
)  # fmt: skip
def test_keys(kind: str, text: str, keys: set[str]) -> None:
    given = {key for value in values(text, kind) for key in value}
    assert keys <= given
    assert given <= set(re.findall(r"^\| `(\w+)` \|", SECTIONS[kind], re.MULTILINE))
