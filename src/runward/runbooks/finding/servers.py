"""Know the versions that a document is about: what the bound server runs, else what is current."""

from runward.runbooks.finding.model import Case

POSTGRES = "postgresql"
CURRENT = {POSTGRES: (19,), "redis": (8,), "kubernetes": (1, 34)}


def version_of(case: Case, program: str) -> tuple[int, ...]:
    """The version of what the target runs if it is known, else the current one."""
    return tuple(case.surroundings.versions.get(program, ())) or CURRENT[program]


def is_known(case: Case, program: str) -> bool:
    """Whether the version is that of a real server."""
    return bool(case.surroundings.versions.get(program))


def since(case: Case, program: str, version: tuple[int, ...]) -> bool:
    """Whether the server has at least this version."""
    return version_of(case, program) >= version
