"""runward.toml becomes services and people; what is wrong in it is said with its line."""

from pathlib import Path

import pytest

from runward.foundation.config import Config, read_config
from runward.foundation.errors import Mistake
from runward.inventory.bind import Bindings, Bound, bindings_for, connection_variables, variable_name
from runward.inventory.model import Literal, Service, Target, TargetKind
from runward.inventory.read import read_services, service_for
from runward.people.read import read_people
from runward.plugins.facts import find_reference, part_of_url

GOOD = """\
[services.shop]
documents = ["RUNBOOK.md", "docs/*.md"]
folder = "app"
time_zone = "Europe/Berlin"

[services.shop.targets.db]
kind = "postgresql"
url = "env:DATABASE_URL"
answers_to = ["primary"]

[services.shop.targets.cache]
kind = "redis"
url = "redis://localhost:6380/2"

[services.shop.values]
"<primary-ip>" = "10.0.0.5"
"<count>" = 5
"<exact>" = { literal = "env:NOT_A_REFERENCE" }
"<later>" = ""
"$1" = "a b"

[services.shop.secrets]
"<password>" = "file:/run/secrets/pw"

[services.shop.environment]
DATABASE_URL = "env:DATABASE_URL"
PGUSER = "app"

[services.shop.time_limits]
read = "90s"
"""


def config_of(tmp_path: Path, text: str) -> Config:
    path = tmp_path / "runward.toml"
    path.write_text(text)
    return read_config(path, {})


def test_a_service_is_read_whole(tmp_path: Path) -> None:
    shop = read_services(config_of(tmp_path, GOOD))["shop"]
    assert (shop.name, shop.time_zone) == ("shop", "Europe/Berlin")
    assert Path(shop.folder) == tmp_path / "app"
    assert shop.targets["db"].reference == find_reference("env:DATABASE_URL")
    assert shop.find_target("primary") == "db"
    assert shop.default_target(TargetKind.POSTGRESQL) == "db"
    assert shop.time_limits.read.total_seconds() == 90


def test_bindings_tell_words_from_variables_and_arguments(tmp_path: Path) -> None:
    bound = bindings_for(read_services(config_of(tmp_path, GOOD))["shop"], {"<count>": "7"})
    assert bound.find("<primary-ip>") == Bound("10.0.0.5")
    assert bound.find("<count>") == Bound("7")
    assert bound.find("<exact>") == Bound("env:NOT_A_REFERENCE")
    assert bound.find("<later>") is None
    assert bound.find("${PGUSER}") == bound.find("$PGUSER") == Bound("app")
    assert bound.find("$1") == Bound("a b")
    assert bound.words["<password>"] == Bound(
        reference=find_reference("file:/run/secrets/pw"), variable="RUNWARD_SECRET_1"
    )


def read_all(tmp_path: Path, text: str) -> None:
    config = config_of(tmp_path, text)
    read_services(config)
    read_people(config)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('[services.a]\nfolders = "."', 2, "folders"),
        ('[services.a.targets.db]\nkind = "postgres"', 2, "postgresql"),
        ('[services.a.targets.db]\nkind = "postgresql"', 1, "needs url"),
        ('[services.a.targets.db]\nkind = "postgresql"\nurl = "mysql://x/y"', 1, "beginning of a URL"),
        ('[services.a.targets.db]\nkind = "postgresql"\nurl = "postgresql://u:geheim@h/d"', 3, "password in clear"),
        ('[services.a.secrets]\n"<pw>" = "geheim"', 1, "in clear"),
        ('[services.a.environment]\n"A B" = "x"', 1, "environment variable"),
        ('[services.a.environment]\nAPI_TOKEN = "geheim"', 1, "looks like a secret"),
        ('[services.a.values]\n"<x>" = ["a"]', 2, "cannot stand for a word"),
        ('[services.a]\ntime_zone = "Mars/Olympus"', 2, "time zone"),
        ('[services.a.time_limits]\nread = "soon"', 2, "length of time"),
        ('[services.a.time_limits]\nread = "0s"', 2, "between a moment"),
        ('[services.a.targets.x]\nkind = "host"\ndefault = true\n[services.a.targets.y]\nkind = "host"\ndefault = true', 4, "both x and y"),
        ('[services.a.targets.x]\nkind = "host"\nanswers_to = ["y"]\n[services.a.targets.y]\nkind = "host"', 3, "another target's name"),
        ('[services."a b"]\nfolder = "."', 1, "service's name"),
        ("[approvals]\ndestroy = -1", 2, "greater"),
        ('[approvals]\nrequester_may_approve = ["everything"]', 2, "destroy"),
        ('[people.ada]\n[approvals]\napprovers = ["bob"]', 3, "bob"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    with pytest.raises(Mistake) as caught:
        read_all(tmp_path, text)
    assert says in str(caught.value)
    assert caught.value.line == line
    assert "geheim" not in str(caught.value)


TWICE = """\
[services.eu]
documents = ["RUNBOOK.md"]
[services.eu.values]
"<host>" = "eu"
[services.us]
documents = ["RUNBOOK.md"]
[services.us.values]
"<host>" = "us"
[services.other]
documents = ["docs/*.md"]
"""


def test_the_same_document_bound_twice_is_two_services(tmp_path: Path) -> None:
    config = config_of(tmp_path, TWICE)
    services = read_services(config)
    with pytest.raises(Mistake, match="eu, us"):
        service_for(services, tmp_path / "RUNBOOK.md", config)
    chosen = service_for(services, tmp_path / "RUNBOOK.md", config, "us")
    assert bindings_for(chosen).find("<host>") == Bound("us")
    assert service_for(services, tmp_path / "docs" / "a.md", config).name == "other"
    assert service_for(services, tmp_path / "elsewhere.md", config).name == ""
    with pytest.raises(Mistake, match="no service “none”"):
        service_for(services, tmp_path / "RUNBOOK.md", config, "none")


@pytest.mark.parametrize(
    ("placeholder", "name"),
    [("$A", "A"), ("${A_B}", "A_B"), ("%A%", "A"), ("$env:A", "A"), ("<A>", ""), ("A", ""), ("$", "")],
)
def test_the_name_of_a_variable(placeholder: str, name: str) -> None:
    assert variable_name(placeholder) == name


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("env:A", "env:A"),
        ("env:A#host", "env:A#host"),
        ("file:/a#b", "file:/a#b"),
        ("command:pass show x", "command:pass show x"),
        ("file:///a", None),
        ("envy:A", None),
        ("plain", None),
        ("https://x/y", None),
    ],
)
def test_references(text: str, shown: str | None) -> None:
    found = find_reference(text)
    assert (str(found) if found else None) == shown


@pytest.mark.parametrize(
    ("part", "wanted"),
    [("host", "h"), ("port", "5433"), ("user", "u@x"), ("password", "p w"), ("database", "d")],
)
def test_parts_of_a_url(part: str, wanted: str) -> None:
    assert part_of_url("postgresql://u%40x:p%20w@h:5433/d?sslmode=require", part) == wanted


def test_a_target_hands_on_how_it_is_reached_and_no_more() -> None:
    plain = connection_variables(Target(kind=TargetKind.POSTGRESQL, url="postgresql://app@10.0.0.5/shop"))
    assert {name: bound.shown for name, bound in plain.items()} == {
        "PGHOST": "10.0.0.5",
        "PGUSER": "app",
        "PGDATABASE": "shop",
    }
    kept = connection_variables(Target(kind=TargetKind.POSTGRESQL, url="env:DB"))
    assert kept["PGPASSWORD"].shown == "env:DB#password"
    assert connection_variables(Target(kind=TargetKind.HOST)) == {}


def test_an_empty_service_binds_nothing() -> None:
    assert bindings_for(Service()) == Bindings(words={}, variables={}, arguments={})
    assert bindings_for(Service(values={"<e>": Literal("")})).find("<e>") == Bound("")
