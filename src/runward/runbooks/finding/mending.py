"""Apply the mends of findings to a text, touching no other line and never two mends on the same one."""

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from runward.runbooks.document.mend import mended
from runward.runbooks.finding.model import Finding, Mend

_LINE_END = re.compile(r"(\r\n|\r|\n)")
_ROUNDS = 10  # a mend may lay another one open; more rounds than this would be two that undo each other

Findings = Callable[[str], Sequence[Finding]]


def mended_text(text: str, findings: Findings) -> tuple[str, tuple[Finding, ...]]:
    """The text with all mends applied that its findings offer, and the findings that were mended.

    `findings` judges a text; it is asked again after each round, so that a second run finds nothing to do.
    """
    done: list[Finding] = []
    seen = {text}
    for _ in range(_ROUNDS):
        chosen = compatible([one for one in findings(text) if one.found.mend])
        better = applied(text, [one.found.mend for one in chosen if one.found.mend])
        if better in seen:
            break
        seen.add(better)
        done.extend(chosen)
        text = better
    return text, tuple(done)


def compatible(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings whose mends touch different lines: of those that meet, the first by line and rule."""
    made: list[Finding] = []
    reached = 0
    for one in sorted(findings, key=_place):
        mend = one.found.mend
        if mend and mend.line > reached:
            made.append(one)
            reached = max(mend.end, mend.line)
    return tuple(made)


def _place(finding: Finding) -> tuple[int, str]:
    mend = finding.found.mend
    return (mend.line if mend else 0, finding.rule.id)


def applied(text: str, mends: Sequence[Mend]) -> str:
    """The text with these lines replaced; every other line stays as it is, its line end included."""
    pieces = _LINE_END.split(text)
    bodies, ends = pieces[::2], [*pieces[1::2], ""]
    usual = max(set(ends[:-1]), key=ends.count) if ends[:-1] else "\n"
    for mend in sorted(mends, key=lambda one: one.line, reverse=True):
        first, last = mend.line - 1, max(mend.end, mend.line)
        if not 0 <= first < len(bodies) or last > len(bodies):
            continue
        lines = mend.text.split("\n")
        if last == mend.line and len(lines) == 1:
            lines = [_spliced(bodies[first], mend.text)]
        closing = ends[last - 1]
        bodies[first:last] = lines
        ends[first:last] = [usual] * (len(lines) - 1) + [closing]
    return "".join(body + end for body, end in zip(bodies, ends, strict=True))


def _spliced(raw: str, wanted: str) -> str:
    """The line with the mend's change alone, where it was read with wrong characters repaired.

    A mend is made for the line as it is shown; what is wrong elsewhere in it is another rule's to mend.
    """
    shown = raw if raw.isascii() else mended(raw)[0]
    if shown in {raw, wanted}:
        return wanted
    before = _alike(shown, wanted)
    after = min(_alike(shown[::-1], wanted[::-1]), min(len(shown), len(wanted)) - before)
    gone, come = len(shown) - before - after, wanted[before : len(wanted) - after]
    if raw.startswith(shown[: before + gone]):
        return raw[:before] + come + raw[before + gone :]
    if after + gone == 0 or raw.endswith(shown[len(shown) - after - gone :]):
        cut = len(raw) - after - gone
        return raw[:cut] + come + raw[cut + gone :]
    return wanted


def _alike(one: str, other: str) -> int:
    """How many characters two texts begin with in common."""
    pairs = zip(one, other, strict=False)
    return next((place for place, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def overlapping(mends: Sequence[Mend]) -> bool:
    """Whether two of these mends touch the same line."""
    ordered = sorted(mends, key=lambda one: one.line)
    return any(after.line <= max(before.end, before.line) for before, after in pairwise(ordered))
