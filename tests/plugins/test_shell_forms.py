"""Our runtime and plain bash do the same with every form of script."""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from plugins.shell_forms import PLAIN, generated
from runward.foundation.tape import ERR, OUT, bytes_of
from runward.plugins.contracts import Ended, Order, Outcome
from runward.plugins.runtimes.local import QUIET, Local

FORMS = PLAIN + generated()


@pytest.fixture(scope="module")
def local() -> Iterator[Local]:
    runtime = Local()
    yield runtime
    runtime.close()


def _plain(script: str, folder: Path) -> tuple[int, str, str]:
    """What bash itself does with the script, saved as a file."""
    (folder / "work").mkdir(parents=True)
    (folder / "script").write_text("\n" * 9 + script + "\n")
    done = subprocess.run(
        ["bash", str(folder / "script")],
        cwd=folder / "work",
        env=os.environ | QUIET,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=20,
        check=False,
        start_new_session=True,
    )
    code = done.returncode if done.returncode >= 0 else 128 - done.returncode
    return code, _clean(done.stdout, folder), _clean(done.stderr, folder)


def _clean(printed: bytes, folder: Path) -> str:
    return (
        printed.decode("utf-8", "replace").replace(str(folder / "script"), "SCRIPT").replace(str(folder), "")
    )


def _perform(local: Local, order: Order, folder: Path) -> Outcome:
    return asyncio.run(local.perform(order, folder))


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*")) if path.is_file()}


@pytest.mark.parametrize("script", FORMS, ids=range(len(FORMS)))
def test_a_script_does_what_it_does_under_bash(local: Local, tmp_path: Path, script: str) -> None:
    code, out, err = _plain(script, tmp_path / "plain")
    ours = tmp_path / "ours"
    (ours / "work").mkdir(parents=True)
    order = Order(
        script,
        first_line=10,
        working_folder=str(ours / "work"),
        time_limit_seconds=15,
        document=str(ours / "script"),
    )
    outcome = _perform(local, order, ours / "step")
    if outcome.ended is Ended.REFUSED:
        assert "syntax error" in err or "unexpected" in err
        return
    tape = ours / "step" / "tape"
    assert _clean(bytes_of(tape, stream=OUT), ours) == out
    assert _clean(bytes_of(tape, stream=ERR), ours) == err
    assert outcome.exit == code
    assert _files(ours / "work") == _files(tmp_path / "plain" / "work")
    assert not outcome.left_running
