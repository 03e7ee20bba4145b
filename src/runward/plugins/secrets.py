"""Fetch secrets from where they are kept, at the moment a step needs them and never before."""

import os
import shlex
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from runward.foundation.config import Keeper, secret_of
from runward.foundation.errors import Mistake
from runward.plugins.facts import Reference, find_reference, part_of_url
from runward.plugins.programs import command_output


def secret(
    reference: Reference, environment: Mapping[str, str] = os.environ, folder: Path | None = None
) -> str:
    """The secret itself, or the part of the URL that it is; Mistake or Unavailable if it cannot be had."""
    whole = secret_of(reference.kept, environment, folder=folder, run=command_output)
    return part_of_url(whole, reference.part) if reference.part else whole


def variables_with_secrets(
    variables: Mapping[str, str],
    references: Iterable[str],
    environment: Mapping[str, str] = os.environ,
    folder: Path | None = None,
) -> dict[str, str]:
    """A planned step's variables with the secrets in place of their references; empty parts are left out."""
    found = dict(variables)
    fetched: dict[str, str] = {}
    for name in references:
        reference = find_reference(variables[name])
        if reference is None:
            raise Mistake(f"{name} stands for {variables[name]}, which says nothing of where it is kept")
        whole = str(reference.kept)
        if whole not in fetched:
            fetched[whole] = secret_of(reference.kept, environment, folder=folder, run=command_output)
        found[name] = part_of_url(fetched[whole], reference.part) if reference.part else fetched[whole]
    return {name: value for name, value in found.items() if value or name not in references}


def why_absent(reference: Reference, environment: Mapping[str, str], folder: Path) -> str:
    """Why a secret cannot be had, an empty text if it seems to be there; a command is only looked for, never run."""
    kept = reference.kept
    if kept.keeper is Keeper.ENV:
        return (
            ""
            if environment.get(kept.name)
            else f"set the environment variable {kept.name} where Runward runs"
        )
    if kept.keeper is Keeper.FILE:
        path = folder / Path(kept.name).expanduser()
        if not path.is_file():
            return f"there is no file {path}"
        return "" if os.access(path, os.R_OK) else f"the file {path} may not be read"
    try:
        program = shlex.split(kept.name)[0]
    except (ValueError, IndexError):
        return f"“{kept.name}” is not a command"
    return "" if shutil.which(program) else f"the program {program} is not installed"
