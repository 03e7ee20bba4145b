"""Stages, checklists, templates, owners, durations, and how the document itself is kept."""

from typing import Any

import pytest

from decisions.arranged import facts, notices, values

BOXES = """\
# Shop
## Incident Response Process
```
┌──────────────┐
│  Alarm       │
└──────┬───────┘
       ▼
┌──────────────┐
│  Answer      │  ◄── Within 10 minutes
│  - Say so    │      Tell sales
└──────┬───────┘
       ▼
┌──────────────┐
│ Post-Mortem  │  ◄── Within 3 days
│  - Write     │      Update runbook
└──────────────┘
```
"""


@pytest.mark.covers("INC-05", "DOC-06")
def test_stages_drawn_as_boxes() -> None:
    assert facts(BOXES, "stage") == [
        (5, {"stage": 1, "name": "Alarm"}),
        (9, {"stage": 2, "name": "Answer", "within": "10m", "tasks": ["Say so", "Tell sales"]}),
        (14, {"stage": 3, "name": "Post-Mortem", "within": "3d", "tasks": ["Write", "Update runbook"]}),
    ]
    assert facts(BOXES, "review") == [(15, {"what": "runbook", "triggers": ["post-mortem"]})]


@pytest.mark.covers("INC-06", "INC-07")
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "# Shop\n## Incident Lifecycle\n1. **Notice** - Alarm rings\n2. **Answer** - Somebody says so\n3. **End** - All is well\n",
            [
                {"stage": 1, "name": "Notice", "what": "Alarm rings"},
                {"stage": 2, "name": "Answer", "what": "Somebody says so"},
                {"stage": 3, "name": "End", "what": "All is well"},
            ],
        ),
        (
            "# Shop\n## Incident Response Process\n### 1. Notice (0-10 minutes)\nLook.\n### 2. Mend (10-60 minutes)\nMend.\n### 3. Learn (within 2 days)\nWrite.\n",
            [
                {"stage": 1, "name": "Notice", "from": "0m", "to": "10m"},
                {"stage": 2, "name": "Mend", "from": "10m", "to": "60m"},
                {"stage": 3, "name": "Learn", "within": "2d"},
            ],
        ),
        (
            "# Laden\n## Störungsprozess\n1. **Erkennen**: Alarm\n2. **Beheben**: Neustart\n3. **Lernen**: Bericht\n",
            [
                {"stage": 1, "name": "Erkennen", "what": "Alarm"},
                {"stage": 2, "name": "Beheben", "what": "Neustart"},
                {"stage": 3, "name": "Lernen", "what": "Bericht"},
            ],
        ),
        ("# Shop\n## Deployment Process\n1. **Build** - Make\n2. **Test** - Try\n3. **Go** - Push\n", []),
        ("# Shop\n## Incident Response Process\n1. Look\n2. Mend\n3. Tell\n", []),
    ],
)
def test_stages(text: str, wanted: list[dict[str, Any]]) -> None:
    assert values(text, "stage") == wanted


@pytest.mark.covers("DOC-02", "MNT-10", "MNT-12", "MNT-17", "INC-18", "INC-19")
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "# Shop\n## Opening Checklist (Daily 8 AM)\n- [ ] Lights\n- [ ] Till\n",
            [{"title": "Opening Checklist", "items": ["Lights", "Till"], "form": "checkbox"}],
        ),
        (
            "# Shop\n## Window\n**2 Days Before Release:**\n- [ ] Freeze\n- [ ] Tell\n",
            [
                {
                    "title": "2 Days Before Release",
                    "items": ["Freeze", "Tell"],
                    "form": "checkbox",
                    "when": {"relative_to": "release", "offset": "-2d"},
                }
            ],
        ),
        (
            "# Shop\n## Till down\n1. Mend\n\n**Post-Incident**:\n- Write\n- Learn\n",
            [{"title": "Post-Incident: Till down", "items": ["Write", "Learn"], "form": "list"}],
        ),
        (
            "# Shop\n## Update\n1. **Pre-update checklist**:\n   - Copy\n   - Read\n",
            [{"title": "Pre-update checklist", "items": ["Copy", "Read"], "form": "list"}],
        ),
        (
            "# Laden\n## Checkliste\n- [ ] Licht\n- [ ] Kasse\n",
            [{"title": "Checkliste: Laden", "items": ["Licht", "Kasse"], "form": "checkbox"}],
        ),
        # What is still open, what is done already, and other lists are no checklists.
        ("# Shop\n## Next steps\n- [ ] Hire\n- [ ] Move\n", []),
        ("# Shop\n## Opening\n- [x] Lights\n- [ ] Till\n", []),
        ("# Shop Roadmap\n## Phase\n- [ ] Hire\n- [ ] Move\n", []),
        ("# Shop\n## Till down\n**Prevention**:\n- Write\n- Learn\n", []),
        ("# Shop\n## Till down\n**Symptoms**:\n- Slow\n- Red\n", []),
    ],
)
def test_checklists(text: str, wanted: list[dict[str, Any]]) -> None:
    assert values(text, "checklist") == wanted


REPORT = """\
# Shop
## Incident Report Template
```markdown
# Report: [INC-YYYY-MM-DD]
**Date**: YYYY-MM-DD
## Timeline
- HH:MM - Alarm rang
- **Mended**: [Time]
## Cause
What it was
```
"""


@pytest.mark.covers("INC-11", "INC-12", "INC-13", "INC-14", "INC-15", "INC-16")
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            REPORT,
            [
                {
                    "title": "Incident Report Template",
                    "id": "INC-YYYY-MM-DD",
                    "fields": ["Date", "Timeline: Alarm rang", "Timeline: Mended", "Cause"],
                }
            ],
        ),
        (
            '# Shop\n## Commands\n**Declare Incident**:\n```sh\necho "INCIDENT DECLARED: Till\nSeverity: P1\nLead: @ada" | slack post\n```\n',
            [{"title": "Declare Incident", "fields": ["INCIDENT DECLARED", "Severity", "Lead"]}],
        ),
        (
            "# Shop\n## Commands\n**Create Incident Channel**:\n```sh\n/slack create channel #incident-$(date +%Y%m%d)\n```\n",
            [{"title": "Create Incident Channel", "id": "#incident-YYYYMMDD"}],
        ),
        ("# Shop\n## Helm Template\n```\nreplicas: 3\nimage: shop\n```\n", []),
        ("# Shop\n## Report\n```markdown\n# Report\n**Date**: x\n**Cause**: y\n```\n", []),
    ],
)
def test_templates(text: str, wanted: list[dict[str, Any]]) -> None:
    assert values(text, "template") == wanted


@pytest.mark.covers("ONC-10", "DOC-05", "MNT-24")
@pytest.mark.parametrize(
    ("text", "kind", "wanted"),
    [
        (
            "# Shop\n## Sweep\n**Owner**: Night shift\n\n1. Sweep\n",
            "owner",
            [{"procedure": "Sweep", "who": "Night shift"}],
        ),
        (
            "---\nowner: shop-team\n---\n# Shop\n## Sweep\n1. Sweep\n",
            "owner",
            [{"procedure": "whole runbook", "who": "shop-team"}],
        ),
        (
            "# Laden\n**Zuständig**: Nachtschicht\n\n## Kehren\n1. Kehren\n",
            "owner",
            [{"procedure": "whole runbook", "who": "Nachtschicht"}],
        ),
        (
            "# Shop\n## Sweep\n1. Sweep\n\n## Notes\nSee.\n\n---\n**Version**: 2\n**Owner**: Night shift\n",
            "owner",
            [{"procedure": "whole runbook", "who": "Night shift"}],
        ),
        ("# Shop\n## Sweep\n**Owner**: [Team Name]\n\n1. Sweep\n", "owner", []),
        (
            "# Shop\n## Sweep\n**Duration**: 20 minutes  \n**Downtime**: None (rolling)\n\n1. Sweep\n",
            "duration",
            [
                {"procedure": "Sweep", "value": "20m"},
                {"procedure": "Sweep", "downtime": "none", "how": "rolling"},
            ],
        ),
        (
            "# Shop\n## Sweep\n**Estimated time**: 15-30 min\n\n1. Sweep\n",
            "duration",
            [{"procedure": "Sweep", "value": {"min": "15m", "max": "30m"}}],
        ),
        (
            "# Tienda\n## Barrer\n**Duración**: 2 horas\n\n1. Barrer\n",
            "duration",
            [{"procedure": "Barrer", "value": "2h"}],
        ),
        (
            "# Shop\n## Sweep\n**Duration**: Varies\n\n1. Sweep\n",
            "duration",
            [{"procedure": "Sweep", "value": "varies"}],
        ),
        (
            "# Shop\n## Sweep\n```sh\nshopctl sweep\n# 2. Wait for the dust to settle\nsleep 30\nshopctl look\n```\n",
            "duration",
            [{"procedure": "Sweep", "step": "wait for the dust to settle", "value": "30s", "stated": "code"}],
        ),
        (
            "# Shop\n## Sweep\n```sh\nshopctl sweep\n# Monitor the till for 10 minutes\nshopctl look\n```\n",
            "duration",
            [{"procedure": "Sweep", "step": "monitor the till", "value": "10m"}],
        ),
        # A wait in a loop polls, and says nothing of how long it takes.
        ("# Shop\n## Sweep\n```sh\nuntil shopctl look; do\nsleep 5\ndone\n```\n", "duration", []),
        ("# Shop\n## Metrics\n- **Duration**: how long a request took\n", "duration", []),
    ],
)
def test_owners_and_durations(text: str, kind: str, wanted: list[dict[str, Any]]) -> None:
    assert values(text, kind) == wanted


def test_a_duration_that_was_not_understood_is_said() -> None:
    text = "# Shop\n## Sweep\n**Duration**: 10 minutes per room and floor\n\n1. Sweep\n"
    assert notices(text) == [
        (3, "how long “Sweep” takes was not understood: “10 minutes per room and floor”")
    ]


@pytest.mark.covers("DOC-03", "DOC-04", "DOC-05", "DOC-06", "TSK-21", "SVC-06")
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "# Shop\n\n**Version**: 2.1\n**Last Updated**: 2026-02-04\n\n## Sweep\n1. Sweep\n",
            [{"what": "runbook", "version": "2.1"}, {"what": "runbook", "last_updated": "2026-02-04"}],
        ),
        (
            "---\nlast_updated: '2026-02-04'\nreview_cycle: quarterly\n---\n# Shop\n",
            [{"what": "runbook", "last_updated": "2026-02-04"}, {"what": "runbook", "every": "quarter"}],
        ),
        (
            "# Shop\n## Care\n### Runbook Maintenance\n- **Review frequency**: every 2 months\n- **Update triggers**:\n  - A new till\n  - A fire\n- **Approval process**: Ada + Bo\n",
            [
                {"what": "runbook", "every": "month", "interval": 2},
                {"what": "runbook", "triggers": ["A new till", "A fire"]},
                {"what": "runbook", "approval": ["Ada", "Bo"]},
            ],
        ),
        (
            "# Shop\n## Change Log\n| Date | Version | Changes | Author |\n|---|---|---|---|\n| 2026-01-02 | 1.0 | First | Ada |\n",
            [{"what": "runbook", "date": "2026-01-02", "version": "1.0", "changes": "First", "by": "Ada"}],
        ),
        (
            "# Shop\n\nThis runbook lives. Update it after every fire and flood.\n",
            [{"what": "runbook", "triggers": ["every fire", "every flood"]}],
        ),
        (
            "# Shop\n## Monthly Tasks\n- Sweep the bucket\n- Review and update runbooks\n",
            [{"what": "runbooks", "every": "month"}],
        ),
        # The version of something else, and a word that is no date.
        ("# Shop\n## Upgrade\n### Database\n- **Version**: 15.4\n\n" + "text\n\n" * 20, []),
        ("# Shop\n\n**Last Updated**: long ago\n", []),
    ],
)
def test_reviews(text: str, wanted: list[dict[str, Any]]) -> None:
    assert values(text, "review") == wanted
