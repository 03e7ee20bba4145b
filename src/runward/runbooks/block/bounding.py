"""Change the text of a command that does not end into the form of it that does."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from runward.runbooks.shell.model import Call


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a call does not end, and how its text is changed so that it does."""

    why: str
    mend: Callable[[str], str] | None = None
    interactive: bool = False


def without_flags(text: str, verb: str, letters: str, *longs: str) -> str:
    """The text without these flags, looked for after the verb."""
    head, found, tail = split_at(text, verb)
    if not found:
        return text
    for long in longs:
        tail = re.sub(rf"\s{re.escape(long)}(?:=\S+)?(?=\s|$|[\"'])", "", tail, count=1)
    for letter in letters:
        tail = re.sub(rf"\s-{letter}(?=\s|$|[\"'])", "", tail, count=1)
        tail = re.sub(
            rf"(\s-[A-Za-z0-9]*?){letter}([A-Za-z0-9]*)(?=\s|$|[\"'])", _without_letter, tail, count=1
        )
    return head + found + tail


def _without_letter(found: re.Match[str]) -> str:
    return found[1] + found[2] if (found[1] + found[2]).strip() != "-" else ""


def split_at(text: str, verb: str) -> tuple[str, str, str]:
    """The text before a word, the word, and the text after it."""
    places = list(re.finditer(rf"(?<![\w-]){re.escape(verb)}(?![\w-])", text))
    if not places:
        return text, "", ""
    place = places[0]
    return text[: place.start()], place[0], text[place.end() :]


def with_flags(text: str, verb: str, flags: str) -> str:
    """The text with flags put in right after the verb."""
    head, found, tail = split_at(text, verb)
    return f"{head}{found} {flags}{tail}" if found else text


def ending_with(flags: str) -> Callable[[str], str]:
    """Put flags at the end of a text."""
    return lambda text: f"{text} {flags}"


def has_letter(call: Call, letter: str) -> bool:
    """Whether a flag of one letter is given, alone or among others."""
    return any(re.fullmatch(rf"-[A-Za-z0-9]*{letter}[A-Za-z0-9]*", word.text) for word in call.arguments)


def has_long(call: Call, *flags: str) -> bool:
    """Whether a long flag is given and not switched off."""
    return any(
        word.text.partition("=")[0] in flags and not word.text.endswith("=false") for word in call.arguments
    )
