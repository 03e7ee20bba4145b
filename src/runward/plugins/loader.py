"""Find actions by their kind, loading no more than the one that is asked for.

`postgres.terminate` is the file `actions/postgres_terminate.py`; an installed package may bring more as
entry points of the group `runward.actions`, named by their kind.
"""

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from inspect import cleandoc
from pkgutil import iter_modules
from typing import Any

from runward.plugins import actions

GROUP = "runward.actions"


@dataclass(frozen=True, slots=True)
class Contract:
    """What has to be known of an action before it is carried out."""

    kind: str
    effect: str  # read | change | destroy
    summary: str  # the first sentence of its help
    shows: str  # what its preview shows
    undoes: str  # what taking it back does, "" if that cannot be done
    targets: tuple[str, ...]
    columns: tuple[str, ...]
    marks: tuple[str, ...] = ()  # columns of the preview that only tell its rows apart


@cache
def list_kinds() -> tuple[str, ...]:
    """The kind of every action there is."""
    return tuple(sorted(_own_kinds() | {one.name for one in entry_points(group=GROUP)}))


@cache
def find_contract(kind: str) -> Contract | None:
    """What an action of this kind promises, None if there is none."""
    found = find_class(kind)
    if found is None:
        return None
    summary = cleandoc(found.__doc__ or "").split("\n\n", 1)[0].replace("\n", " ")
    return Contract(
        kind, found.effect, summary, found.shows, found.undoes, found.targets, found.columns, found.marks
    )


def find_class(kind: str) -> Any:
    """The class of an action, None if there is none of this kind or it cannot be loaded."""
    return _loaded(kind)[0]


def why_absent(kind: str) -> str:
    """Why there is no class of this kind."""
    return _loaded(kind)[1]


@cache
def _loaded(kind: str) -> tuple[Any, str]:
    """The class, our own before one that a package brings; or why it cannot be had."""
    if kind in _own_kinds():
        module = import_module(f"{actions.__name__}.{kind.replace('.', '_')}")
        mine = (one for one in vars(module).values() if isinstance(one, type))
        return next(one for one in mine if one.__module__ == module.__name__ and hasattr(one, "effect")), ""
    for brought in entry_points(group=GROUP, name=kind):
        try:
            return brought.load(), ""
        except Exception as problem:  # noqa: BLE001  # a package may be anybody's; its fault is a gap in the plan
            return None, f"the action {kind} of {brought.value} cannot be loaded: {problem}"
    return None, f"there is no action {kind}"


@cache
def _own_kinds() -> frozenset[str]:
    return frozenset(one.name.replace("_", ".", 1) for one in iter_modules(actions.__path__))
