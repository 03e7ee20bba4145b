"""What a service is known to run: as the servers told, else as runward.toml states it, the default target first."""

import pytest
from pydantic import ValidationError

from runward.inventory.model import Service, Target
from runward.inventory.versions import version_in, versions_of


def database(version: str, *, default: bool = False) -> Target:
    return Target.model_validate(
        {"kind": "postgresql", "url": "postgresql://db/shop", "version": version, "default": default}
    )


VERSIONS = [
    ({"db": database("15.4")}, {}, {"postgresql": (15, 4)}),
    ({"db": database("")}, {}, {}),
    ({"db": database("15"), "old": database("12.18")}, {}, {"postgresql": (12, 18)}),
    ({"db": database("15", default=True), "old": database("12.18")}, {}, {"postgresql": (15,)}),
    ({"db": database("15")}, {"postgresql": (16, 2)}, {"postgresql": (16, 2)}),
    ({}, {"redis": (7,)}, {"redis": (7,)}),
]


@pytest.mark.parametrize(("targets", "seen", "wanted"), VERSIONS)
def test_versions(
    targets: dict[str, Target], seen: dict[str, tuple[int, ...]], wanted: dict[str, tuple[int, ...]]
) -> None:
    assert versions_of(Service(targets=targets), seen) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"), [("15.4 (Debian 15.4-1)", (15, 4)), ("7", (7,)), ("", ()), ("new", ())]
)
def test_the_figures_at_the_front_count(text: str, wanted: tuple[int, ...]) -> None:
    assert version_in(text) == wanted


def test_toml_may_write_it_as_a_number() -> None:
    assert Target.model_validate({"kind": "host", "version": 15.4}).version == "15.4"


def test_what_is_no_version_is_refused() -> None:
    with pytest.raises(ValidationError, match="no version"):
        Target.model_validate({"kind": "host", "version": "new"})
