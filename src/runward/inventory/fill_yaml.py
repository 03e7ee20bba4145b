"""Write values into YAML, each as the text that it is."""

import json
import re
from collections.abc import Iterable

from runward.inventory.spots import CannotWrite, Spot

_SAFE = re.compile(r"(?:[\w@%+=,./-]|:(?! )| (?!#))+", re.ASCII)
_BEFORE = re.compile(r"\s*(?:-\s+)?(?:[\w.-]+:\s+|-\s+)")
_SETTING = re.compile(r"(?P<key>[\w.-]+):\s+(?P<value>\S.*)")
_AFTER = re.compile(r"\s*(?:\s#.*)?")


def put_in_yaml(text: str, spots: tuple[Spot, ...]) -> Iterable[str | CannotWrite]:
    """What to write at each spot, or why nothing can be written there."""
    for spot in spots:
        start = text.rfind("\n", 0, spot.start) + 1
        end = text.find("\n", spot.end)
        before, after = text[start : spot.start], text[spot.end : end if end >= 0 else len(text)]
        if spot.bound.reference:
            yield CannotWrite("an action has its secrets from its target, and takes none as a setting")
        elif (line := _whole_line(before, spot, after)) is not None:
            yield line
        elif _BEFORE.fullmatch(before) and _AFTER.fullmatch(after):
            yield json.dumps(spot.bound.text, ensure_ascii=False)
        elif _SAFE.fullmatch(spot.bound.text):
            yield spot.bound.text
        else:
            yield CannotWrite(
                "it holds characters that YAML may read as something else in the middle of a value"
            )


def _whole_line(before: str, spot: Spot, after: str) -> str | None:
    """A setting bound as a whole, `older_than: 1m` to `older_than: 5m`; None where it is anything else."""
    old, new = _SETTING.fullmatch(spot.name), _SETTING.fullmatch(spot.bound.text)
    if (
        old is None
        or new is None
        or old["key"] != new["key"]
        or before.strip()
        or not _AFTER.fullmatch(after)
    ):
        return None
    return f"{new['key']}: {json.dumps(new['value'], ensure_ascii=False)}"
