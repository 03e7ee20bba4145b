"""Find where a text is not what its fence calls it: the first place a parser of that language stops at."""

import ast
import json
import re
import textwrap
import tomllib
import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MASKS = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|<%.*?%>", re.DOTALL)
_ELLIPSIS = re.compile(
    r"^\s*(?:\.|<?snip>?)\s*$|^\s*(?:[#/]*\s*)?(?:\.{3,}|…)|(?:\.{3}|…)\s*[\]},]?\s*$", re.MULTILINE
)
_OPEN = re.compile(r"\[(?:TODO|TBD|[A-Z]{3,}(?:[_ ][A-Z]+)*)\]")  # a form that is yet to be filled in
_ANGLE = re.compile(r"<[A-Za-z][\w .:/-]*>")
_NOT_ONLY_JSON = re.compile(
    r"[←→⇐]|:\s*[A-Z]+_[A-Z_]+\s*[,}\n]|:\s*\[?[a-z]+_[a-z_]+\s*[\]},\n]|(?:^|\s)//|/\*|\.\.\.|^\s*#|\"\s*\|\s*\"|^\s*(?:GET|PUT|POST|PATCH|DELETE|HTTP|curl|\$)\b",
    re.MULTILINE,
)
_IPYTHON = re.compile(r"^\s*(?:[%!]\w|>>> |\.\.\. |In \[\d)", re.MULTILINE)
_PART = re.compile(
    r"(?:\s*#.*\n|\s*\n)*(?:except|else|elif|finally)\b"
)  # the rest of a statement begun elsewhere
_INNER = re.compile(
    r"(?:\s*#.*\n|\s*\n)*\s*(?:[\"']\w+[\"']: |\.\w)"
)  # items of a dictionary, a chain, a method
_FOREIGN = re.compile(
    r"^(?:GET|POST|PUT|PATCH|DELETE|HEAD) /|^HTTP/\d|^[\w ]+ \| +\w|^[A-Z]\w*-[\w-]+: |^Headers:|^[^#\n]*[─│┌└├▼→←]|^\w+ \d+: \"",
    re.MULTILINE,
)  # a request, a table, a drawing
_UNSAID = re.compile(r"\.\.\.\s*[)\]},]")  # def handle(self, ...), {"user": name, ...}


class Stop(NamedTuple):
    """Where a parser stops, and why in its words; the line counts from 0."""

    line: int
    why: str


@lru_cache(maxsize=64)
def stop_of(text: str, language: str) -> Stop | None:
    """Where this text stops being its language; None where it does not, or is cut short on purpose."""
    parser = _PARSERS.get(language)
    if parser is None or not text.strip() or _MASKS.search(text):
        return None
    return parser(text)


def _yaml(text: str) -> Stop | None:
    if _ELLIPSIS.search(text) or _OPEN.search(text):
        return None
    try:
        for _ in yaml.parse(textwrap.dedent(text), Loader=_LOADER):
            pass
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        return Stop(_line_before(text, mark.line if mark else 0), str(problem.problem or problem.context))
    except (yaml.YAMLError, RecursionError) as problem:
        return Stop(0, str(problem).split("\n", 1)[0])
    return None


def _line_before(text: str, line: int) -> int:
    """The line itself, or the last one that holds something where the parser stops beyond the end."""
    lines = text.split("\n")
    line = min(line, len(lines) - 1)
    while line and not lines[line].strip():
        line -= 1
    return line


def _json(text: str) -> Stop | None:
    if _ELLIPSIS.search(text) or _ANGLE.search(text) or _NOT_ONLY_JSON.search(text):
        return None
    part = text.rstrip().removesuffix(",")
    stops = [
        _json_stop(one) for one in (text, f"{{{part}}}", f"{{{text}", f"[{part}]")
    ]  # a part is still JSON
    return stops[0] if all(stops) and not _are_json_lines(text) else None


def _json_stop(text: str) -> Stop | None:
    try:
        json.loads(text)
    except json.JSONDecodeError as problem:
        return Stop(problem.lineno - 1, problem.msg)
    except RecursionError:
        return None
    return None


def _are_json_lines(text: str) -> bool:
    """Whether this is one JSON value after another, as logs and answers of an API are."""
    decoder = json.JSONDecoder()
    at = 0
    while text[at:].strip():
        at += len(text[at:]) - len(text[at:].lstrip())
        try:
            _, at = decoder.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError):
            return False
    return True


def _toml(text: str) -> Stop | None:
    if _ELLIPSIS.search(text) or _ANGLE.search(text):
        return None
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        if "overwrite" in str(problem):  # one key in two variants is how documents show a choice
            return None
        place = re.search(r"line (\d+)", str(problem))
        return Stop(int(place[1]) - 1 if place else text.rstrip().count("\n"), str(problem).split(" (at")[0])
    return None


def _python(text: str) -> Stop | None:
    if (
        _ANGLE.search(text)
        or _IPYTHON.search(text)
        or re.search(r"^\s*\[?\.{3}|^Traceback ", text, re.MULTILINE)
    ):
        return None
    plain = textwrap.dedent(text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(plain, "sample", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError as problem:
        if "f-string" in str(problem.msg) or _is_cut(plain, problem):
            return None  # since Python 3.12, f-strings hold what they refused before
        return Stop((problem.lineno or 1) - 1, str(problem.msg))
    except (ValueError, RecursionError, MemoryError):
        return None
    return None


def _is_cut(text: str, problem: SyntaxError) -> bool:
    """Whether a sample is a part taken out of its function, or leaves to its reader what stands there."""
    if _INNER.match(text):
        return True
    lines = text.split("\n")
    stop = (problem.lineno or 1) - 1
    if str(problem.msg).startswith("expected an indented block"):
        header = re.search(r"on line (\d+)", str(problem.msg))
        first = int(header[1]) - 1 if header else stop
        return any("#" in line for line in lines[first : stop + 1])  # what belongs there is told in a comment
    return bool(
        _PART.match(text) or _FOREIGN.search(text) or _UNSAID.search("\n".join(lines[stop : stop + 1]))
    )


_PARSERS: dict[str, Callable[[str], Stop | None]] = {
    "yaml": _yaml,
    "yml": _yaml,
    "json": _json,
    "toml": _toml,
    "python": _python,
    "py": _python,
    "python3": _python,
}
