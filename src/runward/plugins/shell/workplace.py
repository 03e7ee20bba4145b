"""The folder in which a keeper and its script meet: pipes with names, the script, curl's settings."""

import fcntl
import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from runward.plugins.shell.job import SHELL, Job

_PIPE_SIZE = 1 << 20
PIPES = ("out", "err", "events", "state")
_DUMPS = re.compile(r"^\s*-*(?:dump-header|D)\b", re.MULTILINE)
_CURL_SETTINGS = (".curlrc", "_curlrc", ".config/curlrc", "curlrc")


class Workplace:
    """Prepares the folder and clears it again; what stays is the tape, the script and the result."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._folder = Path(job.folder)
        self.script = self._folder / "script"

    def prepare(self) -> None:
        """Put everything in place; only we may look into it."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        self.clear()
        for name in PIPES:
            os.mkfifo(self._folder / name, 0o600)
        write_private(self.script, self._job.script)
        write_private(self._folder / SHELL, "")
        if self._job.before:
            write_private(self._folder / "before", self._job.before)
        write_private(self._folder / ".curlrc", self._curl_settings())

    def clear(self) -> None:
        """Take away what only lives as long as the script."""
        for name in (*PIPES, "before", ".curlrc"):
            (self._folder / name).unlink(missing_ok=True)

    def open_pipe(self, name: str) -> int:
        """Our end of a pipe, which is also a writer's end, so that it never runs dry while we hold it."""
        handle = os.open(self._folder / name, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        with suppress(OSError):
            fcntl.fcntl(handle, fcntl.F_SETPIPE_SZ, _PIPE_SIZE)
        return handle

    def save(self, name: str, content: Mapping[str, Any]) -> None:
        """Write a file as a whole or not at all."""
        draft = self._folder / f".{name}"
        write_private(draft, json.dumps(content))
        draft.replace(self._folder / name)

    def _curl_settings(self) -> str:
        """The person's own settings, and that answers' headers are told to us; their own come first."""
        own = ""
        places = (self._job.curl_home, *map(self._job.environment.get, ("XDG_CONFIG_HOME", "HOME")))
        for path in (Path(place) / name for place in places if place for name in _CURL_SETTINGS):
            with suppress(OSError, UnicodeDecodeError):
                own = path.read_text()
                break
        if _DUMPS.search(own):
            return own
        place = str(self._folder / "events").replace("\\", "\\\\").replace('"', '\\"')
        return f'dump-header = "{place}"\n{own}'


def write_private(path: Path, text: str) -> None:
    """Write a file that nobody else may read."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(text)
