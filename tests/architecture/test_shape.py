"""Hold the tree to its style: sizes, first sentences, names, layers."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCE = ROOT / "src" / "runward"
FILES = sorted(path for path in SOURCE.rglob("*.py") if "migrations/versions" not in path.as_posix())
TESTS = sorted((ROOT / "tests").rglob("*.py"))
VAGUE = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "base",
    "core",
    "manager",
    "service",
    "handler",
    "misc",
}


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", FILES, ids=named)
class TestFile:
    def test_is_at_most_400_lines(self, path: Path) -> None:
        assert len(path.read_text().splitlines()) <= 400

    def test_opens_with_one_sentence(self, path: Path) -> None:
        docstring = ast.get_docstring(ast.parse(path.read_text())) or ""
        first = docstring.splitlines()[0] if docstring else ""
        assert first.endswith((".", "?")), (
            f"{named(path)} does not open with a sentence that says what it is for"
        )

    def test_functions_are_at_most_40_lines(self, path: Path) -> None:
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                assert length <= 40, f"{named(path)}:{node.lineno} {node.name} has {length} lines"

    def test_has_a_telling_name(self, path: Path) -> None:
        parts = set(path.relative_to(SOURCE).with_suffix("").parts)
        assert not parts & VAGUE

    def test_stands_at_most_three_folders_deep(self, path: Path) -> None:
        assert len(path.relative_to(SOURCE).parts) <= 4

    def test_has_no_typing_only_imports_and_no_relative_ones(self, path: Path) -> None:
        text = path.read_text()
        assert not re.search(r"^\s*if (typing\.)?TYPE_CHECKING", text, re.MULTILINE)
        assert not re.search(r"^\s*from \.", text, re.MULTILINE)

    def test_imports_stand_at_the_top(self, path: Path) -> None:
        if path == SOURCE / "cli" / "main.py":
            return  # the command line imports its faces when they are asked for: the one place for that
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                inner = [each for each in ast.walk(node) if isinstance(each, ast.Import | ast.ImportFrom)]
                assert not inner, f"{named(path)}:{inner[0].lineno} imports inside {node.name}"

    def test_leaves_nothing_unfinished(self, path: Path) -> None:
        assert not re.search(r"\b(TODO|FIXME|XXX)\b(?!['\"\]|])", _comments(path))


def _comments(path: Path) -> str:
    return "\n".join(line for line in path.read_text().splitlines() if line.lstrip().startswith("#"))


@pytest.mark.parametrize("path", TESTS, ids=named)
def test_every_test_file_opens_with_one_sentence(path: Path) -> None:
    assert (ast.get_docstring(ast.parse(path.read_text())) or "").strip()


def test_only_plugins_start_programs_and_open_connections() -> None:
    reaching = re.compile(r"^\s*(?:import|from) (subprocess|httpx|psycopg|redis|asyncssh)\b", re.MULTILINE)
    allowed = ("plugins/", "demo/")
    for path in FILES:
        where = path.relative_to(SOURCE).as_posix()
        found = reaching.search(path.read_text())
        assert not found or where.startswith(allowed), f"{where} imports {found.group(1) if found else ''}"


def test_only_stores_know_sql() -> None:
    for path in FILES:
        where = path.relative_to(SOURCE).as_posix()
        if re.search(r"^\s*(?:import|from) sqlalchemy", path.read_text(), re.MULTILINE):
            assert path.name.endswith("store.py") or where.startswith("foundation/"), where


def test_the_river_holds() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [program, "--no-cache"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_name_of_a_real_book_stands_in_the_code(books: dict[str, Path]) -> None:
    """Rules are about forms and programs: hosts, units and databases of the five books may not be known."""
    names = {"subjunctive", "muejam", "fraiseql", "lms-api", "todo-app", "phase-5", "warm_cache", "redpanda"}
    for path in FILES:
        text = path.read_text().lower()
        assert not [name for name in names if name in text], path
    assert names & {
        word for book in books.values() for word in re.findall(r"[\w-]+", book.read_text().lower())
    }
