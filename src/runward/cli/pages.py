"""Write a page to a file, whole or not at all."""

from pathlib import Path

from runward.foundation.errors import Mistake


def write_page(out: Path, page: str) -> None:
    """Put the page where it was asked for; what stood there before stays until the new one is complete."""
    fresh = out.with_name(f".{out.name}.new")
    try:
        fresh.write_text(page, encoding="utf-8", errors="replace")
        fresh.replace(out)
    except OSError as error:
        raise Mistake(f"the page could not be written: {error.strerror}", file=str(out)) from error
