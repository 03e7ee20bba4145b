"""Our own procedures: Markdown runbooks like any other, one procedure a file, named after it."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

PREFIX = "library:"  # what a place begins with that means one of these
_FOLDER = Path(__file__).parent


@cache
def procedures() -> Mapping[str, Path]:
    """The procedures by name."""
    return MappingProxyType({path.stem: path for path in sorted(_FOLDER.glob("*.md"))})


def find_procedure(name: str) -> Path | None:
    """The document of a procedure: `replication-lag`, or `library:replication-lag`."""
    return procedures().get(name.removeprefix(PREFIX))


def holds(document: Path) -> bool:
    """Whether a document is one of these."""
    return document.parent == _FOLDER and document.suffix == ".md"
