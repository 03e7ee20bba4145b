"""Read the info string of a fence: its language, and attributes in braces as Runme writes them."""

import json
import re
from collections.abc import Mapping
from types import MappingProxyType

_NONE: Mapping[str, str] = MappingProxyType({})
_LANGUAGE = re.compile(r"[\w.+#/-]+")
_PAIR = re.compile(r"""([\w.:-]+)\s*=\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s,}]+)|([#.]?[\w:-]+)|\S""")
_ALIASES = {
    "shellsession": "shell-session",
    "sh-session": "shell-session",
    "plaintext": "text",
    "yml": "yaml",
}
_CLASS = re.compile(r"\s*\.([\w+#-]+)")


def info_of(info: str) -> tuple[str, Mapping[str, str]]:
    """The language, lower case and "none" if there is none, and the attributes.

    Braces that make no sense are left in the info string and mean nothing.
    """
    head, brace, rest = info.strip().partition("{")
    attributes = _attributes(brace + rest) if brace else _NONE
    words = head.split()
    named = _LANGUAGE.match(words[0]) if words else None
    language = named[0].lower() if named else _class_in(rest)
    return _ALIASES.get(language, language).rstrip(":") or "none", attributes


def _class_in(rest: str) -> str:
    """The language of a fence that names it as Pandoc does: {.bash .numberLines}."""
    found = _CLASS.match(rest)
    return found[1].lower() if found else ""


def _attributes(braces: str) -> Mapping[str, str]:
    braces = braces.strip()
    if not braces.endswith("}"):
        return _NONE
    try:
        loaded = json.loads(braces)
    except (ValueError, RecursionError):
        return _pairs(braces[1:-1])
    if not isinstance(loaded, dict):
        return _NONE
    return MappingProxyType({name: _plain(value) for name, value in loaded.items()})


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _pairs(inner: str) -> Mapping[str, str]:
    """name=value pairs; a bare name is "true"; anything else makes the whole braces meaningless."""
    pairs: dict[str, str] = {}
    for found in _PAIR.finditer(inner):
        if found[1]:
            pairs[found[1]] = _unquoted(found[2])
        elif found[3]:
            if not found[3].startswith((".", "#")):
                pairs[found[3]] = "true"
        elif found[0] != ",":
            return _NONE
    return MappingProxyType(pairs)


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return re.sub(r"\\(.)", r"\1", value[1:-1])
    return value
