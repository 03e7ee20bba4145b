"""What every test may ask for."""

from pathlib import Path

import pytest

pytest_plugins = ["lab.postgres", "lab.redis", "lab.web"]

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the five real runbooks and what is known of them."""
    if not (SHARED / "runbooks").is_dir():
        pytest.skip("the folder shared/ with the five real runbooks does not stand beside this checkout")
    return SHARED


@pytest.fixture(scope="session")
def books(shared: Path) -> dict[str, Path]:
    """The five real runbooks by name."""
    return {path.stem: path for path in sorted((shared / "runbooks").glob("*.md"))}
