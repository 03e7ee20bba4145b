"""Read a block of shell text: what each line does, the tools, what does not end, what is asked, its parts."""

import re
from dataclasses import dataclass

from runward.runbooks.block.endless import list_endless
from runward.runbooks.block.parts import parts_of
from runward.runbooks.block.questions import list_questions
from runward.runbooks.model import Endless, Part, Question, Risk, RiskyLine
from runward.runbooks.programs.judge import call_effect, command_effect, is_known
from runward.runbooks.programs.rules import Effect, changes, reads, worst
from runward.runbooks.shell.calls import calls_of
from runward.runbooks.shell.model import Call, Script
from runward.runbooks.shell.options import words_of
from runward.runbooks.shell.parse import script_of

# What the shell itself does needs nothing installed.
_BUILT_IN = words_of(
    "echo printf cd pwd exit return break continue shift export readonly local declare typeset unset set read test [ [[ true false : wait"
    " eval source . exec trap alias unalias type command builtin let ulimit umask times jobs fg bg disown hash history help mapfile readarray"
    " getopts time coproc kill shopt enable pushd popd dirs if then fi for while until case do done esac"
)
_QUOTED = re.compile(r"\"[^\"$`]*\"|'[^']*'")
_OPERATORS = re.compile(r"[|;&<>`\n\\]|\$\(")
_GROUPS = re.compile(r"[\w.-]+\(|[({})]")


@dataclass(frozen=True, slots=True)
class ShellBlock:
    """What there is to know of a block of shell text."""

    script: Script
    risks: tuple[RiskyLine, ...]
    endless: tuple[Endless, ...]
    questions: tuple[Question, ...]
    tools: tuple[str, ...]
    parts: tuple[Part, ...]
    calls: tuple[Call, ...]


def shell_block(text: str, first_line: int) -> ShellBlock:
    """A text read as a script that begins on this line of its document."""
    script = script_of(text, first_line)
    calls = calls_of(script)
    return ShellBlock(
        script,
        _risks(script, calls),
        list_endless(script, calls),
        list_questions(calls),
        tools_of(calls),
        parts_of(script, first_line + text.rstrip("\n").count("\n")),
        calls,
    )


def tools_of(calls: tuple[Call, ...]) -> tuple[str, ...]:
    """The programs that these calls need, in the order of their first use."""
    made = {
        call.name.rpartition("/")[2]: None
        for call in calls
        if call.name and not call.name.endswith("()") and not call.doubt
    }
    return tuple(name for name in made if name not in _BUILT_IN and name)


def _risks(script: Script, calls: tuple[Call, ...]) -> tuple[RiskyLine, ...]:
    """What each command does, its redirections and everything it carries included."""
    by_place: dict[tuple[int, str], list[Effect]] = {}
    idle = {line for line, text in script.refused if _harmless(text)}
    for command in script.commands:
        if command.line in idle and command.line == command.end:
            continue
        by_place.setdefault((command.line, command.text), []).append(command_effect(command))
    for call in calls:
        if call.command.line in idle and call.command.line == call.command.end:
            continue
        effects = by_place.setdefault((call.command.line, call.command.text), [])
        effects.append(call_effect(call))
        if call.through:
            effects.append(command_effect(call.command))
    for line, text in script.refused:
        if not text or text.startswith("#"):
            continue
        effect = (
            reads("bash refuses this line, and it only looks")
            if line in idle
            else changes("bash would not accept this line as it stands")
        )
        by_place.setdefault((line, text), []).append(effect)
    made = [RiskyLine(line, text, *_plainest(effects)) for (line, text), effects in by_place.items() if text]
    return tuple(sorted(made, key=lambda one: one.line))


def _plainest(effects: list[Effect]) -> tuple[Risk, str]:
    """The worst effect; among harmless ones, the one that says most."""
    bad = worst(*effects)
    if bad[0] is not Risk.READ:
        return bad
    said = [
        why
        for _, why in effects
        if why not in {"it only looks", "it only redirects"} and "only carries" not in why
    ]
    return reads(said[0] if said else "it only looks")


def _harmless(text: str) -> bool:
    """Whether a line that bash refuses can do nothing even in part: one program that only looks, without operators."""
    if not text or text.startswith("#"):
        return True
    bare = _QUOTED.sub("x", text)
    words = bare.split()
    if _OPERATORS.search(bare) or not words or _GROUPS.match(words[0]) or "(" in words[0]:
        return False
    return (
        words[0] in _LOOKERS and is_known(words[0]) and not any(word.startswith(("(", "{")) for word in words)
    )


# Programs that only look whatever their arguments are.
_LOOKERS = words_of("open xdg-open echo ls cat grep head wc ps df free uptime dig nslookup ping stat du")
