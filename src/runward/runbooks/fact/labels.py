"""Part the label of a statement from what it says: "Owner: On-call engineer", "Detection - Alert triggered"."""

import re
from typing import NamedTuple

_COLON = re.compile(
    r"(?P<label>[^\s:：|][^:：|]{0,79}?)\s*(?P<mark>[:：])(?:\s+(?P<rest>.+)|(?<=：)(?P<wide>.+))?\s*",
    re.DOTALL,
)
_AFTER = re.compile(
    r"\s*(?P<aside>\([^()]*\))?\s*(?:(?P<mark>[:：–—]|->|→|-(?=\s))\s*)?(?P<rest>.*)", re.DOTALL
)
_SENTENCE = re.compile(r"[.!?]\s")


class Labelled(NamedTuple):
    """A label, what parts it from the rest, and the rest."""

    label: str
    mark: str
    rest: str


def labelled(text: str, bold: str = "") -> Labelled:
    """The label and the rest of a text that begins with these bold words, or with none."""
    if bold and text.startswith(bold):
        return _after_bold(text, bold)
    found = _COLON.fullmatch(text) if ":" in text or "：" in text else None
    if not found or _SENTENCE.search(found["label"]):
        return Labelled("", "", text)
    return Labelled(found["label"], ":", (found["rest"] or found["wide"] or "").strip())


def _after_bold(text: str, bold: str) -> Labelled:
    colon = bold.rstrip().endswith((":", "："))
    name = bold.strip().rstrip(":：").rstrip()
    found = _AFTER.fullmatch(text, len(bold))
    mark, rest = (found["mark"] or "", found["rest"].strip()) if found else ("", text[len(bold) :].strip())
    if found and found["aside"]:
        if not rest or mark:
            name = f"{name} {found['aside']}"
        else:
            rest = f"{found['aside']} {rest}"
    if colon or mark in {":", "："}:
        return Labelled(name, ":", rest)
    return Labelled(name, "-" if mark else "", rest)
