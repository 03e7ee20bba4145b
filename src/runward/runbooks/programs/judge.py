"""Judge what a call does, with its redirections and the variables it is given."""

import re

from runward.runbooks.programs import (
    clusters,
    databases,
    development,
    devices,
    files,
    platforms,
    queues,
    system,
    web,
)
from runward.runbooks.programs.development import named_effect
from runward.runbooks.programs.rules import Effect, Judge, changes, destroys, ending_word, reads, worst
from runward.runbooks.shell.model import Call, Command, Redirect
from runward.runbooks.shell.wrappers import HIJACKING, WRAPPERS

_RULES: dict[str, Judge] = {
    **files.RULES,
    **system.RULES,
    **databases.RULES,
    **clusters.RULES,
    **queues.RULES,
    **web.RULES,
    **development.RULES,
    **platforms.RULES,
}
_NOWHERE = {"/dev/null", "/dev/stdout", "/dev/stderr", "/dev/tty", "/dev/fd/1", "/dev/fd/2"}
_HIJACKING = re.compile(HIJACKING)
_SILENT = {":", "true", "false"}
_SUFFIX = re.compile(r"\.\w{1,4}$")


def is_known(name: str) -> bool:
    """Whether we know what a program of this name does."""
    return name in _RULES or name in WRAPPERS or queues.prefixed(name) is not None


def call_effect(call: Call) -> Effect:
    """What one call does, apart from its redirections."""
    if call.doubt:
        if call.arguments and call.doubt.startswith("it runs the script"):
            return named_effect(call.arguments[0].text, [word.text for word in call.arguments[1:]])
        return changes(call.doubt)
    if not call.name:
        return reads("it only redirects")
    if call.name.endswith("()"):
        return reads(f"{call.name} is a function of the script, judged by its own commands")
    rule = devices.RULES.get(call.name) or _RULES.get(call.name) or queues.prefixed(call.name)
    if rule:
        return rule(call)
    if call.name in WRAPPERS:
        return reads(f"{call.name} only carries another command")
    return system.prefixed(call.name) or _unknown(call)


def _unknown(call: Call) -> Effect:
    named = named_effect(call.name, [word.text for word in call.arguments])
    if "/" in call.name or "\\" in call.name or _SUFFIX.search(call.name):
        return named
    if named[1].startswith("by its name"):
        return named
    if ending_word(call.arguments) and not call.has("--dry-run", "--dryrun"):
        return destroys(f"{call.name} {ending_word(call.arguments)} takes something away, by its words")
    return changes(f"nothing is known of {call.name}, so it may change something")


def command_effect(command: Command) -> Effect:
    """What the redirections and assignments of a command do."""
    effects = [_redirected(redirect, command) for redirect in command.redirects]
    effects.extend(
        changes(f"{name} changes which programs are run")
        for name, _ in command.assignments
        if _HIJACKING.fullmatch(name)
    )
    if command.words and command.words[0].text in {"export", "declare", "typeset", "readonly", "local"}:
        effects.extend(
            changes(f"{word.text} changes which programs are run")
            for word in command.words[1:]
            if re.match(HIJACKING + "=", word.text)
        )
    if command.feed is not None and command.feed.kind == "file" and command.feed.name.startswith("/dev/tcp/"):
        effects.append(reads("it tries a connection"))
    return worst(*effects) if effects else reads("it only looks")


def _redirected(redirect: Redirect, command: Command) -> Effect:
    target = redirect.target.text
    if target in _NOWHERE or (redirect.sign in {">&", "<&"} and re.fullmatch(r"\d*-?", target)):
        return reads("its output is thrown away or joined")
    if redirect.sign in {"<", "<&"} or target.startswith((">(", "<(")):
        return reads("it reads a file")
    if re.match(r"/dev/(?!shm/|tcp/|udp/|pts/)", target):
        return destroys(f"it overwrites {target}")
    if redirect.sign in {">>", "&>>"}:
        return changes(f"it adds to {target}")
    if redirect.sign in {">", ">|"} and _prints_nothing(command):
        return destroys(f"it empties {target}")
    return changes(f"it writes {target}")


def _prints_nothing(command: Command) -> bool:
    """Whether a command has no output of its own, so that > only empties the file."""
    if not command.words:
        return not command.text.lstrip().startswith(("{", "(", "if", "for", "while", "until", "case"))
    words = [word.text for word in command.words]
    if words[0] in _SILENT:
        return True
    if words[0] in {"echo", "printf"}:
        return not "".join(
            word for word in words[1:] if word not in {"-n", "-e", "-ne", "-en"}
        ).strip() or words[1:] == ["\\c"]
    return words[:2] == ["cat", "/dev/null"] and len(words) == 2
