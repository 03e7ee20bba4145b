"""Tell people, teams and roles from other words."""

import re
from functools import lru_cache

PERSON = re.compile(
    r"\b(?:engineers?|leads?|leaders?|leadership|managers?|directors?|teams?|cto|ceo|cio|ciso|cfo|coo|vp|head|chief|officers?|dbas?|administrators?|admins?|on-?call|support"
    r"|owners?|founders?|commanders?|executives?|board|sre|sres|devops|operators?|developers?|developer|ops|stakeholders?|customers?|users|everyone|engineering|management|analysts?"
    r"|architects?|vendor|maintainers?|staff|responders?|principal|specialists?|experts?|leitung|leiter|teamleiter|entwickler|bereitschaft|ingenier[oa]s?|jefe|equipo|gerente|líder|responsable|directora?)\b",
    re.IGNORECASE,
)
_SHORT = re.compile(r"(?:[\w/&-]+ ){0,1}[\w/&-]+")
_MIXED = re.compile(
    r"[;:→]|\b(?:then|if|when|via|after|within|per|during|through|only|to|in|fix|no|page|immediate(?:ly)?|create|assign)\b|\s[-–—]\s",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\s*\([^()]*\)\s*$")
_JOINED = re.compile(r"\s*(?:\+|,|&|\band\b|\bund\b|\by\b)\s*")


@lru_cache(maxsize=1024)
def people_in(text: str) -> tuple[str, ...]:
    """Who is named, one by one, in small letters; none where the text says anything else."""
    words = _ASIDE.sub("", text).strip(" .")
    if not words or _MIXED.search(words) or not PERSON.search(words):
        return ()
    parts = [part.strip() for part in _JOINED.split(words) if part.strip()]
    if not all(len(part) <= 40 and (PERSON.search(part) or _SHORT.fullmatch(part)) for part in parts):
        return ()
    return tuple(lowered(part) for part in parts)


@lru_cache(maxsize=1024)
def lowered(who: str) -> str:
    """A role in small letters; abbreviations stay ("CTO", "DBA team")."""
    return " ".join(word if word[:2].isupper() or "/" in word else word.lower() for word in who.split())
