"""Read the front matter of a document; malformed front matter is complained about, never fatal."""

import re
import tomllib
from collections.abc import Mapping
from types import MappingProxyType

import yaml

_FENCED = re.compile(r"\A(---|\+\+\+)[ \t]*\n(.*?)^(?:\1|\.\.\.)[ \t]*$\n?", re.DOTALL | re.MULTILINE)
_LARGEST = 64 * 1024
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def front_matter_of(text: str) -> tuple[Mapping[str, object], str, tuple[str, ...]]:
    """The settings at the head of a document, the text with them blanked out, and complaints.

    The text keeps its number of lines, so that every later line number stays right.
    """
    nothing: Mapping[str, object] = MappingProxyType({})
    found = _FENCED.match(text, 0, _LARGEST) if text.startswith(("---", "+++")) else None
    if not found or not _looks_like_settings(found[2], found[1]):
        return nothing, text, ()
    body = "\n" * found[0].count("\n") + text[found.end() :]
    try:
        loaded = tomllib.loads(found[2]) if found[1] == "+++" else yaml.load(found[2], Loader=_LOADER)  # noqa: S506  the C twin of SafeLoader is as safe
    except yaml.MarkedYAMLError as problem:
        line = problem.problem_mark.line + 2 if problem.problem_mark else 1
        return (
            nothing,
            body,
            (f"line {line}: the front matter is not valid YAML ({problem.problem}), ignored",),
        )
    except (ValueError, yaml.YAMLError, RecursionError) as problem:
        return nothing, body, (f"line 1: the front matter cannot be read ({problem}), ignored",)
    if loaded is None:
        return nothing, body, ()
    if not isinstance(loaded, dict):
        return nothing, body, ("line 1: the front matter is not a set of names and values, ignored",)
    return MappingProxyType({str(name): value for name, value in loaded.items()}), body, ()


def _looks_like_settings(inner: str, mark: str) -> bool:
    """Whether this is front matter at all, and not a rule above the first paragraph."""
    sign = "=" if mark == "+++" else ":"
    lines = [line for line in inner.split("\n") if line.strip() and not line.lstrip().startswith("#")]
    return not lines or sign in lines[0] or (lines[0].lstrip().startswith(("-", "{", "[")) and len(lines) > 1)
