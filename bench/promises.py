"""Measure what the project promises about speed and memory, each beside its peer or limit, in one run."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parent.parent
BOOKS = sorted((ROOT.parent / "shared" / "runbooks").glob("*.md")) or [ROOT / "src/runward/demo/RUNBOOK.md"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "NO_COLOR": "1"}
ENVIRONMENT.pop("PYTHONDONTWRITEBYTECODE", None)  # who uses Runward has it compiled
STEPS = 1000
GIGABYTE = 1_000_000_000
SETTINGS = '[services.bench]\ndocuments = ["RUNBOOK.md"]\n\n[approvals]\nchange = 0\n'


def seconds(act: Callable[[], object], times: int) -> float:
    """The median of several measurements."""
    taken = []
    for _ in range(times):
        before = time.perf_counter()
        act()
        taken.append(time.perf_counter() - before)
    return statistics.median(taken)


def runward(*words: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user would."""
    command = [sys.executable, "-m", "runward", *words]
    return subprocess.run(
        command, cwd=folder or ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )


def help_is_instant() -> list[tuple[str, str, str, bool]]:
    """`runward --help` against the bare interpreter."""
    bare = seconds(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True), 15)
    ours = seconds(lambda: runward("--help"), 15)
    return [
        (
            "runward --help",
            f"{ours * 1000:.0f} ms (python alone {bare * 1000:.0f} ms)",
            "<= 150 ms",
            ours <= 0.150,
        )
    ]


READING = """
import sys, time, json
from pathlib import Path
from markdown_it import MarkdownIt
from runward.runbooks.read import read_runbook
from runward.runbooks.show import shown
books = sys.argv[2:]
texts = [Path(book).read_text(errors="replace") for book in books]
before = time.perf_counter()
if sys.argv[1] == "bare":
    for text in texts:
        MarkdownIt("commonmark").enable("table").parse(text)
else:
    for book in books:
        json.dumps(shown(read_runbook(Path(book))))
print(time.perf_counter() - before)
"""


def reading_is_close_to_parsing() -> list[tuple[str, str, str, bool]]:
    """`show` of all books against the bare parse of the same text by markdown-it-py.

    Each is the first that its process does, so caches help neither; the two take turns.
    """
    taken: dict[str, list[float]] = {"bare": [], "ours": []}
    for which in ("bare", "ours") * 7:
        command = [sys.executable, "-c", READING, which, *map(str, BOOKS)]
        done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=True)
        taken[which].append(float(done.stdout))
    bare, ours = statistics.median(taken["bare"]), statistics.median(taken["ours"])
    limit = 3 * bare + 0.100
    figure = f"{ours * 1000:.0f} ms; bare parse {bare * 1000:.0f} ms"
    return [
        (f"show of {len(BOOKS)} books", figure, f"<= {limit * 1000:.0f} ms (3x bare + 100 ms)", ours <= limit)
    ]


MEGABYTES = 5
LONG = """## Procedure {n}: restart service {n}

**Symptoms**: slow answers from service {n}

1. Check the log:
   ```bash
   # Check for errors
   journalctl -u svc{n} --since '1 hour ago' | grep -i error
   ```
2. Restart it
   ```bash
   systemctl restart svc{n}
   ```
3. Verify that the queue of service {n} is empty

Expected results:
- Latency < {n} ms

"""


def a_large_document_is_read() -> list[tuple[str, str, str, bool]]:
    """A document of thousands of procedures, and one whose single block holds a quote that is never closed."""
    rows = []
    for kind in ("procedures", "one block"):
        with tempfile.TemporaryDirectory() as name:
            book = Path(name) / "RUNBOOK.md"
            book.write_text(_long(kind))
            command = [sys.executable, "-c", READING, "ours", str(book)]
            done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=True)
        taken = float(done.stdout)
        rows.append((f"{MEGABYTES} MB of {kind}", f"{taken:.1f} s", "<= 20 s", taken <= 20))
    return rows


def _long(kind: str) -> str:
    size = MEGABYTES * 1_000_000
    if kind == "one block":
        line = "df -h /data\n"
        return f'# Bench\n\n## Long\n\n```bash\necho "never closed\n{line * (size // len(line))}```\n'
    return "# Bench\n\n" + "".join(LONG.format(n=number) for number in range(1, size // len(LONG)))


LINTING = """
import sys, time
from pathlib import Path
before = time.perf_counter()
from runward.runbooks.finding.model import Case
from runward.runbooks.linting import findings_of
from runward.runbooks.policy import policy_of
from runward.runbooks.read import read_runbook
def look():
    for book in sys.argv[1:]:
        runbook = read_runbook(Path(book))
        findings_of(Case(runbook, policy_of(runbook)))
look()
cold = time.perf_counter() - before
before = time.perf_counter()
look()
print(cold, time.perf_counter() - before)
"""


def linting_is_instant() -> list[tuple[str, str, str, bool]]:
    """Reading, facts and findings of all books: the first time in a process, imports counted, and the second time."""
    taken = []
    for _ in range(5):
        command = [sys.executable, "-c", LINTING, *map(str, BOOKS)]
        done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=True)
        taken.append([float(word) for word in done.stdout.split()])
    cold, warm = (statistics.median(column) for column in zip(*taken, strict=True))
    return [
        (f"lint of {len(BOOKS)} books, cold", f"{cold * 1000:.0f} ms", "<= 1000 ms", cold <= 1),
        (f"lint of {len(BOOKS)} books, warm", f"{warm * 1000:.0f} ms", "<= 250 ms", warm <= 0.250),
    ]


def a_thousand_documents_are_linted_in_flat_memory() -> list[tuple[str, str, str, bool]]:
    """1,000 documents of 15 KB, each other than the others, against 100 of them: time, and memory of the largest process."""
    parts = [book.read_text(errors="replace").split("\n## ") for book in BOOKS]
    sections = [section for part in parts for section in part[1:]]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(1000):
            chosen, size = [], 0
            while size < 15_000:
                chosen.append(sections[(number * 7 + len(chosen)) % len(sections)])
                size += len(chosen[-1])
            text = f"# Book {number}\n\n## " + "\n## ".join(chosen)
            (folder / f"{number:04}.md").write_text(text.replace("localhost", f"host-{number}")[:15_000])
        few, _ = peak_of("lint", "00*.md", folder=folder, allowed=(0, 1))
        many, took = peak_of("lint", "*.md", folder=folder, allowed=(0, 1))
    grown = f"{many:.0f} MB at most, {few:.0f} MB for 100"
    return [
        (
            "lint of 1,000 documents",
            f"{took:.0f} s, {grown}",
            "<= 60 s, <= 1.3x",
            took <= 60 and many <= few * 1.3,
        )
    ]


PEAK = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, done.returncode)
"""


def peak_of(*words: str, folder: Path, allowed: tuple[int, ...] = (0,)) -> tuple[float, float]:
    """The memory of the largest process of a command in MB, and how long it took; one that came before does not count."""
    command = [sys.executable, "-c", PEAK, sys.executable, "-m", "runward", *words]
    before = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=True)
    taken = time.perf_counter() - before
    size, code = (int(word) for word in done.stdout.split())
    if code not in allowed:
        raise SystemExit(f"{' '.join(words)} ended with {code}: {done.stderr[-2000:]}")
    return size / 1024, taken


def a_durable_step_is_cheap() -> list[tuple[str, str, str, bool]]:
    """What each further step of a run costs on SQLite, against the same command in a bash of its own.

    A run of 1,000 steps less a run of one: planning, recording and judging are counted, starting the program is not.
    """
    many, one = run_of(STEPS), run_of(1)
    bare = seconds(lambda: [subprocess.run(["bash", "-c", "true"], check=True) for _ in range(STEPS)], 1)
    each = (many - one) / (STEPS - 1) * 1000
    beyond = each - bare / STEPS * 1000
    figure = f"{beyond:.1f} ms beyond bash's {bare / STEPS * 1000:.1f} ms (1 step {one:.1f} s, {STEPS} steps {many:.1f} s)"
    return [(f"a durable step of {STEPS}", figure, "<= 15 ms", beyond <= 15)]


def run_of(count: int) -> float:
    """How long a run of so many steps takes, from the command line and back."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        steps = "\n".join(
            f"{number}. Step {number}:\n   ```bash\n   true\n   ```\n" for number in range(1, count + 1)
        )
        (folder / "RUNBOOK.md").write_text(f"# Bench\n\n## Many steps\n\n{steps}")
        (folder / "runward.toml").write_text(SETTINGS)
        before = time.perf_counter()
        done = runward("run", "RUNBOOK.md#many-steps", "--unattended", "--json", folder=folder)
        taken = time.perf_counter() - before
        if done.returncode:
            raise SystemExit(f"the bench run failed: {done.stderr[-2000:]}")
    return taken


def a_gigabyte_of_output_fits() -> list[tuple[str, str, str, bool]]:
    """The peak memory of a run whose step prints 1 GB."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = f"head -c {GIGABYTE} /dev/zero | tr '\\0' 'x' | fold -w 100"
        (folder / "RUNBOOK.md").write_text(f"# Bench\n\n## Loud\n\n```bash\n{command}\n```\n")
        (folder / "runward.toml").write_text(SETTINGS)
        peak, took = peak_of("run", "RUNBOOK.md#loud", "--unattended", "--json", folder=folder)
        kept = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    figure = f"{peak:.0f} MB at most, {took:.0f} s, {kept / 1e6:.0f} MB kept on disk"
    return [("a run with 1 GB of output", figure, "<= 150 MB", peak <= 150)]


def main() -> None:
    """Print a row a promise; end with 1 if one is broken."""
    MarkdownIt()
    broken = False
    for measure in (
        help_is_instant,
        reading_is_close_to_parsing,
        a_large_document_is_read,
        linting_is_instant,
        a_thousand_documents_are_linted_in_flat_memory,
        a_gigabyte_of_output_fits,
        a_durable_step_is_cheap,
    ):
        for what, figure, promise, kept in measure():
            print(f"{'kept  ' if kept else 'BROKEN'}  {what:28}  {figure:60}  {promise}", flush=True)
            broken = broken or not kept
    raise SystemExit(1 if broken else 0)


if __name__ == "__main__":
    main()
