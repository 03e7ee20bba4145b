"""Find patterns that are meant for a program and that bash would take for itself."""

from collections.abc import Mapping
from dataclasses import dataclass

from runward.runs.planning.commands import script_of

# Programs that take patterns, with the words after which one stands.
_TAKERS: Mapping[str, frozenset[str]] = {
    "redis-cli": frozenset({"keys", "match", "--pattern"}),
    "find": frozenset({"-name", "-iname", "-path", "-ipath", "-wholename"}),
}
_SIGNS = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class OpenPattern:
    """An unquoted pattern: where it stands, whose it is."""

    line: int  # of the document
    program: str
    pattern: str
    command: str


def open_patterns(script: str, first_line: int) -> tuple[OpenPattern, ...]:
    """The patterns of a script that file names would replace, if any match in the folder where it runs."""
    found = []
    data = script.encode()
    for command in script_of(script).commands:
        for number, word in enumerate(command.words[:-1]):
            program = next((name for name in _TAKERS if name in command.texts[: number + 1]), "")
            after = command.words[number + 1]
            bare = after.raw == after.text and bool(_SIGNS & set(after.text))
            if program and bare and word.text.lower() in _TAKERS[program]:
                text = data[command.start : command.end].decode(errors="replace")
                found.append(OpenPattern(first_line + command.line - 1, program, after.text, text))
    return tuple(found)
