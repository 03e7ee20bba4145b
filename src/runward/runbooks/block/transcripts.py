"""Take the commands out of what a terminal showed, each with its line."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from runward.runbooks.block.forms import prompt_of
from runward.runbooks.block.lookalikes import answer_begins, calls_known, has_syntax, typed_as_root


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed at one prompt; `line` counts from 0."""

    line: int
    prompt: str
    text: str


def list_typed(text: str) -> tuple[Typed, ...]:
    r"""What was typed, in order; a line that ends with \ goes on, and so does `> ` after an open quote.

    Where root's prompt is `# ` it counts; without any prompt, what stands before the answer was typed.
    """
    lines = text.split("\n")
    found = tuple(_typed(lines, as_root=typed_as_root(text)))
    answer = 0 if found else answer_begins(text)
    return found or tuple(
        Typed(number, "$", line.strip()) for number, line in enumerate(lines[:answer]) if line.strip()
    )


def _typed(lines: list[str], *, as_root: bool) -> Iterator[Typed]:
    number = 0
    while number < len(lines):
        line = lines[number].strip()
        prompt = prompt_of(line) or (re.match(r"#\s?(?!!)", line) if as_root else None)
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
    """The typed text alone, each command on the line where it stood, so that lines stay right.

    A command without a prompt counts too: people paste both, and what looks like an answer could be run.
    """
    lines = text.split("\n")
    kept = [""] * len(lines)
    seen: set[int] = set()
    for typed in list_typed(text):
        for number, line in enumerate(typed.text.split("\n"), typed.line):
            seen.add(number)
            if keeps(typed.prompt) and number < len(lines):
                kept[number] = line
    for number in _unprompted(lines, seen):
        kept[number] = lines[number].strip()
    return "\n".join(kept)


def _unprompted(lines: list[str], seen: set[int]) -> Iterator[int]:
    """The lines that no prompt introduces and that read as commands all the same."""
    first, goes_on, apart = min(seen, default=len(lines)), False, True
    for number, line in enumerate(lines):
        said = line.strip()
        if number in seen:
            goes_on = apart = False
            continue
        acts = goes_on or (calls_known(said) and (number < first or apart or has_syntax(said)))
        if acts:
            yield number
        goes_on = acts and said.endswith("\\")
        apart = acts or not said or said.startswith("#")
