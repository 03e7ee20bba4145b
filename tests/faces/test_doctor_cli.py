"""`runward doctor` says what is wrong here, and ends with 1 if something is broken."""

import json
import socket
from pathlib import Path

import pytest

from runward.cli.doctor import examine

SETTINGS = """\
[services.shop]
documents = ["RUNBOOK.md"]
[services.shop.targets.cache]
kind = "redis"
url = "redis://127.0.0.1:{port}/0"
[services.shop.secrets]
"<pw>" = "env:DOCTOR_TEST_PW"
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "RUNBOOK.md").write_text("# Shop\n\n## Look\n\n```bash\nls\n```\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DOCTOR_TEST_PW", "x")
    return tmp_path


def test_a_machine_that_is_well(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        (here / "runward.toml").write_text(SETTINGS.format(port=server.getsockname()[1]))
        assert examine() == 0
    page = capsys.readouterr().out
    for said in (
        "python",
        "bash",
        "state folder",
        "database",
        "clock",
        "target cache: answers",
        "can be had",
        "approvals",
    ):
        assert said in page
    assert "broken" not in page
    assert sorted(one.name for one in here.iterdir()) == ["RUNBOOK.md", "runward.toml"]


def test_what_is_broken_has_its_mend(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    monkeypatch.delenv("DOCTOR_TEST_PW")
    (here / "runward.toml").write_text(
        SETTINGS.format(port=port) + '[approvals]\nrequester_may_approve = ["destroy"]\n'
    )
    assert examine(as_json=True) == 1
    document = json.loads(capsys.readouterr().out)
    wrong = {one["what"]: one for one in document["findings"] if one["health"] != "ok"}
    assert set(wrong) == {"shop: target cache", "shop: secret env:DOCTOR_TEST_PW", "approvals"}
    assert wrong["approvals"]["health"] == "warning"
    assert all(one["mend"] for one in wrong.values())
    assert document["well"] is False


def test_settings_that_cannot_be_read_are_a_finding_with_their_line(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "runward.toml").write_text("[services.shop]\ncolour = 1\n")
    assert examine() == 1
    assert "runward.toml:2" in capsys.readouterr().out
