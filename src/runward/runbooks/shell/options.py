"""Tell the flags of a command line from its values and its other words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from runward.runbooks.shell.model import Word


@dataclass(frozen=True, slots=True)
class Options:
    """A command line taken apart: flags with their values in order, and the words that are neither."""

    flags: tuple[tuple[str, Word | None], ...]
    rest: tuple[Word, ...]
    rest_at: tuple[int, ...]  # where each of `rest` stood

    def has(self, *names: str) -> bool:
        """Whether one of these flags is given."""
        return any(flag in names for flag, _ in self.flags)

    def values(self, *names: str) -> tuple[Word, ...]:
        """What these flags are given, in order."""
        return tuple(value for flag, value in self.flags if flag in names and value is not None)

    def unknown(self, known: Iterable[str]) -> bool:
        """Whether there is a flag besides these."""
        allowed = set(known)
        return any(flag not in allowed for flag, _ in self.flags)


def options_of(
    words: Sequence[Word], valued: frozenset[str] | set[str], *, stop: bool = False, single: bool = False
) -> Options:
    """Flags of these words; `valued` take a value; `stop` at the first other word, as wrappers do.

    With `single`, one dash begins a long flag too (`-name`, `-out`), as in find, openssl and terraform.
    """
    flags: list[tuple[str, Word | None]] = []
    rest: list[Word] = []
    places: list[int] = []
    at, count = 0, len(words)
    while at < count:
        word = words[at]
        if word.text == "--" or (stop and not _is_flag(word)):
            start = at + (word.text == "--")
            rest.extend(words[start:])
            places.extend(range(start, count))
            break
        if not _is_flag(word):
            rest.append(word)
            places.append(at)
            at += 1
            continue
        following = words[at + 1] if at + 1 < count else None
        made, used = _flag(word, following, valued, single)
        flags.extend(made)
        at += 1 + used
    return Options(tuple(flags), tuple(rest), tuple(places))


def _is_flag(word: Word) -> bool:
    return len(word.text) > 1 and word.text.startswith("-")


def _flag(
    word: Word, following: Word | None, valued: frozenset[str] | set[str], single: bool
) -> tuple[list[tuple[str, Word | None]], int]:
    """The flags in one word, and whether the next word is the value of the last of them."""
    text = word.text
    if text.startswith("--") or single or text in valued:
        name, sign, value = text.partition("=")
        if sign:
            return [(name, Word(value, word.line, word.fixed, word.crafted, word.loose))], 0
        return ([(text, following)], 1) if text in valued and following is not None else ([(text, None)], 0)
    return _cluster(word, following, valued)


def _cluster(
    word: Word, following: Word | None, valued: frozenset[str] | set[str]
) -> tuple[list[tuple[str, Word | None]], int]:
    """Short flags written together, the last of which may have its value attached."""
    made: list[tuple[str, Word | None]] = []
    for place, letter in enumerate(word.text[1:], 2):
        flag = f"-{letter}"
        if flag in valued:
            attached = word.text[place:]
            if attached:
                return [
                    *made,
                    (flag, Word(attached.removeprefix("="), word.line, word.fixed, word.crafted, word.loose)),
                ], 0
            return ([*made, (flag, following)], 1) if following is not None else ([*made, (flag, None)], 0)
        made.append((flag, None))
    return made, 0


def words_of(text: str) -> frozenset[str]:
    """The words of a table's text."""
    return frozenset(text.split())
