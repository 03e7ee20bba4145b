"""The reference of runward.toml and the schema of a plan say what the code says."""

import json
import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from pydantic import BaseModel

from runward.foundation.config import RunwardSection, read_config
from runward.inventory.model import Service, Target, TimeLimits
from runward.inventory.read import read_services
from runward.people.model import Approvals, ApprovalsFor, Member
from runward.people.read import read_people
from runward.runs.model import Gap, Plan, PlannedStep

REFERENCE = Path(__file__).resolve().parent.parent.parent / "docs" / "reference"
PAGE = (REFERENCE / "runward-toml.md").read_text()
SECTIONS: dict[str, type[BaseModel]] = {
    "[services.NAME]": Service,
    "[services.NAME.targets.TARGET]": Target,
    "[services.NAME.time_limits]": TimeLimits,
    "[approvals]": Approvals,
    "[approvals.services.NAME]": ApprovalsFor,
    "[people.NAME]": Member,
}


def rows(heading: str) -> dict[str, str]:
    part = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", part, re.MULTILINE))


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_key_is_documented_in_the_words_of_the_code(heading: str) -> None:
    stated = {name: one.description for name, one in SECTIONS[heading].model_fields.items() if name != "name"}
    assert rows(heading) == stated


def test_the_section_of_the_state_is_documented() -> None:
    assert set(rows("[runward]")) == set(RunwardSection.model_fields)


def test_the_example_is_understood(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    tomllib.loads(example)
    path = tmp_path / "runward.toml"
    path.write_text(example)
    config = read_config(path, {})
    assert set(read_services(config)) == {"shop"}
    assert read_people(config).approvals.destroy == 2


def test_the_schema_of_a_plan_names_every_field() -> None:
    schema = json.loads((REFERENCE / "plan.schema.json").read_text())
    assert set(schema["properties"]) == {one.name for one in fields(Plan)} | {"version", "ready"}
    assert set(schema["$defs"]["PlannedStep"]["properties"]) == {one.name for one in fields(PlannedStep)}
    assert set(schema["$defs"]["Gap"]["properties"]) == {one.name for one in fields(Gap)}
    assert all(not one.get("additionalProperties", False) for name, one in schema["$defs"].items() if name)
