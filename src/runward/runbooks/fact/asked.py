"""Read in sentences whom to ask and how: "For billing problems contact the payments team at pay@shop.org"."""

import re

from runward.runbooks.fact.channels import channels_in
from runward.runbooks.fact.model import Form, Statement
from runward.runbooks.fact.outline import Outline, Said
from runward.runbooks.fact.roles import PERSON
from runward.runbooks.model import FactType
from runward.runbooks.procedure.titles import plain

_ASKED = re.compile(
    r"(?:^|[\s,(])(?:contact|call|page|ping|email|ask|notify|reach(?: out to)?|inform|escalate to|wende dich an|kontaktiere|informiere|contactar(?: con)?|llamar a(?:l)?|avisar a(?:l)?)\s+(?:the |our |das |den |die |el |la |al |a )?"
    r"(?P<role>[^\W\d_][\w /&'-]{1,40}?)\s*,?\s+(?:at|via|in|on|through|by (?:e-?mail|phone) (?:at|on)|under|unter|über|en|por)\s+(?:the )?(?:slack )?(?:channel )?(?=[#+\d(`*<\[]*[#+\w])",
    re.IGNORECASE,
)
_AND = re.compile(
    r"(?:\s*(?:,|or|and|oder|und|o|y|/)?\s*(?:in|via|at|on|by|the|slack|channel|call|email)*\s*)*",
    re.IGNORECASE,
)
_LONGEST = 240


def asked(one: Statement, outline: Outline) -> Said:
    """Each address that stands right behind the role that a sentence says to contact."""
    if one.form not in {Form.ITEM, Form.PARAGRAPH} or len(one.text) > _LONGEST:
        return
    text = plain(one.text)
    channels = channels_in(text)
    found = _ASKED.search(text) if channels else None
    if not found or not PERSON.search(found["role"]):
        return
    end = found.end()
    for channel in channels:
        if channel.start < end:
            continue
        if not channel.kind or not _AND.fullmatch(text[end : channel.start].strip("`*<[( ")):
            return
        end = channel.end
        value = {
            "role": found["role"].strip(),
            "channel": channel.kind,
            "value": channel.value,
            "placeholder": channel.placeholder,
        }
        yield outline.fact(FactType.CONTACT, one.line, value)
