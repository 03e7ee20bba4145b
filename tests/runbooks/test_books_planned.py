"""Every procedure of the five real runbooks can be planned, and what is missing is named exactly."""

from dataclasses import replace
from pathlib import Path

import pytest

from runward.inventory.model import Service, looks_secret
from runward.plugins.facts import Machine, Needs
from runward.plugins.machine import look
from runward.runbooks.model import Kind, Procedure, Runbook, StepKind
from runward.runbooks.read import read_runbook
from runward.runs.digest import digest_of
from runward.runs.model import GapKind, Plan
from runward.runs.plan import plan, what_to_look_up

NAMES = ("fraiseql", "lms", "muejam", "subjunctive", "todo")
NOBODY = Service(name="nobody")
DB = {"kind": "postgresql", "url": "postgresql://localhost/x"}


@pytest.fixture(scope="module")
def read(books: dict[str, Path]) -> dict[str, Runbook]:
    return {name: read_runbook(books[name]) for name in NAMES}


def offline(needs: Needs) -> Machine:
    """The machine with every host known and every file there: what is left is in the document itself."""
    found = look(replace(needs, hosts=frozenset(), references=frozenset(), paths=frozenset()))
    return replace(found, programs=dict.fromkeys(needs.programs, True))


def planned(book: Runbook, one: Procedure, service: Service = NOBODY) -> Plan:
    return plan(book, one, service, offline(what_to_look_up(book, one, service)))


def bound(book: Runbook) -> Service:
    """A service with a value for every placeholder of a book."""
    names = {one.name for block in book.blocks for one in block.placeholders}
    secrets = {name: "env:KEPT" for name in names if looks_secret(name)}
    values = {name: _value(name) for name in names - set(secrets)}
    return Service.model_validate(
        {"name": "all", "targets": {"db": DB}, "values": values, "secrets": secrets}
    )


def _value(name: str) -> str:
    if "query" in name:
        return "SELECT 1"
    return "4711" if name == "pid" else "10.0.0.5"


@pytest.mark.parametrize("name", NAMES)
def test_every_procedure_can_be_planned(read: dict[str, Runbook], name: str) -> None:
    book = read[name]
    assert book.procedures
    for one in book.procedures:
        made = planned(book, one)
        assert made.digest == digest_of(made) == planned(book, one).digest
        assert [step.id for step in made.steps] == [step.id for step in one.steps]
        for gap in made.gaps:
            assert gap.hint
            assert gap.what
            assert one.line <= gap.line <= len(book.document.lines)


@pytest.mark.parametrize("name", NAMES)
def test_every_placeholder_that_is_executed_is_named_at_its_line(read: dict[str, Runbook], name: str) -> None:
    book = read[name]
    blocks = {block.number: block for block in book.blocks}
    seen = 0
    for one in book.procedures:
        gaps = planned(book, one).gaps
        for step in one.steps:
            if step.kind is not StepKind.COMMAND or step.block is None:
                continue
            named = {
                gap.what: gap.line for gap in gaps if gap.kind is GapKind.UNBOUND and gap.step == step.id
            }
            holes = [hole for hole in blocks[step.block].placeholders if hole.form == "angle"]
            for hole in holes:
                assert named[hole.name] == min(other.line for other in holes if other.name == hole.name)
                seen += 1
    assert seen or name in {"fraiseql", "lms", "subjunctive"}


@pytest.mark.parametrize("name", NAMES)
def test_with_everything_bound_only_the_documents_own_faults_are_left(
    read: dict[str, Runbook], name: str
) -> None:
    book = read[name]
    service = bound(book)
    for one in book.procedures:
        left = planned(book, one, service).gaps
        assert {gap.kind for gap in left} <= {GapKind.SYNTAX, GapKind.LANGUAGE}, [
            (one.id, gap) for gap in left
        ]


def test_blocks_that_bash_refuses_are_named(read: dict[str, Runbook]) -> None:
    """Two links that hold brackets without quotes, and a query in a fence that says bash."""
    found = {}
    for name in NAMES:
        book = read[name]
        service = bound(book)
        for one in book.procedures:
            found |= {
                (name, gap.line): gap.what
                for gap in planned(book, one, service).gaps
                if gap.kind is GapKind.SYNTAX
            }
    assert {("todo", 88), ("todo", 109)} <= set(found)


def test_missing_scripts_and_manifests_are_named(read: dict[str, Runbook], tmp_path: Path) -> None:
    wanted = {
        "todo": {"./scripts/backup-database.sh", "k8s/autoscaler.yaml", "k8s/backup-region/"},
        "fraiseql": {"./restore-backup.sh"},
    }
    for name, paths in wanted.items():
        book, service = read[name], Service(name="x", folder=str(tmp_path))
        named = set()
        for one in book.procedures:
            needs = what_to_look_up(book, one, service)
            made = plan(book, one, service, look(replace(needs, hosts=frozenset())))
            named |= {gap.what for gap in made.gaps if gap.kind is GapKind.FILE}
        assert paths <= named


def test_scripts_of_windows_are_named_as_they_are_written(read: dict[str, Runbook]) -> None:
    book = read["lms"]
    named = set()
    for one in book.procedures:
        needs = what_to_look_up(book, one, NOBODY)
        made = plan(
            book,
            one,
            NOBODY,
            replace(offline(needs), programs={name: "\\" not in name for name in needs.programs}),
        )
        named |= {gap.what for gap in made.gaps if gap.kind is GapKind.PROGRAM}
    assert named == {".\\backup_db.bat", ".\\restore_drill.bat", ".\\restore_db.bat"}


@pytest.mark.parametrize("name", NAMES)
def test_samples_are_never_executed(read: dict[str, Runbook], name: str) -> None:
    book = read[name]
    blocks = {block.number: block for block in book.blocks}
    for one in book.procedures:
        for step in planned(book, one).steps:
            if step.script:
                assert blocks[step.block or 0].kind in {Kind.COMMAND, Kind.TRANSCRIPT}


def test_the_wrapped_commands_of_a_book_are_led_to_a_bound_database(read: dict[str, Runbook]) -> None:
    book = read["lms"]
    service = Service.model_validate(
        {"name": "lms", "targets": {"db": DB, "redis": {"kind": "redis", "url": "redis://10.1.1.1:6380/0"}}}
    )
    (health,) = [one for one in book.procedures if one.id == "system-health-check"]
    (step,) = planned(book, health, service).steps
    assert 'psql -d lms -c "SELECT 1;"' in step.script
    assert "docker compose exec db" not in step.script
    assert "redis-cli -h 10.1.1.1 -p 6380 ping" in step.script
    assert "docker compose exec -T celery-worker" in step.script
    assert {"db", "redis", "compose:celery-worker"} <= set(step.touches)
