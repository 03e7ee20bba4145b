"""Hide secret values in a stream of bytes, in every form in which programs print them.

A value of fewer than four bytes is not hidden: black marks over every "ab" of an output would tell the
value rather than hide it. Such names stand in `Masker.too_short`, so that the caller can refuse them.
"""

import base64
import html
import json
import re
import shlex
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote, quote_plus, unquote, urlsplit

from ahocorasick_rs import BytesAhoCorasick, MatchKind

SHORTEST = 4
MASK = b"***"
_WRAPS = (64, 76)  # the columns at which base64 and openssl break their lines
_PERCENT = re.compile("%[0-9A-F]{2}")
_SPECIAL = tuple(map(re.compile, (r'([$`"\\!])', r'([$`"\\])', r"([^\w@%+=:,./-])")))  # what shells escape
_PASSWORD = re.compile(
    r"(?:^|\s|[?&;])(?:password|passwd|pwd)\s*=\s*('(?:[^'\\]|\\.)*'|[^\s&;]+)", re.IGNORECASE
)


class Masker:
    """Knows every form of some secret values; `stream` masks one stream of output with them."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self.too_short = tuple(name for name, value in secrets.items() if len(value.encode()) < SHORTEST)
        forms = {form for value in secrets.values() for form in disguises(value)}
        self._forms = sorted(forms)
        self._heads = frozenset(form[:width] for form in forms for width in (1, 2, 3))
        self._longest = max(map(len, forms), default=0)
        self._search = BytesAhoCorasick(self._forms, matchkind=MatchKind.Standard) if self._forms else None

    def stream(self) -> "MaskedStream":
        """A fresh stream; one for each of standard output and standard error."""
        return MaskedStream(self)

    def masked(self, data: bytes) -> bytes:
        """The whole of `data`, masked; nothing is held back."""
        stream = self.stream()
        return stream.feed(data) + stream.finish()

    def text(self, text: str) -> str:
        """The same for text."""
        return self.masked(text.encode("utf-8", "surrogateescape")).decode("utf-8", "replace")

    def knows(self, text: str) -> bool:
        """Whether any form of a secret stands in the text."""
        return bool(self.found(text.encode("utf-8", "surrogateescape")))

    def found(self, data: bytes) -> list[tuple[int, int]]:
        """Where secrets stand, as merged stretches in order."""
        if self._search is None:
            return []
        return _merged(
            (start, end) for _, start, end in self._search.find_matches_as_indexes(data, overlapping=True)
        )

    def open_end(self, data: bytes) -> int:
        """Where the last bytes begin that may turn out to be the beginning of a secret."""
        size = len(data)
        for start in range(max(0, size - self._longest + 1), size):
            if data[start : start + 3] in self._heads and self._begins(data[start:]):
                return start
        return size

    def _begins(self, tail: bytes) -> bool:
        place = bisect_left(self._forms, tail)
        while place < len(self._forms) and self._forms[place].startswith(tail):
            if len(self._forms[place]) > len(tail):
                return True
            place += 1
        return False


class MaskedStream:
    """One stream: feed it bytes as they come, get what may be shown so far."""

    def __init__(self, masker: Masker) -> None:
        self._masker = masker
        self._held = b""
        self._hidden = 0  # so many of the held bytes already stand behind a mask that was given out

    def feed(self, data: bytes) -> bytes:
        """What may be shown now; only a possible beginning of a secret is held back."""
        data = self._held + data if self._held else data
        keep = self._masker.open_end(data)
        shown, hidden_to = self._shown(data, keep)
        self._held, self._hidden = data[keep:], max(0, hidden_to - keep)
        return shown

    def finish(self) -> bytes:
        """What was still held back; a beginning long enough to tell something is masked."""
        data = self._held
        shown, masked_to = self._shown(data, len(data))
        self._held, self._hidden = b"", 0
        return shown if masked_to or len(data) < SHORTEST else MASK

    def _shown(self, data: bytes, keep: int) -> tuple[bytes, int]:
        """`data` up to `keep`, masked, and where the last masked stretch ends."""
        stretches = self._masker.found(data)
        if self._hidden:
            stretches = _merged([(0, self._hidden), *stretches])
        pieces, place = [], 0
        for start, end in stretches:
            if start >= keep:
                break
            pieces.append(data[place:start])
            if start or not self._hidden:
                pieces.append(MASK)
            place = end
        pieces.append(data[place:keep])
        return b"".join(pieces), place


def _merged(stretches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(stretches):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def disguises(value: str) -> set[bytes]:
    """Every form of a value that is masked: as it is, encoded, quoted, its lines, its password."""
    forms: set[bytes] = set()
    for part in _parts(value):
        forms |= {form.encode("utf-8", "surrogateescape") for form in _written(part)}
        forms |= _encoded(part.encode("utf-8", "surrogateescape"))
    return {form for form in forms if len(form) >= SHORTEST and b"\n" not in form}


def _parts(value: str) -> set[str]:
    """The value, each of its lines, and the password within it if it is an address."""
    parts = {value, value.strip()} | {line.strip() for line in value.splitlines()}
    try:
        password = urlsplit(value).password
    except ValueError:
        password = None
    if password:
        parts |= {password, unquote(password)}
    parts |= {found.strip("'") for found in _PASSWORD.findall(value)}
    return {part for part in parts if len(part.encode("utf-8", "surrogateescape")) >= SHORTEST}


def _written(text: str) -> Iterator[str]:
    yield text
    yield from _url_forms(text)
    for ascii_only in (True, False):
        escaped = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        yield escaped
        yield escaped.replace("/", "\\/")
    yield shlex.quote(text)[1:-1] if shlex.quote(text) != text else text
    yield text.replace("'", "'\\''")
    for special in _SPECIAL:
        yield special.sub(r"\\\1", text)
    yield html.escape(text)


def _url_forms(text: str) -> Iterator[str]:
    raw = text.encode("utf-8", "surrogateescape")
    for quoted in (quote(raw, safe=""), quote(raw), quote_plus(raw), quote(raw, safe="!*'()~")):
        yield quoted
        yield _PERCENT.sub(lambda found: found[0].lower(), quoted)


def _encoded(raw: bytes) -> set[bytes]:
    forms = {raw.hex().encode(), raw.hex().upper().encode()}
    for encode in (base64.standard_b64encode, base64.urlsafe_b64encode):
        whole = encode(raw)
        forms |= {whole, whole.rstrip(b"="), encode(raw + b"\n")}
        for width in _WRAPS:
            forms |= {whole[start : start + width] for start in range(0, len(whole), width)}
        for shift in range(3):
            first = -(-shift * 8 // 6)
            last = (shift + len(raw)) * 8 // 6
            forms.add(encode(bytes(shift) + raw)[first:last])
    return forms
