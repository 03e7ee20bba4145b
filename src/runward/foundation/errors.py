"""The errors that Runward raises on purpose, as one tree.

RunwardError
├── Mistake          you can mend it: says what, where and what to do        exit 2, HTTP 422
├── NotFound         no such thing                                           exit 4, HTTP 404
├── NotAllowed       you may not                                             exit 5, HTTP 403
├── Conflict         somebody else was first, or the state has moved on      exit 6, HTTP 409
└── PluginFailed     something outside did not do as it was told             exit 7, HTTP 502
    ├── Unavailable  try later                                                       HTTP 503
    └── Rejected     do not try again unchanged                                      HTTP 502
"""

from typing import ClassVar


class RunwardError(Exception):
    """Base of all errors raised on purpose; `exit_code` is what the command line ends with."""

    exit_code: ClassVar[int] = 1
    status: ClassVar[int] = 500


class Mistake(RunwardError):
    """Bad input that its author can mend; carries the place and a hint."""

    exit_code = 2
    status = 422

    def __init__(self, message: str, *, file: str = "", line: int = 0, hint: str = "") -> None:
        self.message, self.file, self.line, self.hint = message, file, line, hint
        super().__init__(message)

    def __str__(self) -> str:
        """Where, what, and what to do, on one line each."""
        where = (
            f"{self.file}:{self.line}: " if self.file and self.line else f"{self.file}: " if self.file else ""
        )
        return f"{where}{self.message}" + (f"\n  {self.hint}" if self.hint else "")


class NotFound(RunwardError):
    """No such thing."""

    exit_code = 4
    status = 404


class NotAllowed(RunwardError):
    """The person may not do this."""

    exit_code = 5
    status = 403


class Conflict(RunwardError):
    """Somebody else was first, or the state has moved on."""

    exit_code = 6
    status = 409


class PluginFailed(RunwardError):
    """Something outside did not do as it was told."""

    exit_code = 7
    status = 502


class Unavailable(PluginFailed):
    """It may work later."""

    status = 503


class Rejected(PluginFailed):
    """It will not work unchanged."""
