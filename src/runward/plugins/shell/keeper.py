"""Keep one script: start it, hear it, bound it, and save what became of it, whether or not Runward lives.

A keeper is a process of its own. It owns the pipes, so the script does not lose its output when Runward
dies, and nobody starts a second copy while a keeper lives.
"""

import os
import selectors
import signal
import socket
import subprocess
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

from runward.foundation.masking import Masker
from runward.foundation.tape import ERR, OUT, Tape
from runward.plugins.shell.askers import Askers
from runward.plugins.shell.asking import Asking
from runward.plugins.shell.bounding import POLITE, Bounding
from runward.plugins.shell.dividing import Divided
from runward.plugins.shell.facts import asked_facts, end_of, heard_facts, left_state, printed_facts
from runward.plugins.shell.hearing import Hearing
from runward.plugins.shell.job import ENDED, STARTED, TAPE, Job, job_from
from runward.plugins.shell.messages import Line, packed, receive
from runward.plugins.shell.processes import (
    Process,
    adopt_orphans,
    boot_id,
    command_of,
    family,
    find_process,
    has_nothing_to_read,
    list_processes,
    signal_all,
)
from runward.plugins.shell.workplace import Workplace, write_private

_READ = 1 << 18
_LINGER = 0.5  # seconds for late output after the shell's end


def keep(connection: socket.socket) -> None:
    """Do one job from its message to its result."""
    message = receive(connection)
    if message is None:
        return
    job = job_from(message)
    adopt_orphans()
    own = find_process(os.getpid())
    connection.sendall(
        packed({"born": {"pid": os.getpid(), "started": own.started if own else 0, "boot": boot_id()}})
    )
    if receive(connection) is None:
        return  # Runward went before it said go: nothing was started, and nothing says so
    try:
        keeper = Keeper(job, connection)
        keeper.prepare()
    except OSError as error:
        refusal = f"the folder {job.folder} cannot be used: {error.strerror}"
        connection.sendall(packed({"ended": {"ended": "refused", "refusal": refusal}}))
        return
    try:
        keeper.run()
    except Exception:
        keeper.give_up(traceback.format_exc())
        raise


class Keeper:
    """One script from its start to its result."""

    def __init__(self, job: Job, connection: socket.socket) -> None:
        self._job = job
        self._place = Workplace(job)
        self._masker = Masker(job.secrets)
        self._tape = Tape(Path(job.folder) / TAPE)
        lines = {spot.id: spot.line for spot in job.spots if spot.top}
        word = job.word.encode()
        self._streams = {name: Divided(name, word, lines, self._masker, self._tape) for name in (OUT, ERR)}
        for stream in self._streams.values():
            stream.section = job.first_line
            stream.rename(str(self._place.script), job.document)
        self._hearing = Hearing(job.word)
        self._tops = {spot.id: spot for spot in job.spots if spot.top}
        self._bounding = Bounding(job.limits)
        self._asking, self._askers = Asking(), Askers()
        self._readers = {spot.id for spot in job.spots if spot.reads}
        self._state = b""
        self._selector = selectors.DefaultSelector()
        self._line = Line(connection, self._selector, "runward")
        self._pipes: dict[str, int] = {}
        self._shell: Process | None = None
        self._pid = 0
        self._status: int | None = None
        self._stop = ""  # timed_out, bounded, cancelled, asked
        self._kill_at = self._give_up_at = 0.0
        self._running: list[str] = []
        self._began = time.time()
        self._deadline = time.monotonic() + job.time_limit

    def prepare(self) -> None:
        """Make sure that everything can be written before anything is done."""
        self._place.prepare()
        self._place.save(STARTED, {"keeper": os.getpid(), "at": self._began})
        for name in ("out", "err", "events", "state"):
            self._pipes[name] = self._place.open_pipe(name)
            self._selector.register(self._pipes[name], selectors.EVENT_READ, name)

    def run(self) -> None:
        """The whole life of the script."""
        self._hear_signals()
        refusal = self._start()
        if refusal:
            self._finish({"ended": "refused", "refusal": refusal})
            return
        self._listen()
        self._finish({"ended": self._stop or "finished"})
        self._hear_out()

    def give_up(self, trouble: str) -> None:
        """We cannot go on: nothing may go on unseen, and why is written down."""
        signal_all(self._family(), signal.SIGKILL)
        write_private(Path(self._job.folder) / "keeper.log", self._masker.text(trouble))

    def _hear_signals(self) -> None:
        ours, theirs = socket.socketpair()
        for end in (ours, theirs):
            end.setblocking(False)
        signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
        self._signals = (ours, theirs)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: None)  # ignoring them would be inherited by the script
        self._selector.register(ours, selectors.EVENT_READ, "signals")

    def _start(self) -> str:
        """Start the shell; why not, if it could not be."""
        job = self._job
        answers = os.open(os.devnull, os.O_RDONLY)
        if job.answers:
            answers = os.memfd_create("answers")
            os.write(answers, job.answers.encode("utf-8", "surrogateescape"))
            os.lseek(answers, 0, os.SEEK_SET)
        writers = [os.open(Path(job.folder) / name, os.O_WRONLY) for name in ("out", "err")]
        try:
            shell = subprocess.Popen(
                ["bash", str(self._place.script), *job.arguments],
                stdin=answers,
                stdout=writers[0],
                stderr=writers[1],
                cwd=job.working_folder or None,
                env=job.environment | {"__runward_keeper": str(os.getpid())},
                start_new_session=True,
                restore_signals=True,
            )
        except (OSError, ValueError) as error:
            return str(error)
        finally:
            for handle in (answers, *writers):
                os.close(handle)
        self._pid = shell.pid
        shell.returncode = 0  # we wait for it ourselves, together with its orphans
        self._shell = find_process(shell.pid)
        return ""

    def _listen(self) -> None:
        """Hear everything until the script has ended and its output has run dry."""
        linger_until = 0.0
        while True:
            for key, _ in self._selector.select(self._patience(linger_until)):
                self._hear(str(key.data))
            self._reap()
            self._mind_limits()
            self._line.flush()
            if self._status is None:
                continue
            if not linger_until:
                linger_until = time.monotonic() + _LINGER
                self._let_go()
            if time.monotonic() >= linger_until or self._dry():
                if not self._stop or not self._family() or time.monotonic() > self._give_up_at:
                    return
                linger_until = time.monotonic() + 0.05

    def _patience(self, linger_until: float) -> float:
        """How long nothing may happen before we look at the clock."""
        if self._status is not None:
            return max(0.0, min(0.02, linger_until - time.monotonic())) if linger_until else 0.0
        moments = [self._kill_at or self._deadline]
        if self._bounding.mark:
            moments.append(self._bounding.at)
        return max(0.005, min(moments) - time.monotonic())

    def _hear(self, name: str) -> None:
        match name:
            case "out" | "err":
                self._take(name)
            case "events":
                self._take_events()
            case "state":
                with suppress(BlockingIOError):
                    self._state += os.read(self._pipes[name], _READ)
            case "signals":
                with suppress(BlockingIOError):
                    if signal.SIGTERM in self._signals[0].recv(4096):
                        self._end("cancelled")
            case _:
                self._take_orders()

    def _take(self, name: str) -> bool:
        """One reading of an output; False when there was nothing."""
        handle = self._pipes.get(name)
        if handle is None:
            return False
        try:
            data = os.read(handle, _READ)
        except BlockingIOError:
            return False
        if not data:
            self._selector.unregister(handle)
            os.close(self._pipes.pop(name))
            return False
        self._streams[name].feed(data, time.time())
        self._asking.heard(name, data)
        self._line.say({"heard": 1})
        if 0 < self._job.line_limit <= self._lines:
            self._end("bounded")
        return True

    def _take_events(self) -> None:
        try:
            data = os.read(self._pipes["events"], _READ)
        except BlockingIOError:
            return
        for kind, number in self._hearing.feed(data):
            if kind == "S":
                self._began_mark(number)
            else:
                self._ended_mark(number)

    def _began_mark(self, number: int) -> None:
        self._bounding.began(number, self._lines, top=number in self._tops)
        if number in self._tops:
            self._line.say({"began": self._tops[number].line})

    def _ended_mark(self, number: int) -> None:
        self._bounding.ended(number)
        if number in self._readers:
            self._asking.read(number, self._hearing.told[number].exits)

    @property
    def _lines(self) -> int:
        return sum(self._tape.lines_of.values())

    def _take_orders(self) -> None:
        """What Runward says; when it is gone we go on alone."""
        if any("cancel" in message for message in self._line.hear()):
            self._end("cancelled")

    def _reap(self) -> bool:
        """Take leave of every child that has ended; whether any is left, which all orphans become."""
        try:
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                if ended[0] == self._pid:
                    self._status = ended[1]
        except ChildProcessError:
            return False
        return True

    def _mind_limits(self) -> None:
        now = time.monotonic()
        if self._bounding.due(now, self._lines):
            self._hearing.told[self._bounding.mark].bounded = True
            self._bounding.end_command(self._pid, now)
        if self._stop and now >= self._kill_at:
            signal_all(self._family(), signal.SIGKILL)
            self._kill_at = now + POLITE
        if not self._stop and self._status is None and now >= self._deadline:
            self._end("timed_out")
        if not self._stop and self._asks_in_vain(now):
            self._end("asked")

    def _asks_in_vain(self, now: float) -> bool:
        """Whether it asks and asks, and who asks has nothing to read."""
        suspect = self._asking.look(now)
        if suspect is None:
            return False
        everyone = self._family()
        if suspect.mark:
            in_vain = has_nothing_to_read(self._pid, everyone)
        else:
            in_vain = self._askers.has_any(suspect.key, everyone, Path(self._job.folder) / suspect.stream)
        return in_vain and self._asking.asked is not None

    def _end(self, why: str) -> None:
        """Stop the script: ask first, and insist when the grace is over."""
        if self._stop or self._status is not None:
            return
        self._stop = why
        everyone = self._family()
        self._running = [self._described(one) for one in everyone if one.pid != self._pid]
        signal_all(everyone, signal.SIGTERM)
        self._kill_at = time.monotonic() + self._job.grace
        self._give_up_at = self._kill_at + 3 * POLITE

    def _family(self) -> list[Process]:
        return family(os.getpid(), self._pid, list_processes())

    def _lingering(self) -> list[Process]:
        """Who outlives the script; whoever is just leaving is given the time to."""
        for _ in range(5):
            if not self._reap():
                return []
            time.sleep(0.01)
        return self._family()

    def _described(self, process: Process) -> str:
        return self._masker.text(command_of(process.pid) or process.name)[:500]

    def _let_go(self) -> None:
        """The script has ended: read what is left, and give up our own writer's ends to see who else holds one."""
        for name in ("out", "err"):
            while self._take(name):
                pass
            handle = self._pipes.get(name)
            if handle is None:
                continue
            self._selector.unregister(handle)
            reader = os.open(Path(self._job.folder) / name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            os.close(handle)
            self._pipes[name] = reader
            self._selector.register(reader, selectors.EVENT_READ, name)

    def _dry(self) -> bool:
        """Whether nobody can write to either output any more."""
        return not any(
            name in self._pipes and (self._take(name) or name in self._pipes) for name in ("out", "err")
        )

    def _finish(self, facts: dict[str, Any]) -> None:
        """Save the result, tell Runward, and clear the folder."""
        now = time.time()
        self._take_events()
        with suppress(BlockingIOError, KeyError):
            while data := os.read(self._pipes["state"], _READ):
                self._state += data
        for stream in self._streams.values():
            stream.finish(now)
        self._tape.close()
        left = [] if self._stop else [one for one in self._lingering() if one.pid != self._pid]
        facts |= end_of(self._status) | {
            **heard_facts(self._hearing),
            **printed_facts(self._tape),
            **asked_facts(self._asking, self._masker),
            **left_state(self._job, self._masker, self._state),
            "running": self._running,
            "left_running": [[one.pid, self._described(one)] for one in left],
            "at": self._began,
            "took": now - self._began,
        }
        try:
            self._place.save(ENDED, facts)
        except OSError as error:
            facts["trouble"] = f"the result could not be saved: {error.strerror}"
        self._place.clear()
        self._line.finish({"ended": facts})

    def _hear_out(self) -> None:
        """Stay for those who were left running on purpose and still write, so that no broken pipe ends them."""
        for name in ("events", "state"):
            self._selector.unregister(self._pipes[name])
            os.close(self._pipes.pop(name))
        while any(name in self._pipes for name in ("out", "err")):
            for key, _ in self._selector.select(1.0):
                if key.data in {"out", "err"}:
                    self._drop(str(key.data))
                elif key.data == "signals":
                    with suppress(BlockingIOError):
                        self._signals[0].recv(4096)
            self._reap()

    def _drop(self, name: str) -> None:
        with suppress(BlockingIOError):
            if not os.read(self._pipes[name], _READ):
                self._selector.unregister(self._pipes[name])
                os.close(self._pipes.pop(name))
