"""Write and read what the durable engine keeps of a step: JSON, and failures in words."""

import json
from typing import Any

from runward.foundation.errors import RunwardError
from runward.foundation.storage.schema import Json, canonical_json

LONGEST = 1_000_000  # characters; what is longer belongs into our own tables and files
_LONGEST_MESSAGE = 10_000


class StepFailed(RunwardError):
    """A step raised; the same whether it happened now or is read from the record."""

    def __init__(self, kind: str, message: str) -> None:
        self.kind, self.message = kind, message
        super().__init__(f"{kind}: {message}")

    @classmethod
    def of(cls, error: BaseException) -> "StepFailed":
        """What is kept of an error: its kind and its words."""
        return (
            error
            if isinstance(error, StepFailed)
            else cls(type(error).__name__, str(error)[:_LONGEST_MESSAGE])
        )


def written_record(data: Any) -> str:
    """A value, or an error, as it is kept; refuses what is not JSON or too long."""
    if isinstance(data, BaseException):
        failure = StepFailed.of(data)
        return canonical_json({"failed": [failure.kind, failure.message]})
    written = canonical_json({"value": data})
    if len(written) > LONGEST:
        raise ValueError(
            f"{len(written)} characters are too long for the engine; store them, and return where"
        )
    return written


def read_record(written: str) -> Any:
    """The value that was kept, or the StepFailed."""
    read = json.loads(written)
    return StepFailed(*read["failed"]) if "failed" in read else read["value"]


def as_read_back(value: Json) -> Json:
    """The value as a replay would read it, so that nothing depends on which of the two this is."""
    read: Json = json.loads(canonical_json(value))
    return read
