"""The demo's shop is really in trouble, says why, can be mended, and never outlives its starter."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from runward.demo.stage import Stage, heal, orders_waiting, stage, start, stop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Stage]:
    opened = start(tmp_path)
    yield opened
    stop(opened)


def within(seconds: float, ask: object) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if ask():  # type: ignore[operator]
            return True
        time.sleep(0.05)
    return False


def test_orders_pile_up_and_the_evidence_says_why(shop: Stage) -> None:
    before = orders_waiting(shop)
    assert before >= 120
    assert within(5, lambda: orders_waiting(shop) > before)
    status = json.loads((shop.folder / "status.json").read_text())
    holder = (shop.folder / "printer.lock").read_text().strip()
    assert status["packed_last_minute"] == 0
    assert status["oldest_waiting_seconds"] > 800
    assert holder in status["packer"]
    assert f"printer.lock is held by process {holder}" in (shop.folder / "log/shop.log").read_text()
    with pytest.raises(ProcessLookupError):
        os.kill(int(holder), 0)


def test_restarting_the_packer_mends_it(shop: Stage) -> None:
    assert "orders to pack" in heal(shop)
    assert within(15, lambda: orders_waiting(shop) < 5)
    assert not (shop.folder / "printer.lock").exists()
    status = json.loads((shop.folder / "status.json").read_text())
    assert status["packer"] == "packing"
    assert status["packed_last_minute"] >= 100
    assert "which is gone" in (shop.folder / "log/shop.log").read_text()


def test_lock_of_a_living_process_is_respected(shop: Stage) -> None:
    (shop.folder / "printer.lock").write_text(str(os.getpid()))
    heal(shop)
    assert (shop.folder / "printer.lock").exists()
    waiting = orders_waiting(shop)
    time.sleep(0.6)
    assert orders_waiting(shop) >= waiting


def test_shop_without_trouble_packs(tmp_path: Path) -> None:
    opened = start(tmp_path, trouble=False)
    try:
        assert within(5, lambda: json.loads((tmp_path / "status.json").read_text())["packed_last_minute"] > 0)
        assert orders_waiting(opened) < 5
        port = (tmp_path / "port").read_text()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
            assert json.load(answer)["status"] == "ok"
    finally:
        stop(opened)


def test_command_says_what_it_cannot_do(shop: Stage) -> None:
    command = str(shop.folder / "bin/shop")
    usage = subprocess.run([command, "dance"], capture_output=True, text=True, check=False)
    assert (usage.returncode, usage.stderr) == (2, "usage: shop status | shop restart packer\n")
    stop(shop)
    closed = subprocess.run([command, "status"], capture_output=True, text=True, check=False)
    assert closed.returncode == 1
    assert "does not answer" in closed.stderr


def test_stage_is_cleared_away() -> None:
    with stage() as opened:
        folder, shop = opened.folder, opened.shop
        assert opened.runbook.is_file()
        assert opened.settings.is_file()
    assert shop.returncode == 0
    assert not folder.exists()


def test_shop_ends_when_its_starter_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from runward.demo.stage import start;"
        "print(start(Path(sys.argv[1])).shop.pid, flush=True); time.sleep(99)"
    )
    path = os.pathsep.join(sys.path)
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
    ) as starter:
        assert starter.stdout is not None
        shop = int(starter.stdout.readline())
        starter.send_signal(signal.SIGKILL)
    assert within(
        5,
        lambda: not Path(f"/proc/{shop}/cmdline").exists() or not Path(f"/proc/{shop}/cmdline").read_bytes(),
    )
