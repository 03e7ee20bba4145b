"""Carry the working folder and the shell's state from step to step, in a file that only we can read."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType

from runward.plugins.contracts import Outcome

_NAME = "carried.json"
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Carried:
    """What one step leaves to the next."""

    working_folder: str = ""
    environment: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    removed: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    functions: Mapping[str, str] = field(default_factory=lambda: _NOTHING)


def carried_after(before: Carried, outcome: Outcome) -> Carried:
    """What is carried on after a step; a step whose end was not seen leaves things as they were."""
    if outcome.environment is None:
        return before
    return Carried(
        outcome.working_folder or before.working_folder,
        {
            name: value
            for name, value in {**before.environment, **outcome.environment}.items()
            if name not in outcome.removed
        },
        tuple(sorted({*before.removed, *outcome.removed} - set(outcome.environment))),
        dict(outcome.variables),
        dict(outcome.functions),
    )


def read_carried(folder: Path) -> Carried:
    """What the steps before left; nothing at the beginning of a run."""
    try:
        kept = json.loads((folder / _NAME).read_text())
    except FileNotFoundError:
        return Carried()
    return Carried(**{**kept, "removed": tuple(kept["removed"])})


def write_carried(folder: Path, carried: Carried) -> None:
    """Keep what is carried on, whole or not at all."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = folder / f"{_NAME}.new"
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump({each.name: _plain(getattr(carried, each.name)) for each in fields(carried)}, file)
    fresh.replace(folder / _NAME)


def _plain(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else value


def forget_carried(folder: Path) -> None:
    """Remove what was carried: the run is over."""
    (folder / _NAME).unlink(missing_ok=True)
