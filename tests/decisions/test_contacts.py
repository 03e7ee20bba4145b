"""Whom to reach and how, and who is on call when."""

from typing import Any

import pytest

from decisions.arranged import facts, values
from runward.runbooks.fact.channels import channels_in, is_placeholder


@pytest.mark.parametrize(
    ("text", "wanted"),
    {
        "+1-555-0100": [("phone", "+1-555-0100")],
        "+49 30 1234567": [("phone", "+49 30 1234567")],
        "ops@shop.test or #shop-ops": [("email", "ops@shop.test"), ("slack", "#shop-ops")],
        "https://shop.pagerduty.com": [("pagerduty", "https://shop.pagerduty.com")],
        "[Phone] - [Email]": [("phone", "[Phone]"), ("email", "[Email]")],
        "2026-02-04": [],
        "1.2.3.4": [],
        "issue #1234 and version 10.11.12": [],
        "[docs](https://x.test)": [("url", "https://x.test")],
        "name@shop.testTeams": [],
    }.items(),
)
def test_channels(text: str, wanted: list[tuple[str, str]]) -> None:
    assert [(one.kind, one.value) for one in channels_in(text)] == wanted


@pytest.mark.covers("ONC-05", "ONC-06")
@pytest.mark.parametrize(
    ("value", "wanted"),
    {
        "ops@example.com": True,
        "ops@yourdomain.com": True,
        "ops@company.com": True,
        "+1-555-0100": True,
        "+1-XXX-XXX-XXXX": True,
        "[Phone]": True,
        "https://github.com/your-org/shop/issues": True,
        "ops@shop.io": False,
        "#shop-ops": False,
        "+49 30 7654921": False,
        "https://shop.io/help": False,
    }.items(),
)
def test_placeholder(value: str, wanted: bool) -> None:
    assert is_placeholder(value) is wanted


@pytest.mark.covers("ONC-04", "ONC-05", "ONC-06", "ONC-07", "INC-09")
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "# Shop\n## Contacts\n- **Database Team**: db@shop.io\n- **Slack**: #shop-ops\n- **On-Call**: +1-XXX-XXX-XXXX (PagerDuty)\n",
            [
                {"role": "Database Team", "channel": "email", "value": "db@shop.io", "placeholder": False},
                {"channel": "slack", "value": "#shop-ops", "placeholder": False},
                {"role": "On-Call", "channel": "phone", "value": "+1-XXX-XXX-XXXX", "via": "PagerDuty", "placeholder": True},
            ],
        ),
        (
            "# Shop\n## Emergency Contacts\n- **Primary**: [Name] - [Phone] - [Email]\n- **Vendor**: [Support Contact]\n",
            [
                {"role": "Primary", "name": "[Name]", "channel": "phone", "value": "[Phone]", "placeholder": True},
                {"role": "Primary", "name": "[Name]", "channel": "email", "value": "[Email]", "placeholder": True},
                {"role": "Vendor", "value": "[Support Contact]", "placeholder": True},
            ],
        ),
        (
            "# Laden\n## Ansprechpartner\n| Rolle | E-Mail | Telefon |\n|---|---|---|\n| Bereitschaft | wache@laden.de | +49 30 7654921 |\n",
            [
                {"role": "Bereitschaft", "channel": "email", "value": "wache@laden.de", "placeholder": False},
                {"role": "Bereitschaft", "channel": "phone", "value": "+49 30 7654921", "placeholder": False},
            ],
        ),
        (
            "# Tienda\n## Contactos\n- Equipo de guardia: guardia@tienda.es\n",
            [{"role": "Equipo de guardia", "channel": "email", "value": "guardia@tienda.es", "placeholder": False}],
        ),
        (
            "# Shop\n## Go\n```sh\nshopctl stop\n# Notify the incident team\n# - Slack: #shop-incidents\n# - PagerDuty: Trigger incident\n```\n",
            [
                {"role": "incident team", "channel": "slack", "value": "#shop-incidents", "placeholder": False},
                {"role": "incident team", "channel": "pagerduty", "value": "Trigger incident", "placeholder": False},
            ],
        ),
        (
            '# Shop\n## Copy\n```sh\ncopy || echo bad | mail -s "Copy Failed" ops@example.com\n```\n',
            [{"role": "Copy Failed mail", "channel": "email", "value": "ops@example.com", "placeholder": True, "stated": "code"}],
        ),
        # Links to read, addresses in sentences, and lists that speak of something else.
        ("# Shop\n## Contacts\n- **Documentation**: https://shop.io/docs\n- **Repository**: https://git.shop.io/shop\n", []),
        ("# Shop\n## Escalation\n1. Get a dump: `ctl exec <pod> -- dump 1`\n", []),
        ("# Shop\n## Contact form\n- **Mail**: form@shop.io\n", []),
        ("# Shop\n## Restart\n- **Mail**: form@shop.io\n", []),
        ("# Shop\n## Escalation\n```sh\ncall --payload '{\"pool\": \"<id>\"}'\n```\n", []),
    ],
)  # fmt: skip
def test_contacts(text: str, wanted: list[dict[str, Any]]) -> None:
    assert values(text, "contact") == wanted


@pytest.mark.covers("ONC-01")
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "# Shop\n## On-Call Rotation\n```\nWeek 1: Ada (Primary), Bo (Secondary)\nWeek 2: Bo (Primary), Cy (Backup)\n```\n",
            [
                (4, {"week": 1, "primary": "Ada", "secondary": "Bo"}),
                (5, {"week": 2, "primary": "Bo", "secondary": "Cy"}),
            ],
        ),
        (
            "# Shop\n## On-Call Rotation\n| Week | Primary | Secondary |\n|---|---|---|\n| Week 3 | Ada | Bo |\n",
            [(5, {"week": 3, "primary": "Ada", "secondary": "Bo"})],
        ),
        (
            "# Laden\n## Bereitschaftsplan\n- Woche 1: Ada (primär), Bo (Vertretung)\n",
            [(3, {"week": 1, "primary": "Ada", "secondary": "Bo"})],
        ),
        ("# Shop\n## Log Rotation\n- Week 1: delete (old)\n", []),
    ],
)
def test_rotations(text: str, wanted: list[tuple[int, dict[str, Any]]]) -> None:
    assert facts(text, "rotation") == wanted


@pytest.mark.covers("INC-08", "ONC-08", "ONC-11", "DOC-11")
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "# Shop\n## On-Call Responsibilities\n1. **Acknowledge** alerts within 5 minutes\n2. **Communicate** status every 30 minutes\n3. **Escalate** if it lasts\n4. **Document** what was done\n",
            [
                {"duty": "acknowledge", "what": "alerts", "within": "5m"},
                {"duty": "communicate", "what": "status", "every": "30m"},
                {"duty": "escalate", "if": "it lasts"},
                {"duty": "document", "what": "what was done"},
            ],
        ),
        (
            "# Shop\n## Training Requirements\n- All engineers must be able to restore a copy\n- Regular drills\n- At least 2 people for the till\n",
            [{"duty": "restore a copy", "who": "all engineers"}, {"duty": "drills", "every": "regular"}],
        ),
        ("# Shop\n## Responsibilities of the module\n- Document the orders\n", []),
    ],
)  # fmt: skip
def test_duties(text: str, wanted: list[dict[str, Any]]) -> None:
    assert values(text, "duty") == wanted
