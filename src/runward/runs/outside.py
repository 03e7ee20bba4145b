"""Everything outside that runs touch, as one object that is built once."""

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path

from runward.foundation.clock import Clock
from runward.foundation.storage.database import Database
from runward.people.model import People
from runward.plugins.runtimes.local import Local
from runward.runs.carried import forget_carried
from runward.runs.model import Plan, PlannedStep, Run
from runward.runs.places import run_folder


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a step is handed when it starts: never kept, never shown."""

    environment: Mapping[str, str]  # variables with their values, secrets among them
    secrets: tuple[str, ...]  # values that may not appear in any output
    folder: Path  # where the step starts
    url: str = ""  # of the database that an SQL step speaks to


@dataclass(frozen=True, slots=True)
class Outside:
    """The first argument of every function that touches the world."""

    database: Database
    clock: Clock
    state: Path  # the folder of runs' tapes; 0700
    people: People
    shell: Local  # this machine's bash
    worker: str  # the engine's name for this process, "" where it only asks
    is_alive: Callable[[str], bool]  # whether a worker of that name lives
    replan: Callable[[Plan], Plan]  # the same plan made anew from what stands now
    surroundings: Callable[[Run, PlannedStep], Surroundings]
    secret_answers: MutableMapping[tuple[str, str], str] = field(
        default_factory=dict
    )  # (run, key) -> value, never kept

    def folder_of(self, run_id: str) -> Path:
        """Where a run keeps its tapes."""
        return run_folder(self.state, run_id)

    def forget(self, run_id: str) -> None:
        """Drop what only a run that goes on needs: secret answers, and what steps carried on."""
        forget_carried(self.folder_of(run_id))
        for key in [key for key in self.secret_answers if key[0] == run_id]:
            del self.secret_answers[key]
