"""Which lines say how to operate something, and which of them were understood."""

import pytest

from runward.runbooks.explain.coverage import Coverage, coverage_of
from runward.runbooks.model import Fact, FactType, Policy
from runward.runbooks.read import parse_runbook


def coverage(text: str, *facts: Fact) -> Coverage:
    return coverage_of(parse_runbook(text, "RUNBOOK.md"), Policy(facts))


@pytest.mark.parametrize(
    "line",
    [
        "The queue may hold 500 MB.",
        "Latency must stay below that: < 200.",
        "Somebody answers within 15 minutes.",
        "The dump starts at 02:30.",
        "We meet at 9 AM.",
        "This is a SEV-2.",
        "Write to shop@example.org.",
        "Call +49 30 123456.",
        "Ask in #shop-ops.",
        "- never restart both at once",
        "- wöchentlich prüfen",
    ],
)
def test_a_line_that_somebody_acts_on_counts(line: str) -> None:
    assert coverage(f"# Shop\n\n{line}\n").operational == {3}


@pytest.mark.parametrize(
    "line",
    [
        "The shop sells books.",
        "We always loved it.",
        "1. [Daily work in 5 minutes](#daily)",
        "See section 3.",
        "Version 2 is newer.",
        "",
    ],
)
def test_a_line_that_only_tells_does_not_count(line: str) -> None:
    assert coverage(f"# Shop\n\n{line}\n").operational == frozenset()


def test_a_fact_understands_the_lines_it_was_read_from() -> None:
    text = "# Shop\n\nAnswer within 15 minutes.\n\nKeep them for 30 days.\n"
    nothing = coverage(text)
    assert (nothing.missed, nothing.percent) == ((3, 5), 0)
    half = coverage(text, Fact(FactType.RETENTION, 5, "Keep them for 30 days.", {}))
    assert (half.missed, half.percent) == ((3,), 50)
    whole = coverage(text, Fact(FactType.DUTY, 5, "", {}, end=5, start=3))
    assert (whole.missed, whole.percent) == ((), 100)


def test_only_what_is_written_together_is_understood_together() -> None:
    text = "# Shop\n\nWithin 15 minutes.\n\nFor 30 days.\n\nAt 9 AM.\n"
    assert coverage(text, Fact(FactType.SCHEDULE, 7, "", {}, start=3)).missed == (5,)
    assert coverage(text, Fact(FactType.CHECKLIST, 3, "", {}, end=7)).missed == ()


def test_commands_of_a_step_are_understood_and_loose_ones_are_not() -> None:
    held = coverage("# Shop\n\n## Check the shop\n\n```bash\n# look\ncurl -f http://shop/\n```\n")
    assert held.operational == {7}
    assert held.missed == ()


def test_a_document_without_anything_to_understand_is_understood() -> None:
    assert coverage("# Shop\n\nWe sell books.\n").percent == 100


def test_one_line_of_many_missed_is_never_rounded_to_all() -> None:
    text = "# Shop\n\n" + "".join(f"Point {number} lasts 5 minutes.\n\n" for number in range(300))
    facts = [Fact(FactType.DURATION, line, "", {}) for line in range(3, 601, 2)]
    assert coverage(text, *facts).percent == 99
