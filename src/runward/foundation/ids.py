"""Make ids that sort by time and can be read out on the phone."""

import secrets
from datetime import datetime

_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u


def new_id(now: datetime) -> str:
    """A 16-character id: nine characters of milliseconds since 1970, seven of chance (35 bits)."""
    milliseconds = int(now.timestamp() * 1000)
    return _base32(milliseconds, 9) + _base32(secrets.randbits(35), 7)


def _base32(number: int, width: int) -> str:
    return "".join(_LETTERS[(number >> (5 * place)) & 31] for place in reversed(range(width)))
