"""In which time zone a document means its times of day, and who says so."""

import pytest

from runward.runbooks.read import parse_runbook
from runward.runbooks.zone import Zone, zone_of


@pytest.mark.covers("TSK-35")
@pytest.mark.parametrize(
    ("front", "service", "wanted"),
    [
        ("", "", Zone("UTC", "default")),
        ("", "Europe/Berlin", Zone("Europe/Berlin", "runward.toml")),
        ("timezone: America/Lima", "", Zone("America/Lima", "front matter")),
        ("tz: America/Lima", "Europe/Berlin", Zone("America/Lima", "front matter")),
        ("Time-Zone: America/Lima", "", Zone("America/Lima", "front matter")),
        ("timezone: Nowhere/Land", "Europe/Berlin", Zone("Europe/Berlin", "runward.toml", "Nowhere/Land")),
        ("timezone: ../../etc/passwd", "", Zone("UTC", "default", "../../etc/passwd")),
        ("timezone: 3", "", Zone("UTC", "default")),
        ("title: Shop", "", Zone("UTC", "default")),
    ],
)
def test_zone(front: str, service: str, wanted: Zone) -> None:
    text = f"---\n{front}\n---\n# Shop\n" if front else "# Shop\n"
    assert zone_of(parse_runbook(text, "book.md"), service) == wanted
