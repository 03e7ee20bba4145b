"""`runward init` writes what it found, and never over what is there."""

import tomllib
from pathlib import Path

import pytest

from runward.cli.init import init_folder
from runward.cli.plan import show_plan
from runward.foundation.config import read_config
from runward.foundation.errors import Conflict, Mistake
from runward.inventory.read import read_services

BOOK = "# Shop\n\n## Ping it\n\n```bash\nping -c 1 <primary-ip>\n```\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "My Shop"
    (made / "docs" / "runbooks").mkdir(parents=True)
    (made / "docs" / "runbooks" / "ping.md").write_text(BOOK)
    (made / "compose.yaml").write_text('services: {db: {image: "postgres:16", ports: ["5432:5432"]}}')
    return made


def test_what_is_found_is_said_and_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init_folder(folder)
    page = capsys.readouterr().out
    assert "docs/runbooks/ping.md" in page
    assert "db: postgresql, from compose.yaml" in page
    data = tomllib.loads((folder / "runward.toml").read_text())
    assert data["services"]["my-shop"]["documents"] == ["docs/runbooks/ping.md"]


def test_what_is_written_is_understood_by_plan(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init_folder(folder)
    show_plan(f"{folder}/docs/runbooks/ping.md#ping-it")
    assert "for my-shop" in capsys.readouterr().out


def test_a_second_time_changes_nothing(folder: Path) -> None:
    init_folder(folder)
    before = (folder / "runward.toml").read_bytes()
    init_folder(folder)
    assert (folder / "runward.toml").read_bytes() == before


def test_a_file_that_is_there_is_kept_and_the_difference_shown(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "runward.toml").write_text("# mine\n")
    with pytest.raises(Conflict, match="left as it is"):
        init_folder(folder)
    assert (folder / "runward.toml").read_text() == "# mine\n"
    assert "-# mine" in capsys.readouterr().out
    init_folder(folder, force=True)
    assert "my-shop" in (folder / "runward.toml").read_text()


def test_a_folder_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="no such folder"):
        init_folder(tmp_path / "gone")


def test_nobody_is_said_to_have_chosen_a_time_zone(tmp_path: Path) -> None:
    (tmp_path / "RUNBOOK.md").write_text("# Shop\n\n## Look\n\nDaily at 9:00 AM:\n\n```bash\nuptime\n```\n")
    init_folder(tmp_path)
    service = next(iter(read_services(read_config(tmp_path / "runward.toml")).values()))
    assert "time_zone" not in service.model_fields_set
    assert service.time_zone == "UTC"
