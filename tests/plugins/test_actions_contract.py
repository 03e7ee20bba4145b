"""What every action must hold to, whoever wrote it."""

import asyncio
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

from runward.inventory.model import TargetKind
from runward.plugins import loader
from runward.plugins.calls import call_of, faults_of
from runward.plugins.contracts import Action, Errand
from runward.plugins.loader import find_class, find_contract, list_kinds
from runward.plugins.runtimes import native

KINDS = list_kinds()
TESTS = Path(__file__).parent
SOURCE = TESTS.parent.parent / "src"


@pytest.mark.parametrize("kind", KINDS)
class TestAction:
    def test_promises_what_an_action_must(self, kind: str) -> None:
        found, contract = find_class(kind), find_contract(kind)
        assert issubclass(found, Action)
        assert contract
        assert re.fullmatch(r"[a-z]+\.[a-z_]+", kind)
        assert contract.summary.endswith(".")
        assert contract.effect in {"read", "change", "destroy"}
        assert set(contract.targets) <= set(TargetKind)
        assert contract.columns
        assert len(set(contract.columns)) == len(contract.columns)

    def test_describes_every_setting_with_a_sentence(self, kind: str) -> None:
        for name, field in find_class(kind).model_fields.items():
            assert field.description, name
            assert field.description.endswith("."), name

    def test_shows_before_it_changes_and_looks_after(self, kind: str) -> None:
        found = find_class(kind)
        own = {
            name
            for name in ("preview", "verify", "undo")
            if getattr(found, name) is not getattr(Action, name)
        }
        if found.effect == "read":
            assert not own
            assert not found.shows
            return
        assert {"preview", "verify"} <= own
        assert found.shows
        assert ("undo" in own) is bool(found.undoes)
        assert {"outcome"} <= set(found.columns)

    def test_knows_no_driver_itself(self, kind: str) -> None:
        """Drivers cost time where a document is only read; an action gets its connections from its tools."""
        text = inspect.getsource(sys.modules[find_class(kind).__module__])
        assert not re.search(r"^(?:import|from) (?:psycopg|redis)\b", text, re.MULTILINE)

    def test_refuses_settings_that_it_does_not_have(self, kind: str) -> None:
        faults = faults_of(call_of(f"action: {kind}\nno_such_setting: 1"))
        (fault,) = [one for one in faults if one.key == "no_such_setting"]
        assert (fault.line, fault.what) == (2, f"{kind} has no setting no_such_setting")

    def test_is_tried_on_the_real_thing(self, kind: str) -> None:
        texts = [
            path.read_text() for path in TESTS.glob("test_actions_*.py") if path.name != Path(__file__).name
        ]
        assert any(f'"{kind}"' in text or f"action: {kind}" in text for text in texts)

    def test_ends_as_a_failure_in_words_where_its_target_does_not_answer(
        self, kind: str, tmp_path: Path
    ) -> None:
        contract = find_contract(kind)
        assert contract
        address = {
            "postgresql": "postgresql://lab:hidden-word@127.0.0.1:1/postgres",
            "redis": "redis://:hidden-word@127.0.0.1:1/0",
            "tls": "127.0.0.1:1",
            "folder": "/no/such/folder",
            "http": "http://127.0.0.1:1/",
        }[contract.targets[0]]
        needed = "match: a*\nafter: 1h\n" if kind == "redis.expire" else ""
        phase = "perform" if contract.effect == "read" else "preview"
        errand = Errand(f"action: {kind}\n{needed}", address, phase, first_line=10, time_limit_seconds=30)
        outcome = asyncio.run(native.perform(errand, tmp_path))
        if kind == "http.probe":  # no answer is what it is there to measure
            assert outcome.tables[0].rows[0][2] == 0
            return
        assert outcome.exit == 1
        (failure,) = outcome.failures
        assert (failure.line, failure.text) == (10, f"action: {kind}")
        assert failure.code == "action", failure.why
        assert "hidden-word" not in repr(outcome)


def test_reading_a_document_loads_no_driver_and_no_settings(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A\n\n## Look\n\n```sh\ndf -h\n```\n")
    program = (
        "import sys; from pathlib import Path; from runward.runbooks.read import read_runbook; "
        f"read_runbook(Path({str(page)!r})); print(sorted({{'psycopg', 'redis', 'httpx', 'pydantic'}} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_a_document_with_actions_loads_no_database_driver(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# A\n\n## Look\n\n```runward\naction: postgres.locks\n```\n\n```runward\naction: redis.memory\n```\n"
    )
    program = (
        "import sys; from pathlib import Path; from runward.runbooks.read import read_runbook; "
        f"book = read_runbook(Path({str(page)!r})); print([block.risk.value for block in book.blocks], "
        "sorted({'psycopg', 'redis', 'httpx'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "['read', 'read'] []"


def test_an_installed_package_brings_its_own(tmp_path: Path) -> None:
    """A distribution with an entry point, and nothing of Runward edited."""
    (tmp_path / "shop_actions.py").write_text(
        '"""Ours."""\nfrom typing import ClassVar\nfrom runward.plugins.contracts import Action, table_of_rows\n\n'
        'class Count(Action):\n    """Count the parcels."""\n\n    columns: ClassVar = ("parcels",)\n\n'
        '    def perform(self, tools, approved):\n        return (table_of_rows("parcels", self.columns, [{"parcels": 3}]),)\n'
    )
    info = tmp_path / "shop_actions-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shop-actions\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        f"[{loader.GROUP}]\nshop.count = shop_actions:Count\nshop.broken = shop_actions:Nothing\nredis.memory = shop_actions:Count\n"
    )
    (tmp_path / "page.md").write_text(
        '# A\n\n## Count\n\n```runward { expect="parcels = 3" }\naction: shop.count\n```\n'
    )
    done = subprocess.run(
        [sys.executable, "-m", "runward", "run", "page.md"],
        env={"PYTHONPATH": f"{SOURCE}:{tmp_path}", "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "parcels is 3" in done.stdout

    (tmp_path / "page.md").write_text(
        "# A\n\n## Count\n\n```runward\naction: shop.broken\n```\n\n```runward\naction: redis.memory\n```\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "runward", "plan", "page.md"],
        env={"PYTHONPATH": f"{SOURCE}:{tmp_path}", "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "page.md:6: action: the action shop.broken of shop_actions:Nothing cannot be loaded" in done.stdout
    assert "a redis for redis.memory" in done.stdout, "nobody puts another in the place of our own"
