"""Give each test an empty database of each kind."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from runward.foundation.storage.database import Database

_numbers = itertools.count(1)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'state' / 'runward.db'}"
    return request.getfixturevalue("postgres").create_database(f"store_{next(_numbers)}")


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """A database with the newest tables."""
    opened = Database(url)
    opened.upgrade()
    yield opened
    opened.close()
