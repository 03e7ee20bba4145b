"""Measure what reading more out of a document costs beside reading it, and how fast secrets are masked."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from runward.foundation.masking import Masker  # noqa: E402  # found beside this file, installed or not
from runward.runbooks.policy import policy_of  # noqa: E402
from runward.runbooks.read import read_runbook  # noqa: E402

BOOKS = sorted((ROOT.parent / "shared" / "runbooks").glob("*.md")) or [ROOT / "src/runward/demo/RUNBOOK.md"]
LINE = b"2026-01-01 12:00:00 INFO request /api/v1/users/1234 took 12 ms status=200\n"


def best(act: Callable[[], object], times: int = 7) -> float:
    """The quickest of several measurements, in seconds of processor time."""
    taken = []
    for _ in range(times):
        before = time.process_time()
        act()
        taken.append(time.process_time() - before)
    return min(taken)


def policy_is_cheap_beside_reading() -> tuple[str, str, str, bool]:
    """The facts of all books against reading the same books."""
    read = best(lambda: [read_runbook(book) for book in BOOKS])
    runbooks = [read_runbook(book) for book in BOOKS]
    stated = best(lambda: [policy_of(runbook) for runbook in runbooks])
    figure = f"{stated * 1000:.1f} ms beside {read * 1000:.0f} ms of reading"
    return "facts of all books", figure, "<= half of reading", stated <= read / 2


def masking_keeps_up() -> tuple[str, str, str, bool]:
    """A stream without secrets in it, held against twenty of them in every encoding."""
    secrets = {str(number): f"{number:03d}-Secret/value+{number * 7919:x}" for number in range(20)}
    stream = Masker(secrets).stream()
    chunk = LINE * 900
    speed = len(chunk) * 100 / best(lambda: [stream.feed(chunk) for _ in range(100)], 3) / 1e6
    return "masking 20 secrets", f"{speed:.0f} MB/s", ">= 50 MB/s", speed >= 50


def main() -> None:
    """Print a row a promise; end with 1 if one is broken."""
    broken = False
    for measure in (policy_is_cheap_beside_reading, masking_keeps_up):
        what, figure, promise, kept = measure()
        print(f"{'kept  ' if kept else 'BROKEN'}  {what:28}  {figure:60}  {promise}", flush=True)
        broken = broken or not kept
    raise SystemExit(1 if broken else 0)


if __name__ == "__main__":
    main()
