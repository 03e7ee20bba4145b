"""Which lines changed since a revision is asked of a real git."""

import subprocess
from pathlib import Path

import pytest

from runward.foundation.errors import Mistake
from runward.plugins.revisions import changed_lines


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@shop.internal"]
    subprocess.run(["git", "-C", str(folder), *who, *words], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "Überblick.md").write_text("1\n2\n3\n4\n")
    (tmp_path / "RUNBOOK.md").write_text("1\n2\n3\n4\n")
    (tmp_path / "same.md").write_text("1\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "one")
    return tmp_path


def test_changed_added_and_removed_lines(repository: Path) -> None:
    book, other, same = (
        repository / "RUNBOOK.md",
        repository / "docs" / "Überblick.md",
        repository / "same.md",
    )
    book.write_text("1\nzwei\n3\n4\n5\n++ not a header\n")
    other.write_text("1\n4\n")
    assert changed_lines([book, other, same], "HEAD") == {book: frozenset({2, 5, 6}), other: frozenset()}


def test_a_file_that_git_does_not_know_is_new_as_a_whole(repository: Path) -> None:
    new = repository / "new.md"
    new.write_text("1\n")
    assert changed_lines([new], "main") == {new: None}


def test_removed_lines_that_look_like_headers_are_no_headers(repository: Path) -> None:
    book = repository / "RUNBOOK.md"
    book.write_text("-- a\n++ b\n3\n")
    git(repository, "commit", "-q", "-am", "two")
    book.write_text("++ c\n3\n4\n")
    assert changed_lines([book], "HEAD") == {book: frozenset({1, 3})}


@pytest.mark.parametrize("revision", ["nowhere", "--output=x", ""])
def test_a_revision_that_is_none_is_a_mistake(repository: Path, revision: str) -> None:
    with pytest.raises(Mistake, match="knows no revision"):
        changed_lines([repository / "RUNBOOK.md"], revision)


def test_outside_of_git_it_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "RUNBOOK.md").write_text("1\n")
    with pytest.raises(Mistake, match="no git repository"):
        changed_lines([tmp_path / "RUNBOOK.md"], "HEAD")
