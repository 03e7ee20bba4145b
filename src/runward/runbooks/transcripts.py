"""Take the commands out of what a terminal showed, each with its line."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from runward.runbooks.forms import prompt_of


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed at one prompt; `line` counts from 0."""

    line: int
    prompt: str
    text: str


def list_typed(text: str) -> tuple[Typed, ...]:
    r"""What was typed, in order; a line that ends with \ goes on, and so does `> ` after an open quote."""
    return tuple(_typed(text.split("\n")))


def _typed(lines: list[str]) -> Iterator[Typed]:
    number = 0
    while number < len(lines):
        line = lines[number].strip()
        prompt = prompt_of(line)
        if prompt is None:
            number += 1
            continue
        said = [line[prompt.end() :].strip()]
        start, number = number, number + 1
        while number < len(lines) and _goes_on(said[-1], lines[number]):
            said.append(lines[number].strip().removeprefix("> "))
            number += 1
        yield Typed(start, prompt[0].strip(), "\n".join(said))


def _goes_on(said: str, following: str) -> bool:
    return said.endswith("\\") or (
        following.lstrip().startswith("> ")
        and said.endswith(("|", "&&", "||", "\\", "'", '"', "(", "{", "do", "then"))
    )


def script_of_transcript(text: str, keeps: Callable[[str], bool]) -> str:
    """The typed text alone, each command on the line where it stood, so that lines stay right."""
    count = text.count("\n") + 1
    kept = [""] * count
    for typed in list_typed(text):
        if keeps(typed.prompt):
            for offset, line in enumerate(typed.text.split("\n")):
                if typed.line + offset < count:
                    kept[typed.line + offset] = line
    return "\n".join(kept)
