"""Read what a document says in the braces of a fence about how its block is to be run."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from runward.foundation.errors import Mistake
from runward.foundation.spans import span_in
from runward.runbooks.model import Block
from runward.runs.model import OnInterrupt

_YES = {"", "true", "yes", "on", "always"}
_NO = {"false", "no", "off", "never", "0"}


@dataclass(frozen=True, slots=True)
class Attributes:
    """What the document asks of one block; None where it asks nothing."""

    on_interrupt: OnInterrupt | None = None
    verify: str = ""
    undo: str = ""
    timeout: timedelta | None = None
    target: str = ""
    approvals: int | None = None


def attributes_of(block: Block, path: str) -> Attributes:
    """The attributes of a block; a value that cannot be meant is a Mistake with its line."""
    said = block.attributes
    found = Attributes(
        on_interrupt=_on_interrupt(said, path, block.line),
        verify=said.get("verify", ""),
        undo=said.get("undo", ""),
        timeout=_timeout(said, path, block.line),
        target=said.get("target", ""),
        approvals=_approvals(said, path, block.line),
    )
    if found.on_interrupt is OnInterrupt.VERIFY and not found.verify:
        raise Mistake(
            "on_interrupt is verify, but the block says not how",
            file=path,
            line=block.line,
            hint='add verify="..." with a command that succeeds when the step has been done',
        )
    return found


def _on_interrupt(said: Mapping[str, str], path: str, line: int) -> OnInterrupt | None:
    if "on_interrupt" not in said:
        return None
    try:
        return OnInterrupt(said["on_interrupt"].strip().lower())
    except ValueError:
        ways = ", ".join(OnInterrupt)
        raise Mistake(
            f"on_interrupt is “{said['on_interrupt']}”", file=path, line=line, hint=f"it is one of {ways}"
        ) from None


def _timeout(said: Mapping[str, str], path: str, line: int) -> timedelta | None:
    if "timeout" not in said:
        return None
    try:
        return span_in(said["timeout"])
    except ValueError as problem:
        raise Mistake(f"timeout: {problem}", file=path, line=line) from None


def _approvals(said: Mapping[str, str], path: str, line: int) -> int | None:
    if "approve" not in said:
        return None
    word = said["approve"].strip().lower()
    if word in _YES:
        return 1
    if word in _NO:
        return 0
    if word.isdigit() and int(word) <= 20:
        return int(word)
    raise Mistake(
        f"approve is “{said['approve']}”",
        file=path,
        line=line,
        hint="it is true, or how many people must approve",
    )
