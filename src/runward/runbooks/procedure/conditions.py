"""Find in a sentence the condition under which it holds: "If X, ...", "... if X", "(if X)"."""

import re

_WORD = r"(?:if|when|in case(?: of)?|in the event of|once|unless|only if|falls|wenn|nur wenn|si|cuando|en caso de)"
_LEADING = re.compile(
    rf"{_WORD}\s+(?P<what>[^,:;]{{2,120}}?)\s*(?:[,:;]|\s+then\b|\s+[–—-]\s|$)", re.IGNORECASE
)
_ASIDE = re.compile(rf"\((?P<what>{_WORD}\s+[^)]{{2,80}}|as needed|optional|temporary)\)", re.IGNORECASE)
_TRAILING = re.compile(
    r"\s(?:only\s+)?(?:if|unless|falls|wenn|si)\s+(?P<what>[^.;]{2,100})[.;]?$", re.IGNORECASE
)
_LAST_RESORT = re.compile(
    r"\blast[ -]resort|\bas a last\b|letztes mittel|notfalls|último recurso|dernier recours", re.IGNORECASE
)
_ITS_WORDS = (
    "resort",
    "last",
    "letztes",
    "notfalls",
    "recurso",
    "recours",
)  # one of them is in each of these
_NOT_ONE = re.compile(
    r"\b(?:check|see|verify|determine|test|ask|decide|find out|confirm|prüfen|whether)\s+$", re.IGNORECASE
)


def condition_of(text: str) -> str:
    """The condition without its "if"; "" when the sentence states none."""
    line = " ".join(text.split()).rstrip(":： ")
    found = _LEADING.match(line)
    if found:
        return _unless(line, found["what"])
    found = _ASIDE.search(line)
    if found:
        return re.sub(rf"^{_WORD}\s+", "", found["what"], flags=re.IGNORECASE)
    found = _TRAILING.search(line)
    if found and not _NOT_ONE.search(line[: found.start() + 1]):
        return _unless(line[found.start() :].strip(), found["what"])
    return ""


def is_last_resort(text: str) -> bool:
    """Whether the text keeps this for when nothing else has helped."""
    lowered = text.lower()
    return any(word in lowered for word in _ITS_WORDS) and bool(_LAST_RESORT.search(text))


def _unless(line: str, what: str) -> str:
    return f"not: {what.strip()}" if line.lower().startswith("unless") else what.strip()
