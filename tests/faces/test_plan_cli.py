"""Planning from the command line, as people see it and as programs read it."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from runward.cli.plan import given_answers, show_plan
from runward.foundation.errors import Mistake

ROOT = Path(__file__).resolve().parent.parent.parent
BOOK = """\
# Shop

## Nightly look

1. **Ask the service**:
```bash
curl -s http://localhost:8000/health
test -n "{your-name}"
```

2. **Count** on the primary:
```sql
SELECT count(*) FROM orders;
```

## Other work

- Call somebody
"""
SETTINGS = """\
[services.shop]
documents = ["RUNBOOK.md"]
[services.shop.targets.db]
kind = "postgresql"
url = "postgresql://app@localhost/shop"
[services.shop.targets.web]
kind = "http"
url = "http://localhost:8000"
[services.shop.values]
"{your-name}" = "Ada [bold]L[/bold]"
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "RUNBOOK.md").write_text(BOOK)
    (tmp_path / "runward.toml").write_text(SETTINGS)
    return tmp_path / "RUNBOOK.md"


def document(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    return json.loads(capsys.readouterr().out)  # type: ignore[no-any-return]


def test_a_plan_without_gaps_ends_with_0_and_says_everything(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert show_plan(f"{place}#nightly") == 0
    page = capsys.readouterr().out
    for said in (
        "Nightly look",
        "for shop",
        "on web",
        "on db",
        "Ada [bold]L[/bold]",
        "nothing is missing",
        "within",
        "line 6",
        "plan ",
    ):
        assert said in page
    assert "\x1b" not in page


def test_what_is_missing_ends_with_2_and_names_its_line(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place.write_text(BOOK.replace("curl", "no-such-program"))
    assert show_plan(f"{place}#nightly") == 2
    page = capsys.readouterr().out
    assert "so nothing would be run" in page
    assert "RUNBOOK.md:7: not installed: no-such-program (step 1)" in page


def test_the_json_keeps_to_its_schema(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schema = json.loads((ROOT / "docs" / "reference" / "plan.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    assert show_plan(f"{place}#nightly", as_json=True) == 0
    whole = document(capsys)
    jsonschema.validate(whole, schema)
    assert whole["ready"] is True
    place.write_text(BOOK.replace("curl", "no-such-program"))
    assert show_plan(f"{place}#nightly", as_json=True) == 2
    gapped = document(capsys)
    jsonschema.validate(gapped, schema)
    assert [gap["kind"] for gap in gapped["gaps"]] == ["program"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**whole, "unknown": 1}, schema)


def test_the_digest_follows_document_and_settings(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    digests = []
    for book, settings in (
        (BOOK, SETTINGS),
        (BOOK + "\n", SETTINGS),
        (BOOK, SETTINGS.replace("Ada", "Bea")),
        (BOOK, SETTINGS),
    ):
        place.write_text(book)
        (place.parent / "runward.toml").write_text(settings)
        show_plan(f"{place}#nightly", as_json=True)
        digests.append(document(capsys)["digest"])
    assert digests[0] == digests[3]
    assert len(set(digests)) == 3


def test_without_settings_the_mend_is_named(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place.parent / "runward.toml").unlink()
    assert show_plan(f"{place}#nightly") == 2
    page = capsys.readouterr().out
    assert "no service is bound" in page
    assert "a PostgreSQL for SQL" in page


@pytest.mark.parametrize("wanted", ["nope", "RUNBOOK.md#"])
def test_an_unknown_procedure_names_the_known(place: Path, wanted: str) -> None:
    with pytest.raises(Mistake, match="nightly-look"):
        show_plan(f"{place}#{wanted}")


def test_an_unknown_file_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="no such file"):
        show_plan(f"{tmp_path}/GONE.md#x")
    with pytest.raises(Mistake, match="no such file"):
        show_plan(str(tmp_path))


def test_planning_runs_and_writes_nothing(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place.write_text(
        BOOK.replace(
            "curl -s http://localhost:8000/health", f"touch {place.parent}/ran; $(touch {place.parent}/ran2)"
        )
    )
    show_plan(f"{place}#nightly")
    capsys.readouterr()
    assert sorted(one.name for one in place.parent.iterdir()) == ["RUNBOOK.md", "runward.toml"]


@pytest.mark.parametrize(
    ("texts", "answers"),
    [(["<a>=1"], {"<a>": "1"}), (["<a=b>=c=d"], {"<a=b>": "c=d"}), (["x=y=z"], {"x": "y=z"}), ([], {})],
)
def test_answers(texts: list[str], answers: dict[str, str]) -> None:
    assert given_answers(texts) == answers


def test_an_answer_without_a_value_is_a_mistake() -> None:
    with pytest.raises(Mistake, match="gives no value"):
        given_answers(["x"])
