"""Read a fence that calls one of our own actions: what it does stands in the action's contract."""

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from runward.foundation.errors import Mistake
from runward.runbooks.model import Risk, RiskyLine

LANGUAGE = "runward"


@dataclass(frozen=True, slots=True)
class NativeCall:
    """What a call of an action does, and what its result will hold."""

    risks: tuple[RiskyLine, ...]
    columns: tuple[str, ...] = ()


@cache
def native_call(text: str, first_line: int) -> NativeCall:
    """The call that a fence makes; one that cannot be read, or of an action that is unknown, counts as a change."""
    try:
        call = _asked("calls").call_of(text)
    except Mistake as mistake:
        line = first_line + max(1, mistake.line) - 1
        return NativeCall((RiskyLine(line, text.strip().split("\n", 1)[0], Risk.CHANGE, mistake.message),))
    contract = _asked("loader").find_contract(call.kind)
    line, words = first_line + call.lines["action"] - 1, f"action: {call.kind}"
    if contract is None:
        return NativeCall((RiskyLine(line, words, Risk.CHANGE, "there is no such action"),))
    return NativeCall((RiskyLine(line, words, Risk(contract.effect), contract.summary),), contract.columns)


def _asked(name: str) -> Any:
    """What knows the actions; loaded only for documents that call one."""
    return import_module(f"runward.plugins.{name}")
