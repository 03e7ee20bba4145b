"""Read sentences that say how long something is kept: "Backups are kept for 14 days"."""

import re
from functools import lru_cache

from runward.runbooks.fact.lengths import LENGTH, length_from

_WHAT = r"(?P<what>[^\W\d_][\w/-]*(?: [\w/-]+){0,4}?)"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?:all |the |our )?{_WHAT} (?:is|are) (?:kept|retained|stored|archived|held) (?:for )?(?:at least )?{LENGTH}",
        rf"(?:we )?(?:keep|retain|store|archive) (?:all |the |our )?{_WHAT} for (?:at least )?{LENGTH}",
        rf"(?:alle |die |das |der )?{_WHAT} (?:wird|werden) (?:für )?(?:mindestens )?{LENGTH}(?: lang)? (?:aufbewahrt|aufgehoben|gespeichert|vorgehalten|archiviert)",
        rf"(?:todos |todas )?(?:los |las |el |la )?{_WHAT} se (?:conservan?|guardan?|retienen?|mantienen?) (?:durante|por) (?:al menos )?{LENGTH}",
    )
)
_KINDS = re.compile(
    r"backup|snapshot|log|data|metric|trace|event|record|file|archive|image|artifact|report|dump|copies|protokoll|sicherung|daten|metrik|aufzeichnung|copia|registro|datos|métrica|respaldo|informe",
    re.IGNORECASE,
)
_LEAST = re.compile(r"\b(?:at least|mindestens|al menos)\b", re.IGNORECASE)
_HINT = re.compile(
    r"\b(?:kept|retained|stored|archived|held|keep|retain|store|archive|aufbewahrt|aufgehoben|gespeichert|vorgehalten|archiviert|conservan?|guardan?|retienen?|mantienen?)\b",
    re.IGNORECASE,
)
_LONGEST = 120


@lru_cache(maxsize=2048)
def kept_in(text: str) -> tuple[str, object] | None:
    """What the sentence says is kept and for how long; None where it says anything else besides."""
    words = text.strip(" .")
    if len(words) > _LONGEST or not _HINT.search(words):
        return None
    for pattern in _PATTERNS:
        found = pattern.fullmatch(words)
        if found and _KINDS.search(found["what"]):
            length = length_from(found["count"], found["unit"])
            return found["what"].lower(), {"min": length} if _LEAST.search(words) else length
    return None
