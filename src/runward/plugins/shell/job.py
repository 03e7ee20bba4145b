"""What a keeper is told to do, as it travels from Runward to it; it never touches the disk."""

from dataclasses import asdict, dataclass, field
from typing import Any

STARTED = "started.json"
SHELL = "shell"  # the number of the script's own process, noted by itself before it does anything
ENDED = "ended.json"
TAPE = "tape"


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a mark stands, as far as the keeper must know."""

    id: int
    line: int
    end: int
    top: bool
    reads: bool = False  # the shell's own `read` of the script's standard input


@dataclass(frozen=True, slots=True)
class Limit:
    """After so long, or so many lines, a command that would follow for ever is ended."""

    mark: int
    seconds: float
    lines: int


@dataclass(frozen=True, slots=True)
class Job:
    """Everything a keeper needs."""

    folder: str
    word: str
    script: str  # the whole text, recorders and first line included
    document: str
    arguments: list[str]
    working_folder: str
    environment: dict[str, str] = field(repr=False)
    curl_home: str  # where curl would look for the person's settings, had we not taken its place
    before: str  # bash to be read first, without secrets
    secrets: dict[str, str] = field(repr=False)
    answers: str
    time_limit: float
    grace: float
    line_limit: int
    spots: list[Spot]
    limits: list[Limit]
    first_line: int

    def packed(self) -> dict[str, Any]:
        """As plain JSON."""
        return asdict(self)


def job_from(message: dict[str, Any]) -> Job:
    """The job of a message."""
    return Job(
        **message
        | {
            "spots": [Spot(**spot) for spot in message["spots"]],
            "limits": [Limit(**limit) for limit in message["limits"]],
        },
    )
