"""Read what an item of a list is called."""

import re

from runward.runbooks.model import Node
from runward.runbooks.procedure.titles import plain

LONGEST_TITLE = 100
_SENTENCE_END = re.compile(r"(?<=[^\d.])\.\s|[:：]\s*`|[:：]$|。")


def title_of_item(item: Node) -> str:
    """The bold name of an item with what it says after the colon, else its first sentence."""
    first = " ".join(item.text.split())
    for code in item.codes:
        first = _without_code(first, code.text)
    if item.bold and len(item.bold) < LONGEST_TITLE:
        rest = first.removeprefix(item.bold).lstrip(" :：–—-").strip()
        return f"{item.bold}: {rest}" if rest and len(rest) < LONGEST_TITLE else item.bold
    return plain(_SENTENCE_END.split(first, maxsplit=1)[0])


def _without_code(text: str, code: str) -> str:
    """The text without the first place where the code stands behind a colon or a dash."""
    place = text.find(code)
    while code and place >= 0:
        before = text[:place].rstrip()
        if before.endswith((":", "–", "—", "-")):
            return before[:-1].rstrip() + text[place + len(code) :]
        place = text.find(code, place + 1)
    return text
