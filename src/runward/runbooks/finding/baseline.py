"""Know findings again that were there before, wherever their lines have moved to."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from runward.runbooks.finding.model import Finding

VERSION = 1
Key = tuple[str, str, str]  # rule, path, digest of the line's text


def key_of(finding: Finding, path: str, text: str) -> Key:
    """What stays the same when lines are put in above: the rule, the document and the words of the line.

    Only a digest of the words is kept, since the line may hold a secret.
    """
    digest = hashlib.sha256(" ".join(text.split()).encode("utf-8", "replace")).hexdigest()[:16]
    return finding.rule.id, path, digest


def baseline_of(keys: Iterable[Key]) -> dict[str, object]:
    """The baseline that makes these findings known, as JSON."""
    counted = sorted(Counter(keys).items())
    return {
        "version": VERSION,
        "findings": [
            {"rule": rule, "path": path, "digest": digest, "count": count}
            for (rule, path, digest), count in counted
        ],
    }


def known_of(shape: object) -> Counter[Key]:
    """The findings of a baseline, each with how often; a ValueError where this is none."""
    if not isinstance(shape, Mapping) or shape.get("version") != VERSION:
        raise ValueError(f"it is no baseline of version {VERSION}")
    try:
        return Counter(
            {
                (str(one["rule"]), str(one["path"]), str(one["digest"])): int(one["count"])
                for one in shape["findings"]
            }
        )
    except (KeyError, TypeError) as problem:
        raise ValueError(f"a finding in it cannot be read: {problem}") from problem


def new_among(keys: Iterable[Key], known: Counter[Key]) -> Iterator[bool]:
    """Whether each of these findings is new; each that the baseline holds is used up by one of them."""
    for key in keys:
        yield known[key] <= 0
        known[key] -= 1
