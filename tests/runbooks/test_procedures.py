"""Procedures: real Markdown in, the right headings, blocks, steps and particulars out."""

import csv
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from runward.runbooks.model import Procedure, Purpose, Runbook, Step, StepKind
from runward.runbooks.read import parse_runbook, read_runbook

BOOKS = ("subjunctive", "muejam", "lms", "fraiseql", "todo")


@pytest.fixture(scope="module")
def runbooks(books: dict[str, Path]) -> dict[str, Runbook]:
    return {name: read_runbook(books[name]) for name in BOOKS}


@pytest.fixture(scope="module")
def wanted(shared: Path) -> list[dict[str, str]]:
    with (shared / "procedures.tsv").open(encoding="utf-8") as table:
        return list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))


def read(text: str) -> Runbook:
    return parse_runbook(dedent(text), "RUNBOOK.md")


def headings(text: str) -> list[str]:
    return [one.heading for one in read(text).procedures]


def only(text: str) -> Procedure:
    procedures = read(text).procedures
    assert len(procedures) == 1, [one.heading for one in procedures]
    return procedures[0]


def titles(procedure: Procedure) -> list[str]:
    return [step.title for step in procedure.steps]


def blocks_of(row: dict[str, str]) -> tuple[int, ...]:
    return tuple(int(number) for number in row["blocks"].split(",") if number)


def test_procedures_of_the_five_books_are_found_with_their_blocks(
    runbooks: dict[str, Runbook], wanted: list[dict[str, str]]
) -> None:
    found = {(name, one.line): one for name, book in runbooks.items() for one in book.procedures}
    right = [
        row
        for row in wanted
        if (one := found.get((row["book"], int(row["line"])))) and one.blocks == blocks_of(row)
    ]
    assert len(right) >= 0.95 * len(wanted)
    lines = {(row["book"], int(row["line"])) for row in wanted}
    assert len(found.keys() - lines) <= 8


def test_ids_and_purposes_of_the_five_books(
    runbooks: dict[str, Runbook], wanted: list[dict[str, str]]
) -> None:
    found = {(name, one.line): one for name, book in runbooks.items() for one in book.procedures}
    pairs = [
        (row, found[row["book"], int(row["line"])])
        for row in wanted
        if (row["book"], int(row["line"])) in found
    ]
    assert sum(row["id"] == one.id for row, one in pairs) >= 0.95 * len(wanted)
    assert sum(row["purpose"] == one.purpose for row, one in pairs) >= 0.95 * len(wanted)


def test_no_block_belongs_to_two_procedures_and_ids_are_unique(runbooks: dict[str, Runbook]) -> None:
    for book in runbooks.values():
        held = [number for one in book.procedures for number in one.blocks]
        assert len(held) == len(set(held))
        assert len({one.id for one in book.procedures}) == len(book.procedures)
        steps = [step.id for one in book.procedures for step in one.steps]
        assert len(steps) == len(set(steps))


ALERT = """\
    # QueueBacklogGrowing

    ## Meaning
    Messages arrive faster than the workers take them.

    ## Impact
    - Mails are late.

    ## Diagnosis
    ```sh
    kubectl -n mail get pods
    ```

    ## Mitigation
    1. Add workers:
       ```sh
       kubectl -n mail scale deploy/worker --replicas=6
       ```
    2. If the queue still grows, call the owner of the producer.
    """


def test_an_alert_with_meaning_impact_diagnosis_and_mitigation_is_one_procedure() -> None:
    one = only(ALERT)
    assert (one.heading, one.purpose, one.blocks) == ("QueueBacklogGrowing", Purpose.FIX, (1, 2))
    assert [step.kind for step in one.steps] == [StepKind.COMMAND, StepKind.COMMAND, StepKind.MANUAL]
    assert one.steps[2].condition == "the queue still grows"


def test_several_alerts_in_one_file_are_several_procedures() -> None:
    one = dedent(ALERT).replace("## ", "### ").replace("# Queue", "## Queue", 1)
    text = "# Alerts\n\n" + one + "\n" + one.replace("QueueBacklogGrowing", "WorkerMissing")
    assert [found.heading for found in parse_runbook(text, "x.md").procedures] == [
        "QueueBacklogGrowing",
        "WorkerMissing",
    ]


FORMS = [
    pytest.param(
        "# Ops\n\n## Restart the gateway\n\n```sh\nsystemctl restart gateway\n```\n",
        ["Restart the gateway"],
        id="a heading and a block",
    ),
    pytest.param("# Drain a node\n\n```sh\nkubectl drain n1\n```\n", ["Drain a node"], id="one title only"),
    pytest.param("```sh\nuptime\n```\n", ["RUNBOOK"], id="no heading at all"),
    pytest.param(
        "Restart\n=======\n\nWeb\n---\n\n~~~sh\nsystemctl restart web\n~~~\n",
        ["Web"],
        id="underlined headings",
    ),
    pytest.param(
        "# Failover\n\n## Step 1: Stop writes\n```sh\nctl stop\n```\n## Step 2: Promote\n```sh\nctl promote\n```\n",
        ["Failover"],
        id="steps as headings",
    ),
    pytest.param(
        "# Move the store\n\n## 1. Stop the writers\n```sh\na\n```\n## 2. Copy the files\n```sh\nb\n```\n",
        ["Move the store"],
        id="numbered imperative headings",
    ),
    pytest.param(
        "# Runbook\n\n## 1. Deploy\n```sh\na\n```\n## 2. Roll back\n```sh\nb\n```\n",
        ["1. Deploy", "Runbook / 2. Roll back"],
        id="numbered chapters of a runbook",
    ),
    pytest.param(
        "# Shop\n## Deploying\n### Prerequisites\n- A key\n### Deploy to production\n```sh\na\n```\n### Rollback\n```sh\nb\n```\n",
        ["Deploy to production", "Deploying / Rollback"],
        id="rollback beside a named procedure",
    ),
    pytest.param(
        "# Shop\n## Deploy\n```sh\na\n```\n### Verification\n```sh\nb\n```\n### Rollback\n```sh\nc\n```\n",
        ["Deploy"],
        id="verification and rollback below",
    ),
    pytest.param(
        "## Common tasks\n**Clear the cache**\n```sh\na\n```\n**Rotate the key**\n```sh\nb\n```\n",
        ["Common tasks / Clear the cache", "Common tasks / Rotate the key"],
        id="labels in a collection",
    ),
    pytest.param(
        "## Release the app\n**Build the image**\n```sh\na\n```\n**Push the image**\n```sh\nb\n```\n",
        ["Release the app"],
        id="labels that are steps",
    ),
    pytest.param(
        "# Notfallhandbuch\n## Datenbank wiederherstellen\n### Voraussetzungen\n- Zugang\n### Ablauf\n1. Dienst anhalten\n2. Sicherung einspielen\n### Erwartetes Ergebnis\n- Dienst antwortet\n",
        ["Datenbank wiederherstellen"],
        id="German",
    ),
    pytest.param(
        "# Manual\n## Reiniciar el servicio\n### Requisitos\n- Acceso\n### Procedimiento\n1. Detener el servicio\n2. Iniciar el servicio\n",
        ["Reiniciar el servicio"],
        id="Spanish",
    ),
    pytest.param(
        "# Ops\n## Check disk\n<details>\n<summary>Commands</summary>\n\n```sh\ndf -h\n```\n\n</details>\n",
        ["Check disk"],
        id="folded commands",
    ),
    pytest.param(
        "# Ops\r\n## Check disk\r\n```sh\r\ndf -h\r\n```\r\n",
        ["Check disk"],
        id="lines that end with CR and LF",
    ),
    pytest.param(
        "# Ops\n## Weekly\n- [ ] Review the backups\n- [ ] Renew keys\n", ["Weekly"], id="a list to be ticked"
    ),
    pytest.param(
        "# Ops\n## Lost quorum\nSymptoms:\n- writes hang\n\nSteps:\n1. Count the members\n2. Start the missing ones\n",
        ["Lost quorum"],
        id="labels that are not bold",
    ),
]


@pytest.mark.parametrize(("text", "expected"), FORMS)
def test_forms_of_procedures(text: str, expected: list[str]) -> None:
    assert headings(text) == expected


NONE = [
    pytest.param("", id="nothing"),
    pytest.param(
        "# Runbook\n\n## Contents\n1. [Deploy](#deploy)\n2. [Roll back](#roll-back)\n", id="contents"
    ),
    pytest.param(
        "# Ops\n## References\n- [Check this](https://a.example)\n- Run book of X\n", id="references"
    ),
    pytest.param("# Ops\n## Contacts\n- **On call**: +00 000\n- **Team**: a@b.example\n", id="contacts"),
    pytest.param(
        "# Ops\n## Severity levels\n| level | answer |\n|--|--|\n| P1 | 15 minutes |\n", id="a table"
    ),
    pytest.param("# Ops\n## Pooling\n```python\npool = Pool(size=10)\n```\n", id="code to look at"),
    pytest.param("# Ops\n## Settings\n```yaml\nworkers: 3\n```\n", id="settings to look at"),
    pytest.param(
        "# Ops\n## On-call responsibilities\n1. Acknowledge alerts\n2. Escalate what you cannot solve\n",
        id="what a role does",
    ),
    pytest.param(
        "# Ops\n## Architecture\n1. The client asks the gateway.\n2. The gateway asks the store.\n",
        id="how it works",
    ),
    pytest.param("# Ops\n## Metrics\n- Response time\n- Error rate\n- Active connections\n", id="names"),
    pytest.param("# Ops\n## Backups\n- **Frequency**: daily\n- **Retention**: 30 days\n", id="facts"),
]


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_procedure(text: str) -> None:
    assert headings(text) == []


def test_conditions_options_and_the_last_resort() -> None:
    one = only("""\
        ## Pool exhausted
        **Symptoms**: timeouts, refused connections
        **Severity**: P1

        1. **Act**:

           **If the pool leaks**:
           ```sh
           ctl recycle
           ```

           **Option 1: Raise the limit** (temporary):
           ```sh
           ctl limit 100
           ```

           **Option 2: Restart** (last resort):
           ```sh
           systemctl restart app
           ```
        2. Tell the team if it happens again
        """)
    recycle, limit, restart, tell = one.steps
    assert recycle.condition == "the pool leaks"
    assert (limit.condition, limit.option, limit.last_resort) == (
        "",
        "Option 1: Raise the limit (temporary)",
        False,
    )
    assert (restart.option, restart.last_resort) == ("Option 2: Restart (last resort)", True)
    assert tell.condition == "it happens again"
    assert one.conditions == ("timeouts", "refused connections")
    assert one.severity == "P1"


def test_particulars() -> None:
    one = only("""\
        ## Restore the archive

        > [!WARNING]
        > This overwrites what is there.

        **Owner**: Storage team
        **Duration**: 45 minutes
        **Downtime**: none
        **Frequency**: once a quarter

        **Prerequisites**:
        - A free volume

        **Procedure**:
        1. Mount the volume
        2. Copy the files

        **Escalation**: call the storage lead after 30 minutes

        **Follow-up**:
        - Write down how long it took
        """)
    assert (one.owner, one.duration, one.downtime, one.frequency) == (
        "Storage team",
        "45 minutes",
        "none",
        "once a quarter",
    )
    assert one.prerequisites == ("A free volume",)
    assert one.cautions == ("This overwrites what is there.",)
    assert one.escalation == "call the storage lead after 30 minutes"
    assert one.afterwards == ("Write down how long it took",)
    assert titles(one) == ["Mount the volume", "Copy the files"]


def test_prerequisites_beside_a_procedure_hold_for_it() -> None:
    one = only("# Shop\n## Deploying\n### Prerequisites\n- A key\n### Deploy to production\n```sh\na\n```\n")
    assert one.prerequisites == ("A key",)


def test_a_rollback_among_the_steps_is_done_only_if_it_is_needed() -> None:
    one = only("""\
        ## Migrate
        1. **Apply**:
           ```sh
           migrate up
           ```
        2. **Rollback procedure**:
           ```sh
           migrate down
           ```
        """)
    assert [step.condition for step in one.steps] == ["", "a rollback is needed"]


def test_comments_that_make_lines_conditional_are_cautions() -> None:
    one = only(
        "## Tune\n```sh\n# Look\nctl show\n# Rebuild if needed\nctl rebuild\n# If it fails, roll back\nctl undo\n```\n"
    )
    assert [caution.split(":")[0] for caution in one.steps[0].cautions] == ["line 5", "line 7"]


def test_a_block_of_comments_is_things_a_person_does() -> None:
    one = only(
        "## Rebuild the site\n```bash\n# 1. Order machines\n#    from the usual supplier\n# 2. Install the base\n```\n"
    )
    assert [(step.kind, step.title, step.line) for step in one.steps] == [
        (StepKind.MANUAL, "Order machines", 3),
        (StepKind.MANUAL, "Install the base", 5),
    ]


def test_commands_inside_items_are_executed() -> None:
    one = only("## Broken login\n**Actions**:\n1. Check the cache: `redis-cli ping`\n2. Ask the team\n")
    assert [(step.kind, step.title) for step in one.steps] == [
        (StepKind.COMMAND, "Check the cache"),
        (StepKind.MANUAL, "Ask the team"),
    ]
    assert one.blocks == ()


def test_a_drawn_process_is_steps_by_hand() -> None:
    one = only("""\
        ## Incident process
        ```
        ┌─────────────┐
        │   Notice    │  ◄── within 5 minutes
        └──────┬──────┘
               ▼
        ┌─────────────┐
        │    Mend     │
        │  - Test it  │
        └─────────────┘
        ```
        """)
    assert [(step.title, step.line) for step in one.steps] == [("Notice", 4), ("Mend", 8)]


def test_a_named_fence_names_its_step_and_a_name_taken_twice_is_told() -> None:
    book = read('## A\n```sh {name="look"}\ndf\n```\n## B\n```sh {name="look"}\ndu\n```\n')
    assert [step.id for one in book.procedures for step in one.steps] == ["look", "look"]
    assert any("already taken" in notice.text and notice.line == 6 for notice in book.notices)


def test_headings_alike_get_different_ids() -> None:
    text = "# Ops\n## Web\n### Restart\n```sh\na\n```\n## Worker\n### Restart\n```sh\nb\n```\n### Restart\n```sh\nc\n```\n"
    assert [one.id for one in read(text).procedures] == ["web-restart", "worker-restart", "worker-restart-2"]


def test_ids_do_not_depend_on_commands() -> None:
    first, second = (only(f"## Look\n```sh\n{command}\n```\n") for command in ("df -h", "du -sh /var"))
    assert [step.id for step in first.steps] == [step.id for step in second.steps]


def _sections(number: int) -> Iterator[str]:
    for one in range(number):
        yield f"## Task {one}\n\n**Symptoms**:\n- slow\n\n1. Look:\n   ```sh\n   df -h # {one}\n   ```\n2. Tell somebody\n\n"


def test_a_large_document_is_read_in_reasonable_time() -> None:
    book = parse_runbook("# Big\n\n" + "".join(_sections(1500)), "big.md")
    assert len(book.procedures) == 1500
    assert all(len(one.steps) == 2 for one in book.procedures)


HOSTILE = [
    "**" * 5000,
    "# " + "a" * 100_000 + "\n```sh\nls\n```\n",
    "- [ ] " * 2000,
    "> " * 200 + "1. Stop\n",
    "## X\n" + "1. Check if " * 3000,
    "**Symptoms**:" * 500 + "\n\n" + "```sh\n" * 40,
    "## X\n```sh\n" + "echo 'a" * 4000,
    "## X\n```sh\n" + "if true; then\n" * 3000 + "echo failed\n",
    "## X\n" + "a: " * 20_000,
    "\x00\x01# X\n```sh\nls\n```",
    "## X\n- Verify " + "1 - 2 and " * 3000,
]


@pytest.mark.timeout(20)
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_neither_fails_nor_hangs(text: str) -> None:
    book = parse_runbook(text, "hostile.md")
    for one in book.procedures:
        assert 1 <= one.line <= one.end <= max(len(book.document.lines), 1)


def every_step(book: Runbook) -> list[Step]:
    return [step for one in book.procedures for step in one.steps]


def test_lines_of_steps_lie_within_their_procedures(runbooks: dict[str, Runbook]) -> None:
    for book in runbooks.values():
        for one in book.procedures:
            assert all(one.line <= step.line <= step.end <= one.end for step in one.steps), one.id
            assert [step.number for step in one.steps] == list(range(1, len(one.steps) + 1))
            assert one.why
