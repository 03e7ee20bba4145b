"""Which steps are doubted however well they end, and what becomes of the doubt."""

import pytest

from runward.inventory.model import Service
from runward.plugins.facts import Machine
from runward.runbooks.read import parse_runbook
from runward.runs.judging.doubted import doubted
from runward.runs.model import Doubt, Met, Plan
from runward.runs.outcome import Seen, SeenSection
from runward.runs.plan import plan

SEARCH = "ps aux | grep celery"
YOUNG = "find /backups -name '*.dump' -mtime -1"


def planned(*lines: str, title: str = "Workers") -> Plan:
    text = "\n".join((f"# {title}", "", "```bash", *lines, "```", ""))
    runbook = parse_runbook(text, "RUNBOOK.md")
    return plan(runbook, runbook.procedures[0], Service(name="shop"), Machine())


DOUBTS = [
    ((SEARCH,), "Workers", [(4, "search-finds-itself")]),
    (("pgrep -af celery",), "Workers", []),
    (("pgrep -af celery", "docker logs api | grep error"), "Workers", [(5, "container-errors-pass-by")]),
    (("# Files of the last day", YOUNG), "Verify that backups ran", [(5, "nothing-found-passes")]),
    (("# Check that the backup is recent", YOUNG), "Workers", []),  # the document says so: it is judged
    (("pg_dump shop | gzip > shop.gz",), "Workers", []),  # the run itself sees the exit of each program
    (("curl -s http://shop.example/health | jq .",), "Workers", []),  # and the status of each answer
]


@pytest.mark.parametrize(("lines", "title", "wanted"), DOUBTS)
def test_doubts_of_a_step(lines: tuple[str, ...], title: str, wanted: list[tuple[int, str]]) -> None:
    (step,) = planned(*lines, title=title).steps
    assert [(one.line, one.rule) for one in step.doubts] == wanted


def test_a_doubt_is_part_of_the_digest() -> None:
    doubtful = planned(SEARCH)
    assert doubtful.steps[0].doubts
    assert doubtful.digest != planned("pgrep -af celery").digest


def test_other_procedures_do_not_matter() -> None:
    text = f"# One\n\n```bash\nuptime\n```\n\n# Two\n\n```bash\n{SEARCH}\n```\n"
    runbook = parse_runbook(text, "RUNBOOK.md")
    made = [plan(runbook, one, Service(name="shop"), Machine()) for one in runbook.procedures]
    assert [bool(one.steps[0].doubts) for one in made] == [False, True]


DOUBT = Doubt(4, "some-rule", "Something is looked for where it cannot be.", "this proves nothing.")
SILENT = Doubt(4, "some-rule", "Nothing found passes.", "this proves nothing.", only_silent=True)


@pytest.mark.parametrize(
    ("doubt", "sections", "is_told"),
    [
        (DOUBT, (SeenSection(4, 4, "yes"),), True),
        (DOUBT, (SeenSection(4, 4, ""),), True),
        (DOUBT, (SeenSection(3, 6, "a loop around it"),), True),
        (DOUBT, (), True),  # what was reached is not known
        (DOUBT, (SeenSection(2, 3, "yes"),), False),  # it was not reached
        (SILENT, (SeenSection(4, 4, ""),), True),
        (SILENT, (SeenSection(4, 4, "\n \n"),), True),
        (SILENT, (SeenSection(4, 4, "/backups/new.dump\n"),), False),
        (SILENT, (SeenSection(3, 6, "what a loop printed"),), True),
        (Doubt(4, "r", "t.", "b.", end=8), (SeenSection(7, 9, ""),), True),
    ],
)  # fmt: skip
def test_what_becomes_of_a_doubt(doubt: Doubt, sections: tuple[SeenSection, ...], is_told: bool) -> None:
    told = doubted((doubt,), Seen(block=1, exit=0, sections=sections))
    assert [one.met for one in told] == ([Met.COULD_NOT_TELL] if is_told else [])
    assert all(
        (one.line, one.text, one.because, one.rule) == (4, doubt.text, doubt.because, doubt.rule)
        for one in told
    )
