"""Actions on files, certificates and URLs of this machine."""

import asyncio
import gzip
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.nginx import Authority, NginxServer
from lab.processes import fresh_folder
from lab.web import WebServer
from plugins.errands import Errands, outcomes
from runward.plugins import rotating
from runward.plugins.certificates import covers, host_and_port
from runward.plugins.contracts import Ended, Errand, Outcome, rows_of
from runward.plugins.runtimes import native

LINES = "".join(f"{number} something was written here\n" for number in range(20_000))


@pytest.fixture
def errands(tmp_path: Path) -> Errands:
    folder = tmp_path / "logs"
    folder.mkdir()
    return Errands(str(folder), tmp_path)


@pytest.fixture
def log(tmp_path: Path, errands: Errands) -> Path:
    path = tmp_path / "logs" / "app.log"
    path.write_text(LINES)
    path.chmod(0o640)
    return path


def archive_of(log: Path) -> Path:
    (found,) = (one for one in log.parent.iterdir() if one.name.startswith(f"{log.name}."))
    return found


SMALL = {"larger_than": "1K"}


def test_a_log_is_put_away_whole_and_its_writer_goes_on(errands: Errands, log: Path) -> None:
    with log.open("a") as writer:
        shown = errands.preview("logs.rotate", **SMALL)
        (row,) = rows_of(shown)
        assert (row["file"], row["bytes"]) == (str(log), len(LINES))
        assert str(os.getpid()) in row["written_by"]
        done = errands.perform(shown, "logs.rotate", **SMALL)
        assert outcomes(done, "file") == {str(log): "put away"}
        assert not done.failures
        writer.write("after\n")
    assert log.read_text() == "after\n"
    assert gzip.decompress(archive_of(log).read_bytes()).decode() == LINES
    assert archive_of(log).stat().st_mode & 0o777 == 0o640


def test_it_can_be_put_back(errands: Errands, log: Path) -> None:
    shown = errands.preview("logs.rotate", **SMALL)
    done = errands.perform(shown, "logs.rotate", **SMALL)
    log.write_text("since\n")
    back = errands.undo(done.tables[0], "logs.rotate", **SMALL)
    assert outcomes(back, "file") == {str(log): "put back"}
    assert log.read_text() == LINES + "since\n"
    assert [one.name for one in log.parent.iterdir()] == ["app.log"]


def test_a_log_that_is_open_is_not_put_back(errands: Errands, log: Path) -> None:
    done = errands.perform(errands.preview("logs.rotate", **SMALL), "logs.rotate", **SMALL)
    with log.open("a"):
        back = errands.undo(done.tables[0], "logs.rotate", **SMALL)
    assert "has it open; its archive stays" in outcomes(back, "file")[str(log)]
    assert gzip.decompress(archive_of(log).read_bytes()).decode() == LINES


def test_a_writer_that_does_not_append_stops_it(errands: Errands, log: Path) -> None:
    """Emptied under such a writer, the file would be as large as before, and full of nothing."""
    shown = errands.preview("logs.rotate", **SMALL)
    with log.open("r+"):
        done = errands.perform(shown, "logs.rotate", **SMALL)
    assert "does not append to it" in outcomes(done, "file")[str(log)]
    assert log.read_text() == LINES


def test_rename_gives_the_writer_a_new_file_when_it_asks(errands: Errands, log: Path) -> None:
    settings = {**SMALL, "way": "rename"}
    with log.open("a") as writer:
        done = errands.perform(errands.preview("logs.rotate", **settings), "logs.rotate", **settings)
        writer.write("still the old one\n")
    assert archive_of(log).read_text() == LINES + "still the old one\n"
    assert (log.read_text(), log.stat().st_mode & 0o777) == ("", 0o640)
    back = errands.undo(done.tables[0], "logs.rotate", **settings)
    assert outcomes(back, "file") == {str(log): "put back"}
    assert log.read_text() == LINES + "still the old one\n"


def test_another_file_of_that_name_and_new_ones_are_left_alone(errands: Errands, log: Path) -> None:
    shown = errands.preview("logs.rotate", **SMALL)
    log.rename(log.with_name("moved"))
    log.write_text(LINES)
    (log.parent / "new.log").write_text(LINES)
    done = errands.perform(shown, "logs.rotate", **SMALL)
    assert outcomes(done, "file") == {str(log): "left alone: another file has its name since it was approved"}
    assert (log.parent / "new.log").read_text() == LINES


def test_what_is_written_while_it_is_copied_is_copied_too(
    errands: Errands, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proven = rotating.unpacked
    late = ["while it was proven\n", "and once more\n"]

    def unpacked(archive: Path) -> tuple[int, str]:
        if late:
            with log.open("a") as writer:
                writer.write(late.pop(0))
        return proven(archive)

    monkeypatch.setattr(rotating, "unpacked", unpacked)
    done = errands.perform(errands.preview("logs.rotate", **SMALL), "logs.rotate", **SMALL)
    assert not done.failures
    assert (
        gzip.decompress(archive_of(log).read_bytes()).decode()
        == LINES + "while it was proven\nand once more\n"
    )
    assert log.read_text() == ""


def test_a_copy_that_cannot_be_read_back_leaves_the_log(
    errands: Errands, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotating, "unpacked", lambda _archive: (-1, ""))
    done = errands.perform(errands.preview("logs.rotate", **SMALL), "logs.rotate", **SMALL)
    assert outcomes(done, "file") == {
        str(log): "left alone: the copy could not be read back as it was written"
    }
    assert log.read_text() == LINES
    assert [one.name for one in log.parent.iterdir()] == ["app.log"]


def test_an_archive_that_is_spoilt_fails_the_verification(
    errands: Errands, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runward.plugins.actions.logs_rotate.unpacked", lambda _archive: (3, "another"))
    done = errands.perform(errands.preview("logs.rotate", **SMALL), "logs.rotate", **SMALL)
    assert [failure.code for failure in done.failures] == ["verify"]


def test_a_cancelled_one_finishes_the_file_in_hand_and_no_other(
    tmp_path: Path, errands: Errands, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy cannot be stopped in the middle; the step does not end before it does."""
    (log.parent / "second.log").write_text(LINES[:5000])
    shown = errands.preview("logs.rotate", **SMALL)
    begun, slow = threading.Event(), rotating.copied_away

    def copied(*arguments: Any) -> rotating.Away:
        begun.set()
        time.sleep(1)
        return slow(*arguments)

    monkeypatch.setattr("runward.plugins.actions.logs_rotate.copied_away", copied)

    async def cancelled() -> Outcome:
        wish = asyncio.Event()
        errand = Errand("action: logs.rotate\nlarger_than: 1K", str(log.parent), "perform", shown)
        work = asyncio.ensure_future(native.perform(errand, tmp_path / "tape-of-it", None, wish))
        await asyncio.to_thread(begun.wait)
        wish.set()
        return await work

    outcome = asyncio.run(cancelled())
    assert (outcome.ended, outcome.doubts) == (Ended.CANCELLED, ())
    assert gzip.decompress(next(log.parent.glob("app.log.*.gz")).read_bytes()).decode() == LINES
    assert (log.parent / "second.log").read_text() == LINES[:5000]


def test_no_room_for_a_copy(errands: Errands, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = type(shutil.disk_usage("/"))(100, 100, 0)
    monkeypatch.setattr(rotating.shutil, "disk_usage", lambda _folder: full)
    done = errands.perform(errands.preview("logs.rotate", **SMALL), "logs.rotate", **SMALL)
    assert "0 bytes free, too little to copy" in outcomes(done, "file")[str(log)]
    assert log.read_text() == LINES


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ({}, []),
        ({"larger_than": "400K"}, ["app.log"]),
        ({"larger_than": "1K"}, ["app.log", "second.log"]),
        ({"larger_than": "1K", "match": "sec*"}, ["second.log"]),
        ({"larger_than": "1K", "at_most": "1"}, ["app.log"]),
    ],
)
def test_which_logs_are_meant(
    errands: Errands, log: Path, settings: dict[str, str], found: list[str]
) -> None:
    (log.parent / "second.log").write_text(LINES[:5000])
    (log.parent / "link.log").symlink_to(log)
    (log.parent / "folder.log").mkdir()
    shown = errands.preview("logs.rotate", **settings)
    assert [Path(row["file"]).name for row in rows_of(shown)] == found


def test_disk_usage_weighs_folders_and_finds_what_is_held_open(errands: Errands, tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    (logs / "deep" / "deeper").mkdir(parents=True)
    (logs / "deep" / "deeper" / "large").write_bytes(os.urandom(3 << 20))
    (logs / "small").write_bytes(os.urandom(1 << 20))
    os.link(logs / "small", logs / "same")
    held = logs / "held"
    with held.open("wb") as handle:
        handle.write(os.urandom(2 << 20))
        handle.flush()
        held.unlink()
        disk, folders, deleted = (rows_of(table) for table in errands.done("disk.usage", at_most=200).tables)
    assert 0 <= disk[0]["used_percent"] <= 100
    assert disk[0]["free_bytes"] > 0
    weights = {row["folder"]: row["folder_bytes"] for row in folders}
    assert weights[str(logs / "deep" / "deeper")] == weights[str(logs / "deep")] == 3 << 20
    assert weights[str(logs)] == 4 << 20, "a file with two names takes its room once"
    mine = [row for row in deleted if row["deleted"] == str(held)]
    assert [(row["pid"], row["held_bytes"]) for row in mine] == [(os.getpid(), 2 << 20)]


def test_disk_usage_agrees_with_df(errands: Errands) -> None:
    (disk,) = errands.look("disk.usage", path="/", most_time="100ms")
    said = subprocess.run(["df", "--output=pcent,target", "/"], capture_output=True, text=True, check=True)
    percent, mount = said.stdout.splitlines()[1].split()
    assert disk["mount"] == mount
    assert abs(disk["used_percent"] - int(percent.rstrip("%"))) <= 1.5


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[NginxServer, Authority]]:
    folder = fresh_folder("cert")
    authority = Authority(folder / "ca")
    server = NginxServer.start(folder / "nginx", authority.certify("localhost", days=90), "localhost")
    yield server, authority
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


def test_a_served_certificate(
    served: tuple[NginxServer, Authority], errands: Errands, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, authority = served
    place = f"localhost:{server.port}"
    (stranger,) = errands.look("tls.inspect", address=place)
    assert stranger["trusted"] is False
    for name, value in authority.environment.items():
        monkeypatch.setenv(name, value)
    (row,) = errands.look("tls.inspect", address=place, file=f"{server.folder}/server.pem")
    assert (row["subject"], row["issuer"], row["names"]) == (
        "localhost",
        "Runward lab authority",
        "localhost",
    )
    assert (row["trusted"], row["name_fits"], row["same_as_file"]) == (True, True, True)
    assert 89 < row["days_left"] <= 90
    assert row["percent_left"] > 99
    (other,) = errands.look("tls.inspect", address=place, name="shop.example")
    assert (other["name_fits"], other["trusted"]) == (False, False)

    renewed = authority.certify("localhost", days=200)
    outcome = errands.done("tls.inspect", address=place, file=str(renewed.certificate))
    assert rows_of(outcome.tables[0])[0]["same_as_file"] is False
    assert "reload the server" in " ".join(outcome.tables[0].notices)
    assert rows_of(outcome.tables[1])[0]["file_days_left"] > 199


def test_an_expired_certificate(
    served: tuple[NginxServer, Authority], errands: Errands, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, authority = served
    for name, value in authority.environment.items():
        monkeypatch.setenv(name, value)
    server = NginxServer.start(first.folder / "late", authority.certify("localhost", days=-1), "localhost")
    try:
        outcome = errands.done("tls.inspect", address=f"localhost:{server.port}")
        (row,) = rows_of(outcome.tables[0])
        assert row["days_left"] < 0
        assert row["trusted"] is False
        assert "expired" in " ".join(outcome.tables[0].notices)
    finally:
        server.stop()


def test_a_file_that_is_no_certificate(
    served: tuple[NginxServer, Authority], errands: Errands, tmp_path: Path
) -> None:
    server, _ = served
    (tmp_path / "x.pem").write_text("nothing")
    done = errands.done("tls.inspect", address=f"localhost:{server.port}", file=str(tmp_path / "x.pem"))
    assert "holds no certificate" in done.failures[0].why


@pytest.mark.parametrize(
    ("names", "name", "fits"),
    [
        (["shop.example"], "shop.example", True),
        (["*.shop.example"], "www.shop.example", True),
        (["*.shop.example"], "shop.example", False),
        (["*.shop.example"], "a.b.shop.example", False),
        (["SHOP.example"], "shop.example.", True),
        ([], "shop.example", False),
    ],
)
def test_names_that_a_certificate_covers(names: list[str], name: str, fits: bool) -> None:
    assert covers(names, name) is fits


@pytest.mark.parametrize(
    ("place", "found"),
    [("shop.example", ("shop.example", 443)), ("shop.example:8443", ("shop.example", 8443)), ("https://a.example/x", ("a.example", 443)),
     ("[::1]:99", ("::1", 99)), ("shop:many", ("", 0))],
)  # fmt: skip
def test_places(place: str, found: tuple[str, int]) -> None:
    assert host_and_port(place) == found


def test_a_probe_measures_and_counts(web: WebServer, tmp_path: Path) -> None:
    errands = Errands(web.url, tmp_path)
    (row,) = errands.look("http.probe", url="/health", tries=3, pause="10ms")
    assert (row["url"], row["tries"], row["answered"], row["good"], row["worst_status"]) == (
        f"{web.url}/health",
        3,
        3,
        3,
        200,
    )
    assert 0 < row["fastest_ms"] <= row["median_ms"] <= row["slowest_ms"] < 1000
    web.state.fail("/health", 503)
    (row,) = errands.look("http.probe", url="/health", tries=2, pause="10ms")
    assert (row["answered"], row["good"], row["worst_status"]) == (2, 0, 503)


def test_a_probe_of_what_does_not_answer_in_time(web: WebServer, tmp_path: Path) -> None:
    web.state.slow_down("/health", 3)
    outcome = Errands(web.url, tmp_path).done("http.probe", url="/health", tries=1, patience="300ms")
    (row,) = rows_of(outcome.tables[0])
    assert (row["answered"], row["worst_status"], row["slowest_ms"]) == (0, None, None)
    assert rows_of(outcome.tables[1])[0]["trouble"] == "no answer within 0.3 s"
