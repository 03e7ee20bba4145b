"""Say what a keeper saw of its script in a form that can be saved."""

import os
from typing import Any

from runward.foundation.masking import Masker
from runward.foundation.tape import Tape
from runward.plugins.shell.asking import Asking
from runward.plugins.shell.hearing import Hearing
from runward.plugins.shell.job import Job
from runward.plugins.shell.state import changed, hidden, missing, shell_state


def end_of(status: int | None) -> dict[str, Any]:
    """The exit and the signal of a wait status; an end by a signal has the exit that a shell gives it."""
    code = os.waitstatus_to_exitcode(status) if status is not None else None
    by_signal = code is not None and code < 0
    return {
        "exit": 128 - code if code is not None and by_signal else code,
        "signal": -(code or 0) if by_signal else 0,
    }


def heard_facts(hearing: Hearing) -> dict[str, Any]:
    """What the recorders told."""
    told = {str(number): one.stored() for number, one in hearing.told.items()}
    return {"told": told, "now": hearing.now, "left": hearing.left}


def printed_facts(tape: Tape) -> dict[str, Any]:
    """How much was printed, and how much of it is not kept."""
    return {
        "bytes": [[name, line, size] for (name, line), size in tape.bytes_of.items()],
        "lines": list(tape.lines_of.items()),
        "dropped": list(tape.dropped_of.items()),
        "trouble": tape.trouble,
    }


def asked_facts(asking: Asking, masker: Masker) -> dict[str, Any]:
    """What the script asked again and again, if it did."""
    asked = asking.asked
    return {"asked": [masker.text(asked.prompt), asked.times, asked.mark] if asked else None}


def left_state(job: Job, masker: Masker, told: bytes) -> dict[str, Any]:
    """What the script left for the next one; nothing where it could not tell."""
    mark = b"\x1e" + job.word.encode() + b"\x1e"
    text, found, rest = told.partition(mark)
    if not found:
        return {"environment": None}
    state = shell_state(text.decode("utf-8", "surrogateescape"))
    own = [name for name in job.secrets if name in job.environment]
    environment, withheld = hidden(changed(state.exported, job.environment, own), job.secrets, masker)
    variables, more = hidden(state.unexported, job.secrets, masker)
    lines = rest.decode("utf-8", "replace").splitlines()
    return {
        "environment": environment,
        "removed": missing(state.exported, job.environment),
        "variables": variables,
        "withheld": withheld + more,
        "defined": [line.split()[-1] for line in lines if line.startswith("declare -f ")],
        "working_folder": state.folder,
    }
