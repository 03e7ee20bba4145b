"""Run a program of this machine for what it prints."""

import shlex
import shutil
import subprocess
from datetime import timedelta

from runward.foundation.errors import Mistake, Unavailable


def command_output(words: str, patience: timedelta = timedelta(seconds=30)) -> str:
    """What a command prints; Mistake if it cannot be run, Unavailable if it fails or takes too long."""
    try:
        arguments = shlex.split(words)
        done = subprocess.run(
            arguments,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=patience.total_seconds(),
        )
    except (ValueError, IndexError, OSError) as problem:
        raise Mistake(f"the command “{words}” cannot be run: {problem}") from problem
    except subprocess.TimeoutExpired as problem:
        raise Unavailable(
            f"the command “{words}” took longer than {patience.total_seconds():g} s"
        ) from problem
    if done.returncode:
        raise Unavailable(f"the command “{words}” ended with {done.returncode}")
    return done.stdout.decode(errors="replace")


def program_version(words: tuple[str, ...]) -> str:
    """The first line that a program prints about itself, "" if it is not there or says nothing."""
    if not shutil.which(words[0]):
        return ""
    try:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    text = (done.stdout or done.stderr).decode(errors="replace").strip()
    return text.splitlines()[0] if text else ""
