"""Say what a service is known to run: the version of each kind of target, where all of them agree."""

import re
from collections.abc import Iterable, Mapping

from runward.inventory.model import Service

Versions = Mapping[str, tuple[int, ...]]


def versions_of(service: Service, seen: Versions | None = None) -> dict[str, tuple[int, ...]]:
    """The version of each kind of target: as `seen` on the servers themselves, else as runward.toml states it.

    Where targets of a kind run different versions, it is the default one's, or the lowest, for which the most fails.
    """
    made: dict[str, tuple[int, ...]] = {}
    for kind in {target.kind for target in service.targets.values()}:
        default = service.default_target(kind)
        marked = [
            target for name, target in service.targets.items() if target.kind is kind and name == default
        ]
        every = marked or [target for target in service.targets.values() if target.kind is kind]
        stated = [number for target in every if (number := version_in(target.version))]
        if stated:
            made[kind.value] = min(stated)
    return made | dict(seen or {})


def version_in(text: str) -> tuple[int, ...]:
    """The figures at the front of a version ("15.4 (Debian)" is 15, 4); none where there are none."""
    found = re.match(r"\d+(?:\.\d+)*", text.strip())
    return _figures(found[0].split(".")) if found else ()


def _figures(parts: Iterable[str]) -> tuple[int, ...]:
    return tuple(int(part) for part in parts)
