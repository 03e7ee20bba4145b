"""Read the YAML of a fence that calls an action: its kind, its target, its settings, each with its line."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from runward.foundation.errors import Mistake
from runward.plugins.contracts import Action
from runward.plugins.loader import find_class, list_kinds, why_absent

_OWN = ("action", "target")  # the keys that every call has
_HINT = "write it like `action: postgres.locks`, and one setting a line below it"


@dataclass(frozen=True, slots=True)
class Call:
    """An action with its settings, as a fence writes them."""

    kind: str
    target: str
    settings: Mapping[str, Any]  # texts, and lists or mappings of texts
    lines: Mapping[str, int]  # of the text, by key


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a call cannot be carried out, at a line of its text."""

    line: int
    what: str
    hint: str = ""
    key: str = ""


def call_of(text: str) -> Call:
    """The call that a fence's text makes; a Mistake carries the line of the text.

    Every scalar stays the text that it is: no `on` turns into true and no `1:30` into ninety.
    """
    try:
        node = yaml.compose(text, Loader=yaml.BaseLoader)
        read = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506  # it makes nothing but texts, lists and mappings
    except (yaml.YAMLError, ValueError, RecursionError) as problem:
        mark = getattr(problem, "problem_mark", None)
        said = getattr(problem, "problem", None) or str(problem).splitlines()[0]
        raise Mistake(f"this is not YAML: {said}", line=mark.line + 1 if mark else 1, hint=_HINT) from None
    if not isinstance(node, yaml.MappingNode) or not isinstance(read, dict):
        raise Mistake("it does not say which action is meant", line=1, hint=_HINT)
    return _call(read, _lines_of(node))


def _lines_of(node: yaml.MappingNode) -> dict[str, int]:
    lines: dict[str, int] = {}
    for key, _ in node.value:
        name, line = str(key.value), key.start_mark.line + 1
        if name in lines:
            raise Mistake(
                f"{name} is said twice", line=line, hint=f"it is said in line {lines[name]} of the block"
            )
        lines[name] = line
    return lines


def _call(read: Mapping[str, Any], lines: Mapping[str, int]) -> Call:
    kind, target = read.get("action"), read.get("target", "")
    if not isinstance(kind, str) or not kind.strip():
        raise Mistake("it does not say which action is meant", line=lines.get("action", 1), hint=_HINT)
    if not isinstance(target, str):
        raise Mistake("target is the name of one target", line=lines["target"])
    return Call(kind.strip(), target.strip(), {name: read[name] for name in read if name not in _OWN}, lines)


def action_of(call: Call) -> Action:
    """The action with its settings; the first thing that is wrong with them is a Mistake."""
    for fault in faults_of(call):
        raise Mistake(fault.what, line=fault.line, hint=fault.hint)
    made: Action = find_class(call.kind).model_validate(call.settings)
    return made


def faults_of(call: Call) -> tuple[Fault, ...]:
    """Everything that is wrong with a call, in the order of its lines."""
    found = find_class(call.kind)
    if found is None:
        return (Fault(call.lines["action"], why_absent(call.kind), _nearest(call.kind), "action"),)
    try:
        found.model_validate(call.settings)
    except ValidationError as problem:
        errors = problem.errors(include_input=False, include_url=False)
        faults = [_fault(error, call, found) for error in errors]
        return tuple(sorted(faults, key=lambda fault: fault.line))
    return ()


def _fault(error: ErrorDetails, call: Call, kind: type[Action]) -> Fault:
    key = str(error["loc"][0]) if error["loc"] else ""
    line = call.lines.get(key, call.lines["action"])
    if error["type"] == "extra_forbidden":
        known = ", ".join(kind.model_fields) or "it has none"
        return Fault(line, f"{call.kind} has no setting {key}", f"its settings: {known}", key)
    if error["type"] == "missing":
        said = kind.model_fields[key].description or ""
        return Fault(line, f"{call.kind} needs {key}", f"{key}: {said}", key)
    words = error["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return Fault(line, f"{key}: {words}" if key else words, "", key)


def _nearest(kind: str) -> str:
    near = get_close_matches(kind, list_kinds(), n=3, cutoff=0.4)
    return f"did you mean {' or '.join(near)}?" if near else f"there are: {', '.join(list_kinds())}"
