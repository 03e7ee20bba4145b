"""Look into sed and awk programs for what writes files or runs programs."""

import re

_AWK_NOISE = re.compile(r'"(?:[^"\\]|\\.)*"|#[^\n]*')
_AWK_REGEX = re.compile(r"(?<=[~(,!&|{};])\s*/(?:[^/\\\n]|\\.)*/|^\s*/(?:[^/\\\n]|\\.)*/", re.MULTILINE)
_AWK_ACTS = re.compile(r"\bsystem\b|\bclose\b|\bgetline\b|(?<!\|)\|(?!\|)|>>|@|\bfflush\b")
_AWK_PRINT = re.compile(r"\b(?:print|printf)\b([^;}\n]*)")
_SED_ADDRESS = re.compile(r"(?:\d+(?:~\d+)?|\$|/(?:[^/\\]|\\.)*/I?|\\(.)(?:(?!\1).)*\1I?)")
_SED_QUIET = set("pPdDqQnNgGhHxl=F{}z")
_SED_LABEL = set("btT:")
_SED_TEXT = set("aic")


def awk_writes(program: str) -> bool:
    """Whether an awk program writes files, runs programs, or cannot be told not to."""
    bare = _AWK_NOISE.sub('""', program)
    bare = _AWK_REGEX.sub(" 1 ", bare)
    if _AWK_ACTS.search(bare):
        return True
    return any(">" in _outside_parentheses(found[1]) for found in _AWK_PRINT.finditer(bare))


def _outside_parentheses(text: str) -> str:
    depth, kept = 0, []
    for character in text:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth <= 0:
            kept.append(character)
    return "".join(kept)


def sed_writes(script: str) -> bool:
    """Whether a sed script writes files, runs programs, or is not wholly understood."""
    at, count = 0, len(script)
    while at < count:
        if script[at] in " \t\n;!,":
            at += 1
            continue
        address = _SED_ADDRESS.match(script, at)
        if address and address.end() > at:
            at = address.end()
            continue
        after = _after_command(script, at)
        if after is None:
            return True
        at = after
    return False


def _after_command(script: str, at: int) -> int | None:
    """Where the harmless command that stands here ends; None if it is not known to be harmless."""
    command = script[at]
    if command in _SED_QUIET:
        found = re.compile(r"[ \t]*\d*").match(script, at + 1)
        return found.end() if found else at + 1
    if command in _SED_TEXT:
        end = script.find("\n", at)
        return len(script) if end < 0 else end
    if command in _SED_LABEL:
        found = re.compile(r"[^;\n}]*").match(script, at + 1)
        return found.end() if found else at + 1
    if command in "sy" and at + 1 < len(script):
        return _after_substitution(script, at)
    return None


def _after_substitution(script: str, at: int) -> int | None:
    """Where s/// or y/// ends, if its flags neither write nor run."""
    mark, place, seen = script[at + 1], at + 2, 0
    while place < len(script) and seen < 2:
        if script[place] == "\\":
            place += 1
        elif script[place] == mark:
            seen += 1
        place += 1
    if seen < 2 or mark in "\n\\":
        return None
    flags = re.compile(r"[gpiImM0-9]*").match(script, place)
    end = flags.end() if flags else place
    rest = script[end : end + 1]
    return end if not rest or rest in " \t\n;}" else None
