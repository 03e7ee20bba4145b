"""Say where a run keeps its tapes and what its keepers write, below the folder of the state."""

from pathlib import Path

from runward.plugins.shell.job import TAPE
from runward.runs.model import PlannedStep


def run_folder(state: Path, run_id: str) -> Path:
    """The folder of a run."""
    return state / "runs" / run_id


def attempt_folder(state: Path, run_id: str, step: PlannedStep, attempt: int) -> Path:
    """Where an attempt keeps its tape and what its keeper writes."""
    return run_folder(state, run_id) / f"{step.number:03d}-{attempt}"


def tape_folder(state: Path, run_id: str, step: PlannedStep, attempt: int) -> Path:
    """Where the output of an attempt is kept."""
    return attempt_folder(state, run_id, step, attempt) / TAPE
