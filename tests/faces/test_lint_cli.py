"""`runward lint` as people and programs see it: what is printed, what is written, how it ends."""

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path
from types import MappingProxyType
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from runward.cli.lint import Wanted, chosen_rules, fix, lint, lint_or_fix, wanted_from
from runward.foundation.errors import Mistake
from runward.runbooks.finding.model import Severity, Stated
from runward.runbooks.finding.report import Report
from runward.runbooks.model import Fact, FactType, Policy

BOOK = """\
# Shop

## Look

```bash
redis-cli KEYS "a:*"
docker-compose restart web
tail -f /var/log/web.log
systemctl status web
```

## Slow

```sql
SELECT query, mean_time FROM pg_stat_statements ORDER BY mean_time DESC LIMIT 5;
```
"""
CLEAN = "# Shop\n\n## Look\n\n```bash\nsystemctl status web\n```\n"
OURS = ["redis-keys", "compose-v1", "endless-before-others", "renamed-statistics-columns"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "110")
    monkeypatch.delenv("RUNWARD_CONFIG", raising=False)
    (tmp_path / "RUNBOOK.md").write_text(BOOK)
    return tmp_path


def ours(**others: Any) -> Wanted:
    return Wanted(**{"select": OURS, **others})


def test_the_page_points_at_the_words(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint(ours()) == 1
    said = capsys.readouterr().out
    assert "\x1b" not in said
    page = said.splitlines()
    place = next(number for number, line in enumerate(page) if "redis-cli KEYS" in line)
    assert page[place].startswith("      6 │ ")
    assert page[place + 1].index("^^^^") == page[place].index("KEYS")
    assert "today: redis-cli --scan" in said
    assert all(len(line) <= 110 for line in page)
    assert page[-1] == "4 findings in 1 of 1 document: 1 error, 3 warnings. --fix can mend 3."


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({}, 1),
        ({"fail_on": Severity.ERROR}, 1),
        ({"fail_on": Severity.ERROR, "ignore": ["renamed-statistics-columns"]}, 0),
        ({"select": ["no-such-program"]}, 0),
        ({"least": Severity.ERROR}, 1),
        ({"least": Severity.ERROR, "ignore": ["renamed-statistics-columns"]}, 0),
    ],
)
def test_how_it_ends(folder: Path, wanted: dict[str, Any], code: int) -> None:
    assert lint(ours(**wanted)) == code


def test_a_clean_document_ends_with_0(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "RUNBOOK.md").write_text(CLEAN)
    assert lint(ours()) == 0
    assert capsys.readouterr().out == "Nothing found in 1 document.\n"


def test_a_document_that_cannot_be_read_ends_with_2(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "broken.md").write_bytes(b"\x00\x01")
    assert lint(ours(words=["broken.md", "RUNBOOK.md"])) == 2
    said = capsys.readouterr().out
    assert "broken.md: not read: this is not a text file" in said
    assert "redis-keys" in said


@pytest.mark.parametrize(
    "wrong",
    [
        {"words": ["nowhere.md"]},
        {"words": ["no*.md"]},
        {"select": ["redis-kees"]},
        {"baseline": Path("nowhere.json")},
        {"since": "HEAD"},
        {"service": "nobody"},
    ],
)
def test_mistakes_are_told(folder: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(Mistake):
        lint(ours(**wrong))


def test_a_misspelt_rule_names_the_nearest() -> None:
    with pytest.raises(Mistake, match="redis-keys"):
        chosen_rules(["redis-kees"], [])


def test_two_forms_at_once_are_a_mistake() -> None:
    with pytest.raises(Mistake, match="cannot both"):
        wanted_from(("note", "warning"), {"json": True, "sarif": True})
    with pytest.raises(Mistake, match="no severity"):
        wanted_from(("bad", "warning"), {})


@pytest.mark.parametrize(
    ("wanted", "mend", "write"),
    [({}, False, True), ({"form": "json"}, True, False), ({"since": "HEAD"}, True, True)],
)
def test_what_does_not_go_together_is_a_mistake(
    folder: Path, wanted: dict[str, Any], *, mend: bool, write: bool
) -> None:
    with pytest.raises(Mistake, match="--fix"):
        lint_or_fix(ours(**wanted), mend=mend, write=write)
    assert (folder / "RUNBOOK.md").read_text() == BOOK


class TestFiles:
    def names(self, capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
        capsys.readouterr()
        lint(ours(words=words, form="json"))
        return sorted({one["path"] for one in json.loads(capsys.readouterr().out)["findings"]})

    def test_folders_patterns_and_files_are_named_once(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for name in (
            "docs/a.md",
            "docs/deep/b.markdown",
            "docs/node_modules/c.md",
            "docs/.hidden/d.md",
            "docs/e.txt",
        ):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(BOOK)
        assert self.names(capsys, "docs", "docs/a.md", "./docs/a.md") == ["docs/a.md", "docs/deep/b.markdown"]
        assert self.names(capsys, "docs/*.md") == ["docs/a.md"]
        assert self.names(capsys, "docs/**/*.m*") == ["docs/.hidden/d.md", "docs/a.md", "docs/deep/b.markdown", "docs/node_modules/c.md"]  # fmt: skip
        assert self.names(capsys, "docs/e.txt") == ["docs/e.txt"]
        assert self.names(capsys) == ["RUNBOOK.md", "docs/a.md", "docs/deep/b.markdown"]

    def test_without_words_the_documents_of_the_settings_are_meant(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (folder / "ops").mkdir()
        (folder / "ops" / "one.md").write_text(BOOK)
        (folder / "runward.toml").write_text('[services.shop]\ndocuments = ["ops/*.md"]\n')
        assert self.names(capsys) == ["ops/one.md"]

    def test_nothing_at_all_is_a_mistake(self, folder: Path) -> None:
        (folder / "RUNBOOK.md").unlink()
        with pytest.raises(Mistake, match="no runbook"):
            lint(ours())


@pytest.mark.parametrize(("version", "found"), [("12.18", False), ("13.1", True), ("", True)])
def test_the_version_of_the_bound_server_decides(
    folder: Path, capsys: pytest.CaptureFixture[str], version: str, *, found: bool
) -> None:
    (folder / "runward.toml").write_text(
        '[services.shop]\ndocuments = ["RUNBOOK.md"]\n[services.shop.targets.db]\nkind = "postgresql"\n'
        f'url = "env:DATABASE_URL"\nversion = "{version}"\n'
    )
    lint(ours(form="json"))
    rules = {one["rule"] for one in json.loads(capsys.readouterr().out)["findings"]}
    assert ("renamed-statistics-columns" in rules) is found


def test_what_the_servers_told_stands_above_the_settings(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lint(ours(form="json"), seen={"postgresql": (12, 3)})
    rules = {one["rule"] for one in json.loads(capsys.readouterr().out)["findings"]}
    assert "renamed-statistics-columns" not in rules


@pytest.mark.usefixtures("folder")
class TestForPrograms:
    def test_json(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert lint(ours(form="json")) == 1
        document = json.loads(capsys.readouterr().out)
        assert document["counts"] == {"error": 1, "warning": 3, "note": 0}
        one = next(one for one in document["findings"] if one["rule"] == "compose-v1")
        assert (one["line"], one["column"], one["width"]) == (7, 1, len("docker-compose"))
        assert one["mend"] == {"line": 7, "end": 7, "text": "docker compose restart web"}

    def test_sarif(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (folder / "a b.md").write_text(BOOK)
        assert lint(ours(words=["a b.md"], form="sarif")) == 1
        document = json.loads(capsys.readouterr().out)
        jsonschema.validate(document, SARIF)
        (run,) = document["runs"]
        ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        assert sorted(ids) == sorted(OURS)
        for one in run["results"]:
            assert ids[one["ruleIndex"]] == one["ruleId"]
            assert one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%20b.md"
        mended = next(one for one in run["results"] if one["ruleId"] == "compose-v1")
        assert mended["locations"][0]["physicalLocation"]["region"]["startColumn"] == 1
        (replacement,) = mended["fixes"][0]["artifactChanges"][0]["replacements"]
        assert replacement["insertedContent"]["text"] == "docker compose restart web"
        assert replacement["deletedRegion"]["endColumn"] == len("docker-compose restart web") + 1

    def test_junit(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (folder / "clean.md").write_text(CLEAN)
        (folder / "broken.md").write_bytes(b"\x00")
        assert lint(ours(words=["RUNBOOK.md", "clean.md", "broken.md"], form="junit")) == 2
        root = ET.fromstring(capsys.readouterr().out)  # noqa: S314  our own output
        assert root.attrib | {"name": ""} == {"name": "", "tests": "6", "failures": "4", "errors": "1"}
        assert [len(suite.findall("testcase/failure")) for suite in root] == [4, 0, 0]
        assert len(root.findall("testsuite/testcase/error")) == 1


class TestFix:
    def test_first_it_only_shows(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert fix(ours(), write=False) == 0
        said = capsys.readouterr().out
        assert "-docker-compose restart web" in said
        assert "+docker compose restart web" in said
        assert "nothing was written" in said
        assert (folder / "RUNBOOK.md").read_text() == BOOK

    @pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
    def test_then_it_writes_those_lines_and_no_other(self, folder: Path, mark: bytes) -> None:
        path = folder / "RUNBOOK.md"
        before = mark + BOOK.replace("\n", "\r\n").encode()
        path.write_bytes(before)
        path.chmod(0o640)
        assert fix(ours(), write=True) == 0
        after = path.read_bytes()
        assert after == (
            before.replace(b"docker-compose restart", b"docker compose restart")
            .replace(b"tail -f /var", b"tail -n 100 /var")
            .replace(b"mean_time", b"mean_exec_time")
        )
        assert path.stat().st_mode & 0o777 == 0o640
        assert [one.name for one in folder.iterdir()] == ["RUNBOOK.md"]
        assert fix(ours(), write=True) == 0
        assert path.read_bytes() == after

    @pytest.mark.parametrize("encoding", ["utf-16", "cp1252"])
    def test_the_encoding_stays(self, folder: Path, encoding: str) -> None:
        path = folder / "RUNBOOK.md"
        path.write_bytes(BOOK.replace("Shop", "Café").encode(encoding))
        fix(ours(), write=True)
        expected = BOOK.replace("docker-compose", "docker compose").replace("mean_time", "mean_exec_time")
        assert path.read_bytes() == expected.replace("-f /var", "-n 100 /var").replace("Shop", "Café").encode(
            encoding
        )

    def test_a_link_stays_a_link(self, folder: Path) -> None:
        (folder / "real.md").write_text(BOOK)
        (folder / "link.md").symlink_to("real.md")
        fix(ours(words=["link.md"]), write=True)
        assert (folder / "link.md").is_symlink()
        assert "docker compose" in (folder / "real.md").read_text()

    def test_what_is_ignored_is_not_mended(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        path = folder / "RUNBOOK.md"
        path.write_text(
            CLEAN.replace("systemctl status web", "docker-compose ps # runward: ignore=compose-v1 old host")
        )
        assert fix(ours(), write=True) == 0
        assert capsys.readouterr().out == "Nothing to mend.\n"

    def test_a_document_that_cannot_be_written_ends_with_2(self, folder: Path) -> None:
        (folder / "broken.md").write_bytes(b"\x00")
        assert fix(ours(words=["broken.md", "RUNBOOK.md"]), write=True) == 2
        assert "docker compose" in (folder / "RUNBOOK.md").read_text()


class TestKnown:
    def test_a_baseline_makes_what_is_there_known(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        known = folder / "known.json"
        assert lint(ours(write_baseline=known)) == 0
        assert lint(ours(baseline=known)) == 0
        capsys.readouterr()
        path = folder / "RUNBOOK.md"
        path.write_text("A line above.\n\n" + path.read_text() + "\n```bash\nredis-cli KEYS 'b:*'\n```\n")
        assert lint(ours(baseline=known)) == 1
        said = capsys.readouterr().out
        assert "b:*" in said
        assert "a:*" not in said
        assert "1 finding in 1 of 1 document: 1 warning, 4 known from the baseline." in said

    def test_since_a_revision_only_changed_lines_count(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        who = ["-c", "user.name=Ada", "-c", "user.email=ada@shop.internal"]
        for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "one"]):
            subprocess.run(["git", *who, *words], check=True)
        assert lint(ours(since="HEAD")) == 0
        path = folder / "RUNBOOK.md"
        path.write_text(path.read_text().replace("a:*", "b:*"))
        (folder / "new.md").write_text(BOOK)
        capsys.readouterr()
        assert lint(ours(since="HEAD", words=["RUNBOOK.md", "new.md"], form="json")) == 1
        places = [(one["path"], one["line"]) for one in json.loads(capsys.readouterr().out)["findings"]]
        assert places[0] == ("RUNBOOK.md", 6)
        assert [path for path, _ in places].count("new.md") == 4


def test_many_documents_by_several_processes_give_the_same(folder: Path) -> None:
    many = folder / "many"
    many.mkdir()
    for number in range(40):
        (many / f"{number:02}.md").write_text(BOOK + f"\n## More {number}\n\n" + "Some words.\n\n" * 800)
    environment = {**os.environ, "NO_COLOR": "1"}
    command = [
        sys.executable,
        "-m",
        "runward",
        "lint",
        "many",
        "--json",
        *(f"--select={rule}" for rule in OURS),
    ]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    document = json.loads(done.stdout)
    assert document["documents"] == 40
    assert [one["path"] for one in document["findings"]] == [
        f"many/{number:02}.md" for number in range(40) for _ in OURS
    ]


def test_what_a_document_states_goes_from_one_process_to_another() -> None:
    inner = MappingProxyType({"seconds": 60})
    fact = Fact(FactType.RPO, 3, "RPO: 1 minute", MappingProxyType({"rpo": inner}))
    report = Report("RUNBOOK.md", stated=Stated("RUNBOOK.md", Policy((fact,)), "shop"))
    assert pickle.loads(pickle.dumps(report)) == report  # noqa: S301  our own bytes


SARIF: dict[str, Any] = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "$schema": {"type": "string", "format": "uri"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "items": {
                "required": ["tool", "results"],
                "properties": {
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "invocations": {"items": {"required": ["executionSuccessful"]}},
                    "tool": {
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "required": ["name"],
                                "properties": {
                                    "rules": {
                                        "uniqueItems": True,
                                        "items": {
                                            "required": ["id"],
                                            "properties": {
                                                "shortDescription": {"$ref": "#/$defs/message"},
                                                "fullDescription": {"$ref": "#/$defs/message"},
                                                "help": {"$ref": "#/$defs/message"},
                                                "defaultConfiguration": {
                                                    "properties": {"level": {"$ref": "#/$defs/level"}}
                                                },
                                            },
                                        },
                                    }
                                },
                            }
                        },
                    },
                    "results": {"items": {"$ref": "#/$defs/result"}},
                },
            },
        },
    },
    "$defs": {
        "message": {"required": ["text"], "properties": {"text": {"type": "string"}}},
        "level": {"enum": ["none", "note", "warning", "error"]},
        "region": {
            "additionalProperties": False,
            "properties": {
                "startLine": {"type": "integer", "minimum": 1},
                "startColumn": {"type": "integer", "minimum": 1},
                "endLine": {"type": "integer", "minimum": 1},
                "endColumn": {"type": "integer", "minimum": 1},
                "snippet": {"$ref": "#/$defs/message"},
            },
        },
        "result": {
            "required": ["message", "ruleId", "locations"],
            "properties": {
                "level": {"$ref": "#/$defs/level"},
                "ruleIndex": {"type": "integer", "minimum": 0},
                "message": {"$ref": "#/$defs/message"},
                "partialFingerprints": {"additionalProperties": {"type": "string"}},
                "locations": {
                    "items": {
                        "properties": {
                            "physicalLocation": {
                                "required": ["artifactLocation"],
                                "properties": {"region": {"$ref": "#/$defs/region"}},
                            }
                        }
                    }
                },
                "fixes": {
                    "items": {
                        "required": ["artifactChanges"],
                        "properties": {
                            "artifactChanges": {
                                "minItems": 1,
                                "items": {
                                    "required": ["artifactLocation", "replacements"],
                                    "properties": {
                                        "replacements": {
                                            "minItems": 1,
                                            "items": {
                                                "required": ["deletedRegion"],
                                                "properties": {"deletedRegion": {"$ref": "#/$defs/region"}},
                                            },
                                        }
                                    },
                                },
                            }
                        },
                    }
                },
            },
        },
    },
}
