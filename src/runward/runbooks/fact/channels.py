"""Read ways to reach somebody: telephone, mail, chat, pages; and tell placeholders from real ones."""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,24}(?![\w-])|\[email[^\]]*protected\]")
_URL = re.compile(r"https?://[^\s<>|)\]]+", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w#./:-])\+?\(?[\dXx]{1,4}\)?(?:[\s./-]?\(?[\dXx]{2,5}\)?){2,5}(?![\w-])")
_ROOM = re.compile(r"(?<![\w&/])#[a-z][\w.-]{1,79}", re.IGNORECASE)
_BRACKETED = re.compile(r"\[[^\[\]]{1,60}\](?!\()|<[a-z][^<>@:]{1,60}>", re.IGNORECASE)
_CHANNELS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "phone",
        re.compile(
            r"\b(?:tele)?phones?\b|\bmobile\b|\bcell\b|(?<!-)(?<!on )\bcall\b|\btel\b\.?|\bhotline\b|\btelefon\b|\bteléfono\b|\bsms\b",
            re.IGNORECASE,
        ),
    ),
    ("email", re.compile(r"\be-?mails?\b|\bcorreo\b", re.IGNORECASE)),
    ("slack", re.compile(r"\bslack\b", re.IGNORECASE)),
    ("pagerduty", re.compile(r"\bpager ?duty\b", re.IGNORECASE)),
    ("opsgenie", re.compile(r"\bopsgenie\b", re.IGNORECASE)),
    ("teams", re.compile(r"\b(?:ms |microsoft )?teams\b", re.IGNORECASE)),
    ("discord", re.compile(r"\bdiscord\b", re.IGNORECASE)),
    ("telegram", re.compile(r"\btelegram\b", re.IGNORECASE)),
)
_RESERVED = re.compile(
    r"(?:^|[.@/])(?:example\.(?:com|org|net|edu)|(?:your|my)[\w-]*\.\w+|(?:yourcompany|company|yourdomain|domain|acme|mycompany)\.(?:com|org|net|io)|[\w-]+\.(?:example|invalid|test))(?:$|[/:?])",
    re.IGNORECASE,
)
_STANDS_FOR = re.compile(
    r"^(?:\[.*\]|<.*>|\{.*\})$|x{3,}|\byour[-_ ]|(?<![a-z])your(?=[a-z]*[-./@])|(?:123|555)[-. ]?(?:456[-. ]?7890|4567|0\d{3})|\b555\b|(?:12345|0000)|^\+?1?[-. (]*(?:123|000)[-. )]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Channel:
    """One way to reach somebody; `kind` is "" where the document does not say which."""

    kind: str
    value: str
    start: int
    end: int

    @property
    def placeholder(self) -> bool:
        """Whether it stands for a value that is still to be filled in."""
        return is_placeholder(self.value)


@lru_cache(maxsize=4096)
def channels_in(text: str) -> tuple[Channel, ...]:
    """The addresses that the text holds, from its left."""
    found: list[Channel] = []
    for kind, pattern in (
        ("url", _URL),
        ("email", _MAIL),
        ("slack", _ROOM),
        ("phone", _PHONE),
        ("", _BRACKETED),
    ):
        for one in pattern.finditer(text):
            if any(one.start() < other.end and other.start < one.end() for other in found):
                continue
            value = one[0].rstrip(".,;:")
            if kind == "phone" and not _is_number(value):
                continue
            named = channel_named(value) if kind == "" else _kind_of_url(value) if kind == "url" else kind
            found.append(Channel(named, value, one.start(), one.end()))
    return tuple(sorted(found, key=lambda one: one.start))


def _is_number(value: str) -> bool:
    """A telephone number has at least seven digits or Xs and is no date."""
    digits = re.sub(r"[^\dXx]", "", value)
    return 7 <= len(digits) <= 15 and not re.fullmatch(r"\d{4}[-/.]\d{2}[-/.]\d{2}|[\d.]+|\d{7,}", value)


def _kind_of_url(value: str) -> str:
    host = (urlsplit(value).hostname or "") if "[" not in value else ""
    return "pagerduty" if host.endswith("pagerduty.com") else "url"


@lru_cache(maxsize=2048)
def channel_named(text: str) -> str:
    """The kind of channel that the words name: "Slack", "[Phone]", "E-Mail"; "" if none or several."""
    found = [kind for kind, pattern in _CHANNELS if pattern.search(text)]
    return found[0] if len(found) == 1 else ""


_ONLY = re.compile(
    r"(?:e-?mails?|(?:tele)?phones?|mobile|cell|tel\.?|slack|pager ?duty|opsgenie|(?:ms |microsoft )?teams|discord|telegram|correo|telefon|teléfono)(?: (?:channels?|address|numbers?|room|group|kanal|canal))?",
    re.IGNORECASE,
)


@lru_cache(maxsize=2048)
def is_channel_name(text: str) -> bool:
    """Whether the words name a kind of channel and nobody's role: "Slack channel", but not "Emergency hotline"."""
    return bool(_ONLY.fullmatch(text.strip(" *:")))


@lru_cache(maxsize=2048)
def is_placeholder(value: str) -> bool:
    """Whether an address is none: brackets, XXX, 555 numbers, reserved domains, "your-..."."""
    host = (
        value.rpartition("@")[2]
        if "@" in value
        else (urlsplit(value).hostname or "")
        if "://" in value and "[" not in value
        else ""
    )
    return bool(_STANDS_FOR.search(value) or (host and _RESERVED.search(f".{host}")) or "protected]" in value)
