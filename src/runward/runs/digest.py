"""Compute the digest that an approval is bound to: any change of what would happen changes it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from runward.runs.model import Plan

_VERSION = "runward plan 1"
_NOT_PART = {"digest", "gaps", "warnings"}


def digest_of(plan: Plan) -> str:
    """SHA-256, in hexadecimal, over the canonical JSON of everything in a plan but its gaps."""
    return hashlib.sha256(canonical(plan).encode()).hexdigest()


def canonical(plan: Plan) -> str:
    """The JSON that is digested: keys sorted, no spaces, UTF-8 as it is."""
    stated = {name: value for name, value in stored_shape(plan).items() if name not in _NOT_PART}
    return json.dumps([_VERSION, stated], sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def stored_shape(plan: Plan) -> dict[str, Any]:
    """A plan as plain JSON values."""
    return plain_shape(plan)


def plain_shape(value: object) -> dict[str, Any]:
    """One of our dataclasses as plain JSON values; moments as ISO 8601."""
    shape = _plain(value)
    if not isinstance(shape, dict):
        raise TypeError(f"{type(value).__name__} has no fields")
    return shape


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value
