"""Run bash on this machine: as written, observed, bounded, and found again after a crash."""

import asyncio
import json
import os
import re
import secrets as randomness
import shlex
import signal
import socket
from collections.abc import Mapping
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import Any

from runward.foundation.tape import Reader
from runward.plugins.contracts import Birth, Ended, Failure, Order, Outcome, Watch
from runward.plugins.shell.job import ENDED, SHELL, STARTED, TAPE, Job, Limit, Spot
from runward.plugins.shell.messages import packed, unpacked
from runward.plugins.shell.nursery import Nursery
from runward.plugins.shell.outcome import outcome_of
from runward.plugins.shell.processes import (
    Process,
    boot_id,
    find_process,
    list_processes,
    signal_all,
)
from runward.plugins.shell.recording import Mark
from runward.plugins.shell.state import filled, holds_secret
from runward.plugins.shell.tracing import Observed, observed

# A `read` of what the script itself is given, not of a file, a descriptor or a pipe.
_READS = re.compile(r"\s*(?:!\s*)?(?:\w+=\S*\s+)*(?:builtin\s+|command\s+)?read\b(?!.*(?:<|\s-\w*u))")
_FED = re.compile(r"(?:\b(?:done|fi|esac)|[})])[ \t]*\d*<")  # a loop or group with an input of its own
_POLITE = 2.0  # seconds between the signals that end orphans
RECORDER = files("runward.plugins.shell").joinpath("record.bash")

# Nothing may take over a terminal that is not there, or wait for keys that nobody presses.
QUIET = {
    "AWS_PAGER": "",
    "DEBIAN_FRONTEND": "noninteractive",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    "LVM_SUPPRESS_FD_WARNINGS": "1",
    "MANPAGER": "cat",
    "PAGER": "cat",
    "PSQL_PAGER": "cat",
    "SYSTEMD_PAGER": "cat",
    "TERM": "dumb",
}


class Local:
    """Bash on this machine. One for the whole process; close it at the end."""

    def __init__(self) -> None:
        self._nursery = Nursery()

    def close(self) -> None:
        """Start nothing more; what runs goes on and can be found again."""
        self._nursery.close()

    async def perform(
        self, order: Order, folder: Path, watch: Watch | None = None, cancel: asyncio.Event | None = None
    ) -> Outcome:
        """Carry out the order in `folder`, which is made for it and holds the tape afterwards."""
        watch = watch or Watch()
        try:
            seen = await asyncio.to_thread(observed, order.script, order.first_line)
        except FileNotFoundError:
            return _refused(
                folder, Failure(order.first_line, "", "bash is not installed here", 127, "not-found")
            )
        if seen.syntax:
            return _refused(folder, Failure(*seen.syntax, f"bash refuses it: {seen.syntax[1]}", 2, "syntax"))
        if order.working_folder and not os.access(order.working_folder, os.X_OK):
            why = f"the working folder {order.working_folder} cannot be entered"
            return _refused(folder, Failure(order.first_line, "", why, 1, "folder"))
        job = _job(order, seen, _absolute(folder))
        connection = self._nursery.connect()
        facts = await _Call(connection, folder, watch, cancel).make(job)
        return outcome_of(order, seen, facts, folder)

    async def rejoin(
        self, order: Order, birth: Birth, watch: Watch | None = None, cancel: asyncio.Event | None = None
    ) -> Outcome:
        """Wait for a script that was started before a crash and still lives, and collect what it did."""
        folder, reader, watch = Path(birth.folder), Reader(Path(birth.folder) / TAPE), watch or Watch()
        asked: set[int] = set()
        while find_living(birth):
            for frame in reader.read():
                watch.heard(frame)
            if cancel and cancel.is_set():
                living = [one for one in _keeper_or_orphans(birth) if one.pid not in asked]
                signal_all(living, signal.SIGTERM)
                asked |= {one.pid for one in living}
            await asyncio.sleep(0.1)
        for frame in reader.read(torn=True):
            watch.heard(frame)
        return self.collect(order, folder)

    def collect(self, order: Order, folder: Path) -> Outcome:
        """What became of a script that does not live any more; `lost` where nobody saw its end."""
        seen = observed(order.script, order.first_line)
        return outcome_of(order, seen, find_left(folder), folder)


def find_living(birth: Birth) -> bool:
    """Whether this birth's keeper, or its script without it, still lives: no later process of the same number."""
    return bool(_keeper_or_orphans(birth))


def _keeper_or_orphans(birth: Birth) -> list[Process]:
    """The keeper, or else what of its script goes on without it, as long as no end was saved."""
    if birth.boot != boot_id():
        return []
    keeper = find_process(birth.pid)
    if keeper is not None and keeper.started == birth.started:
        return [keeper]
    return [] if (Path(birth.folder) / ENDED).exists() else list_orphans(Path(birth.folder), birth.started)


def list_orphans(folder: Path, since: int) -> list[Process]:
    """The members of the session that a keeper, now dead, had started."""
    try:
        session = int((folder / SHELL).read_text())
    except (OSError, ValueError):
        return []
    return [one for one in list_processes() if one.session == session and one.started >= since]


def find_left(folder: Path) -> dict[str, Any] | None:
    """The facts that a keeper saved at its end."""
    try:
        facts = json.loads((folder / ENDED).read_text())
    except (OSError, ValueError):
        return None
    return facts if isinstance(facts, dict) else None


def never_started(folder: Path) -> bool:
    """Whether it is certain that the script did nothing: its keeper never got as far as starting it."""
    return not (folder / STARTED).exists() and not (folder / ENDED).exists()


def _absolute(folder: Path) -> Path:
    return folder.absolute()


def _refused(folder: Path, failure: Failure) -> Outcome:
    return Outcome(Ended.REFUSED, failures=(failure,), folder=str(folder))


class _Call:
    """One conversation with a keeper."""

    def __init__(
        self, connection: socket.socket, folder: Path, watch: Watch, cancel: asyncio.Event | None
    ) -> None:
        self._connection, self._folder, self._watch, self._cancel = connection, folder, watch, cancel
        self._reader = Reader(folder / TAPE, patience=4)
        self._facts: dict[str, Any] | None = None
        self._born = 0

    async def make(self, job: Job) -> dict[str, Any] | None:
        """Give the job, say go once the birth is recorded, and listen to the end."""
        loop = asyncio.get_running_loop()
        self._connection.setblocking(False)
        with self._connection:
            await loop.sock_sendall(self._connection, packed(job.packed()))
            canceller = loop.create_task(self._pass_on_cancel()) if self._cancel else None
            try:
                await self._listen(loop)
            except asyncio.CancelledError:
                with suppress(OSError):
                    self._connection.send(packed({"cancel": True}))
                raise
            finally:
                if canceller:
                    canceller.cancel()
        self._hear(torn=True)
        facts = self._facts or find_left(self._folder)
        if facts is None:
            await self._end_orphans()
        return facts

    async def _end_orphans(self) -> None:
        """The keeper is gone without a word: what goes on unseen is ended, so that it is known to have ended."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            orphans = list_orphans(self._folder, self._born)
            signal_all(orphans, number)
            if orphans:
                await asyncio.sleep(_POLITE)

    async def _pass_on_cancel(self) -> None:
        if self._cancel:
            await self._cancel.wait()
            await asyncio.get_running_loop().sock_sendall(self._connection, packed({"cancel": True}))

    async def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        buffer = bytearray()
        while data := await _received(loop, self._connection):
            buffer += data
            messages = unpacked(buffer)
            for message in messages:
                await self._take(loop, message)
            if any("heard" in message or "began" in message for message in messages):
                self._hear()

    async def _take(self, loop: asyncio.AbstractEventLoop, message: Mapping[str, Any]) -> None:
        if "born" in message:
            born = message["born"]
            self._born = born["started"]
            self._watch.born(Birth(born["pid"], born["started"], born["boot"], str(self._folder)))
            await loop.sock_sendall(self._connection, packed({"go": True}))
        elif "began" in message:
            self._watch.began(message["began"])
        elif "ended" in message:
            self._facts = message["ended"]

    def _hear(self, *, torn: bool = False) -> None:
        for frame in self._reader.read(torn=torn):
            self._watch.heard(frame)


async def _received(loop: asyncio.AbstractEventLoop, connection: socket.socket) -> bytes:
    try:
        return await loop.sock_recv(connection, 1 << 16)
    except ConnectionError:
        return b""


def _job(order: Order, seen: Observed, folder: Path) -> Job:
    word = randomness.token_hex(8)
    values = {secret.name: secret.value for secret in order.secrets}
    environment = _environment(order, values)
    carried = {name: filled(text, values) for name, text in order.variables.items()}
    open_text = [text for name, text in carried.items() if not holds_secret(order.variables[name])]
    closed = [text for name, text in carried.items() if holds_secret(order.variables[name])]
    if closed:
        environment["__runward_carry"] = "\n".join(closed)
    marks, reads = seen.marks, not _FED.search(order.script)
    return Job(
        folder=str(folder),
        word=word,
        script=_text(order, seen, folder, word),
        document=order.document,
        arguments=list(order.arguments),
        working_folder=order.working_folder,
        environment=environment | {"CURL_HOME": str(folder)},
        curl_home=environment.get("CURL_HOME", ""),
        before="\n".join([*open_text, *order.functions.values()]),
        secrets=values,
        answers="".join(f"{answer}\n" for answer in order.answers),
        time_limit=order.time_limit_seconds,
        grace=order.grace_seconds,
        line_limit=order.line_limit,
        spots=[
            Spot(mark.id, mark.line, mark.end, mark.top, reads and bool(_READS.match(mark.text)))
            for mark in marks
        ],
        limits=[
            Limit(mark.id, bound.seconds, bound.lines)
            for bound in order.bounds
            if (mark := _mark_at(marks, bound.line)) is not None
        ],
        first_line=order.first_line,
    )


def _environment(order: Order, values: Mapping[str, str]) -> dict[str, str]:
    environment = {
        **os.environ,
        **{name: value for name, value in QUIET.items() if name not in order.environment},
    }
    for name in order.removed:
        environment.pop(name, None)
    environment |= {name: filled(value, values) for name, value in order.environment.items()}
    environment |= {secret.name: secret.value for secret in order.secrets if secret.exported}
    return environment


def _text(order: Order, seen: Observed, folder: Path, word: str) -> str:
    """The script file: each line of the document on its own number, so that bash's messages name it."""
    words = [
        "builtin",
        "source",
        str(RECORDER),
        str(folder),
        word,
        order.document,
        "bare" if seen.bare else "recorded",
    ]
    start = shlex.join(words)
    lead = start + ("\n" * (order.first_line - 1) or "; ")
    end = f'{{ __runward_end {seen.last} "${{PIPESTATUS[@]}}" "${{_-}}"; }} 2>/dev/null && :\n'
    return lead + seen.text + ("" if seen.open_ended or seen.bare else f"\n\n{end}")


def _mark_at(marks: tuple[Mark, ...], line: int) -> Mark | None:
    """The innermost measured command at a line, or else the statement there."""
    there = [mark for mark in marks if mark.line <= line <= mark.end]
    measured = [mark for mark in there if mark.measured]
    return min(measured or there, key=lambda mark: mark.end - mark.line, default=None)
