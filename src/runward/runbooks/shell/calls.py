"""List every program that a script calls, seen through the wrappers around it."""

import re
from collections.abc import Iterator
from dataclasses import replace

from runward.runbooks.shell.model import Call, Command, Script, Word
from runward.runbooks.shell.parse import script_of
from runward.runbooks.shell.wrappers import Inside, inside_of

_PATTERN = re.compile(r"[*?\[\]](?!$)")
_FOLDERS = re.compile(r"/(?:usr/|opt/|snap/|s?bin/)(?:[\w.@+-]+/)*[\w.@+-]+")
_DEEPEST = 12  # wrappers in wrappers


def calls_of(script: Script) -> tuple[Call, ...]:
    """Every call in the order of the script; a wrapper comes right before what it wraps."""
    made: list[Call] = []
    for command in script.commands:
        if command.words:
            made.extend(_seen(_first(command, script), script, 0))
    return tuple(made)


def _first(command: Command, script: Script) -> Call:
    name, doubt = _program(command.words[0])
    call = Call(name, command.words[1:], command, feed=command.feed, doubt=doubt)
    return replace(call, name=f"{name}()", doubt="") if name in script.functions else call


def _program(word: Word) -> tuple[str, str]:
    """The name of a program, or "" and why it cannot be known."""
    text = word.text.removesuffix(".exe")
    if not word.fixed:
        return "", f"the program is named by {word.text}"
    if word.loose or not text or _PATTERN.search(text.removeprefix("[").removeprefix("[")):
        return "", "the program is not known before it runs"
    if text.startswith("/") and _FOLDERS.fullmatch(text):
        return text.rpartition("/")[2], ""
    return text, ""


def _seen(call: Call, script: Script, depth: int) -> Iterator[Call]:
    """A call and, if it is a wrapper, everything that it runs."""
    yield call
    if depth > _DEEPEST:
        yield replace(call, name="", doubt="too many wrappers around it")
        return
    for inside in inside_of(call):
        if inside.doubt:
            yield replace(
                call, name="", arguments=inside.words, doubt=inside.doubt, local=call.local and inside.local
            )
        if inside.opens_shell:
            yield replace(call, name="", arguments=(), doubt="a shell waits for what is typed", terminal=True)
        if inside.script is not None:
            yield from _from_text(call, inside, depth)
        elif inside.words and not inside.doubt:
            yield from _from_words(call, inside, script, depth)


def _from_words(call: Call, inside: Inside, script: Script, depth: int) -> Iterator[Call]:
    name, doubt = _program(inside.words[0])
    inner = replace(
        call.inner(name, inside.words[1:]),
        local=call.local and inside.local,
        terminal=call.terminal or inside.terminal,
        more=call.more or inside.more,
        doubt=doubt,
    )
    yield from _seen(inner, script, depth + 1)


def _from_text(call: Call, inside: Inside, depth: int) -> Iterator[Call]:
    """The calls of text that a shell is given; a redirection in it is a call without a program."""
    script = script_of(inside.script or "", call.command.line)
    fed = call.feed if not (call.feed and call.feed.text == inside.script) else None
    for command in script.commands:
        place = replace(command, line=call.command.line, end=call.command.end, text=call.command.text)
        around = Call("", command.words, place, (*call.through, call.name), command.feed or fed)
        around = replace(around, local=call.local and inside.local)
        if command.words:
            first = _first(command, script)
            yield from _seen(
                replace(around, name=first.name, arguments=first.arguments, doubt=first.doubt),
                script,
                depth + 1,
            )
        elif command.redirects or command.assignments:
            yield around
    if script.refused:
        yield replace(call, name="", doubt="it holds text that a shell would not accept")
