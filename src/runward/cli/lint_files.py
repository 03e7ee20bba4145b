"""Find the documents that `runward lint` is to hold against the rules."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from runward.app import App
from runward.foundation.errors import Mistake

_SKIPPED = frozenset({"node_modules", "vendor", "venv", "site-packages", "__pycache__"})
_ENDINGS = frozenset({".md", ".markdown", ".mdx"})
_GLOB = frozenset("*?[")


def list_documents(words: Sequence[str], app: App) -> list[Path]:
    """The documents of these files, folders and patterns; without any, those of the settings or of this folder."""
    found = [path for word in words for path in _named(word)] if words else _usual(app)
    return list(dict.fromkeys(found))


def _named(word: str) -> Iterable[Path]:
    path = Path(word)
    if path.is_dir():
        return sorted(_below(path))
    if path.exists():
        return [path]
    if not _GLOB & set(word):
        raise Mistake("there is no such file or folder", file=word, hint="Check the path.")
    found = sorted(one for one in _matching(word) if one.is_file())
    if not found:
        raise Mistake("no file is called like this pattern", file=word, hint="Check it, and quote it.")
    return found


def _matching(pattern: str) -> Iterator[Path]:
    path = Path(pattern)
    start = Path(path.anchor) if path.is_absolute() else Path()
    yield from start.glob(str(path.relative_to(path.anchor)) if path.is_absolute() else pattern)


def _below(folder: Path) -> Iterator[Path]:
    """The Markdown files of a folder and of those below it, hidden ones and other people's packages left out."""
    for path in folder.iterdir():
        if path.name.startswith(".") or path.name in _SKIPPED:
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _below(path)
        elif path.suffix.lower() in _ENDINGS and path.is_file():
            yield path


def _usual(app: App) -> list[Path]:
    named = [_near(path) for path in _bound(app)]
    here = [
        *sorted(Path().glob("RUNBOOK*.md")),
        *(sorted(_below(Path("docs"))) if Path("docs").is_dir() else []),
    ]
    found = named or here
    if not found:
        raise Mistake(
            "there is no runbook here",
            hint="Name files or folders, or list documents in runward.toml: runward lint docs/",
        )
    return found


def _bound(app: App) -> Iterator[Path]:
    """The documents that the services of runward.toml name."""
    for service in app.services.values():
        for pattern in service.documents:
            found = (
                sorted(app.config.folder.glob(pattern))
                if _GLOB & set(pattern)
                else [app.config.folder / pattern]
            )
            yield from (path for path in found if path.is_file())


def _near(path: Path) -> Path:
    """The path as seen from here, where it lies below."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
