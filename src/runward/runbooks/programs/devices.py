"""Words that people type on routers, switches and firewalls, wherever a document calls them shell."""

from runward.runbooks.programs.rules import Effect, Judge, always, changes, destroys, reads
from runward.runbooks.shell.model import Call

_COUNTS = {"counters", "counter", "logging", "log", "screen", "line"}


def _clear(call: Call) -> Effect:
    """Alone it wipes a terminal; with words a device drops sessions, tables or counters."""
    words = [word.text for word in call.arguments if not word.text.startswith("-")]
    if not words and not call.more:
        return reads("clear empties the terminal's screen")
    if _COUNTS.intersection(words):
        return changes(f"clear {' '.join(words)} sets a device's counters back")
    return destroys(f"clear {' '.join(words)} drops what a device holds")


def _set(call: Call) -> Effect:
    """The shell's own flags and arguments, or the configuration of a device."""
    first = call.arguments[0].text if call.arguments else "-"
    if first.startswith(("-", "+", "$", "*", "/")) or len(call.arguments) < 3:
        return reads("set only concerns this shell")
    return changes(f"set {first} may configure a device")


RULES: dict[str, Judge] = {
    "clear": _clear,
    "set": _set,
    "show": always(reads("show only looks, on a device as elsewhere")),
    "display": always(reads("display only looks")),
    **dict.fromkeys(("configure", "conf", "commit", "undebug", "copy", "write"), always(changes("it configures a device"))),
    **dict.fromkeys(("reload", "shutdown", "erase", "no"), always(destroys("it takes a device, or a part of it, down"))),
}  # fmt: skip
