"""Reading the policy of a document costs little beside reading the document."""

from pathlib import Path
from time import process_time

from runward.runbooks.model import Runbook
from runward.runbooks.policy import policy_of
from runward.runbooks.read import read_runbook


def took(paths: list[Path]) -> tuple[float, float]:
    """Processor time for reading the documents, and for their policy on top of it."""
    start = process_time()
    runbooks: list[Runbook] = [read_runbook(path) for path in paths]
    read = process_time()
    for runbook in runbooks:
        policy_of(runbook)
    return read - start, process_time() - read


def test_policy_takes_less_than_half_of_the_reading(books: dict[str, Path]) -> None:
    paths = list(books.values())
    times = [took(paths) for _ in range(6)]
    assert min(policy for _, policy in times) < min(read for read, _ in times) / 2
