"""What runward.toml and the environment say, and how their mistakes are pointed at."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from runward.foundation.config import (
    Config,
    RunwardSection,
    Secret,
    Section,
    find_config,
    find_reference,
    read_config,
    secret_of,
    settings_of,
)
from runward.foundation.errors import Mistake
from runward.foundation.toml_lines import lines_of_keys


class Target(Section):
    kind: str = "postgresql"
    url: str = ""
    port: int = 5432
    password: Secret | None = None


class Service(Section):
    title: str = ""
    replicas: int = 1
    tags: list[str] = Field(default_factory=list)
    targets: dict[str, Target] = Field(default_factory=dict)


def config_of(text: str, folder: Path, **environment: str) -> Config:
    path = folder / "runward.toml"
    path.write_bytes(text.encode())
    return read_config(path, environment)


LONG = '''\
# the state
[runward]
state = "here"   # [not] a "table"

[services."the shop"]
title = """several
lines with [brackets] and # signs \\""" still
"""
tags = [
  "a", # one
  'b',
]
targets.main = { url = "postgresql://app@db/app", port = 6432 }

[[services.notes]]
text = 'x = 1'
[[services.notes]]
text = 'y'
[services.notes.inner]
"k\\u00e9y" = true
'''


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("runward",), 2),
        (("runward", "state"), 3),
        (("services", "the shop"), 5),
        (("services", "the shop", "title"), 6),
        (("services", "the shop", "tags"), 9),
        (("services", "the shop", "tags", 0), 10),
        (("services", "the shop", "tags", 1), 11),
        (("services", "the shop", "targets", "main", "port"), 13),
        (("services", "notes", 0, "text"), 16),
        (("services", "notes", 1), 17),
        (("services", "notes", 1, "text"), 18),
        (("services", "notes", 1, "inner", "kéy"), 20),
    ],
)
def test_every_key_knows_its_line(keys: tuple[str | int, ...], line: int) -> None:
    assert lines_of_keys(LONG)[keys] == line
    assert lines_of_keys(LONG.replace("\n", "\r\n"))[keys] == line


def test_a_key_that_is_not_there_is_pointed_at_by_its_table(tmp_path: Path) -> None:
    config = config_of(LONG, tmp_path)
    assert config.line_of("services", "the shop", "url", "x") == 5
    assert config.line_of("nothing") == 0


@pytest.mark.parametrize(
    ("text", "line", "said", "hint"),
    [
        ("[runward]\nstaet = 'x'\n", 2, "'staet' is not known in [runward]", "Did you mean 'state'?"),
        ("[runward]\n\nstate = 7\n", 3, "runward.state: it should be a valid string", ""),
        (
            "[services.shop]\nreplicas = 'many'\n",
            2,
            "services.shop.replicas: it should be a valid integer",
            "",
        ),
        (
            "[services.shop]\ntags = [\n 'a',\n 1]\n",
            4,
            "services.shop.tags.1: it should be a valid string",
            "",
        ),
        (
            "[services.shop.targets.main]\nkind='x'\nprot = 1\n",
            3,
            "'prot' is not known in [services.shop.targets.main]",
            "Did you mean 'port'? Known are: kind, password, port, url",
        ),
        (
            "[services]\nshop = 1\n",
            2,
            "services.shop: it should be a valid dictionary or instance of Service",
            "",
        ),
    ],
)
def test_a_wrong_key_is_pointed_at(tmp_path: Path, text: str, line: int, said: str, hint: str) -> None:
    config = config_of(text, tmp_path)
    kinds = {"runward": config.section, "services": config.sections}
    name = next(iter(config.data))
    with pytest.raises(Mistake) as caught:
        kinds[name](name, RunwardSection if name == "runward" else Service)
    assert (caught.value.line, caught.value.file) == (line, str(tmp_path / "runward.toml"))
    assert said in caught.value.message
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("[runward]\nstate = \n", 2, "Invalid value"),
        ("[runward\nstate = 1\n", 1, "not TOML"),
        ("[a]\nx = 1\nx = 2\n", 3, "Cannot overwrite a value"),
        ("a = '''never closed\n\n", 3, "not TOML"),
    ],
)
def test_bad_toml_is_pointed_at(tmp_path: Path, text: str, line: int, said: str) -> None:
    with pytest.raises(Mistake, match=said) as caught:
        config_of(text, tmp_path)
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[services.a]\nurl = 'postgresql://app:hunter2@db/app'\n", 2),
        ("[services.a]\nlist = [\n'https://x',\n'redis://:hunter2@cache:6379/0']\n", 4),
        ("url = 'postgresql://db/app?password=hunter2'\n", 1),
        ("[services.a]\npassword = 'hunter2'\n", 2),
        ("[services.a]\ndb_password = 'hunter2'\n", 2),
        ("[services.a]\n'API_KEY' = 'hunter2'\n", 2),
    ],
)
def test_a_secret_in_clear_is_refused_and_not_repeated(tmp_path: Path, text: str, line: int) -> None:
    with pytest.raises(Mistake, match="in clear") as caught:
        config_of(text, tmp_path)
    assert caught.value.line == line
    assert "hunter2" not in str(caught.value)
    assert "env:NAME" in caught.value.hint


def test_a_clear_secret_field_is_refused_whatever_its_name(tmp_path: Path) -> None:
    class Hook(Section):
        key: Secret

    with pytest.raises(Mistake, match="may not stand here in clear") as caught:
        config_of("[hook]\nkey = 'hunter2'\n", tmp_path).section("hook", Hook)
    assert "hunter2" not in str(caught.value)
    assert config_of("[hook]\nkey = 'env:K'\n", tmp_path).section("hook", Hook).key.name == "K"


@pytest.mark.parametrize(
    "text",
    [
        "[services.a]\nurl = 'postgresql://app@db/app'\npassword = 'env:DB'\n",
        "[services.a]\nurl = 'env:DATABASE_URL'\n",
        "note = 'mail a:b@c or see http://x/y:z'\n",
        "odd = 'http://[half'\n",
        "[services.a]\npassword = ''\n",
    ],
)
def test_references_and_plain_text_are_let_through(tmp_path: Path, text: str) -> None:
    assert config_of(text, tmp_path).data


def test_the_environment_has_the_last_word(tmp_path: Path) -> None:
    config = config_of(
        "[runward]\nstate = 'a'\n[services.the-shop]\nreplicas = 1\n",
        tmp_path,
        RUNWARD_STATE="/b",
        RUNWARD__RUNWARD__STATE="/c",
        RUNWARD__SERVICES__THE_SHOP__REPLICAS="4",
        RUNWARD__SERVICES__THE_SHOP__TAGS='["x", "y"]',
        RUNWARD_LAB="not ours",
    )
    assert config.section("runward", RunwardSection).state == "/b"
    shop = config.sections("services", Service)["the-shop"]
    assert (shop.replicas, shop.tags) == (4, ["x", "y"])


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("RUNWARD__SERVICES__SHOP__REPLICAS", "many", "valid integer"),
        ("RUNWARD__SERVICES__SHOP__REPLICS", "1", "'replics' is not known"),
        ("RUNWARD__RUNWARD__STATE__DEEP", "1", "runward.state is not a table"),
        ("RUNWARD__", "1", "empty part"),
    ],
)
def test_a_mistake_of_the_environment_names_the_variable(
    tmp_path: Path, variable: str, value: str, said: str
) -> None:
    with pytest.raises(Mistake, match=said) as caught:
        config_of("[runward]\nstate='x'\n", tmp_path, **{variable: value}).sections("services", Service)
    assert caught.value.file == f"environment variable {variable}"


def test_unknown_tables_are_refused_with_the_nearest_name(tmp_path: Path) -> None:
    config = config_of("\n[servces.a]\nx = 1\n", tmp_path)
    with pytest.raises(Mistake, match="'servces' is not known at the top") as caught:
        config.refuse_unknown(["runward", "services"])
    assert (caught.value.line, caught.value.hint.split("?")[0]) == (2, "Did you mean 'services'")


@pytest.mark.parametrize(
    ("written", "line", "said"),
    [
        (b"[a]\nx = '\xff'\n", 2, "not UTF-8"),
        (b"\xef\xbb\xbf[a\n", 1, "not TOML"),
        (b"a = '\0'\n", 1, "not TOML"),
    ],
)
def test_hostile_bytes_are_pointed_at(tmp_path: Path, written: bytes, line: int, said: str) -> None:
    path = tmp_path / "runward.toml"
    path.write_bytes(written)
    with pytest.raises(Mistake, match=said) as caught:
        read_config(path, {})
    assert caught.value.line == line


def test_a_file_that_cannot_be_read_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="No such file"):
        read_config(tmp_path / "none.toml", {})
    with pytest.raises(Mistake, match="directory"):
        read_config(tmp_path, {})


def test_the_file_is_looked_for_upwards(tmp_path: Path) -> None:
    inner = tmp_path / "docs" / "ops"
    inner.mkdir(parents=True)
    (tmp_path / "runward.toml").write_text("")
    assert find_config(inner, {}) == tmp_path / "runward.toml"
    assert find_config(inner / "RUNBOOK.md", {}) == tmp_path / "runward.toml"
    assert find_config(inner, {"RUNWARD_CONFIG": "/elsewhere.toml"}) == Path("/elsewhere.toml")


def test_state_stands_beside_the_file(tmp_path: Path) -> None:
    settings = settings_of(config_of("", tmp_path), {})
    assert settings.state == tmp_path / ".runward"
    assert settings.database_url == f"sqlite:///{tmp_path}/.runward/runward.db"
    settings = settings_of(config_of("[runward]\nstate = 'kept'\n", tmp_path), {})
    assert settings.state == tmp_path / "kept"


def test_paths_start_from_where_they_were_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    monkeypatch.chdir(here)
    text = "[runward]\nstate = 'kept'\ndatabase = 'sqlite:///a.db'\n"
    said = settings_of(config_of(text, there), {})
    assert (said.state, said.database_url) == (there / "kept", f"sqlite:///{there}/a.db")
    said = settings_of(config_of(text, there, RUNWARD_STATE="own", RUNWARD_DATABASE="sqlite:///b.db"), {})
    assert (said.state, said.database_url) == (here / "own", f"sqlite:///{here}/b.db")
    said = settings_of(config_of("[runward]\ndatabase = 'sqlite:////x/c.db'\n", there), {})
    assert said.database_url == "sqlite:////x/c.db"


def test_state_without_a_file_is_the_users(tmp_path: Path) -> None:
    assert settings_of(read_config(None, {}), {"XDG_STATE_HOME": "/x"}).state == Path("/x/runward")


def test_the_database_may_be_a_reference(tmp_path: Path) -> None:
    config = config_of("[runward]\ndatabase = 'env:DB'\n", tmp_path)
    settings = settings_of(config, {"DB": "postgresql://a:hunter2@b/c"})
    assert settings.database_url == "postgresql://a:hunter2@b/c"
    assert "hunter2" not in repr(settings)
    with pytest.raises(Mistake, match="DB is not set"):
        settings_of(config, {})


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("env:NAME", "env:NAME"),
        (" file:/run/secrets/x ", "file:/run/secrets/x"),
        ("command:pass show db", "command:pass show db"),
        ("hunter2", None),
        ("env:", None),
        ("environment:X", None),
        ("https://x", None),
    ],
)
def test_references_are_read(text: str, shown: str | None) -> None:
    found = find_reference(text)
    assert (str(found) if found else None) == shown


def test_secrets_are_fetched_from_where_they_are_kept(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("from file\n")

    def fetch(text: str) -> str:
        reference = find_reference(text)
        assert reference is not None
        return secret_of(reference, {"A": "from env"}, folder=tmp_path, run=lambda line: f"ran {line}\n")

    assert fetch("env:A") == "from env"
    assert fetch("file:s") == "from file"
    assert fetch("command:pass x") == "ran pass x"
    with pytest.raises(Mistake, match="cannot be read"):
        fetch("file:none")


_KEY = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=5)
_LEAF = (
    st.integers(-9, 9) | st.booleans() | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
)


def _written(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    if isinstance(value, list):
        return "[\n" + "".join(f"{_written(item)}, # ]\n" for item in value) + "]"
    return str(value)


@given(
    st.dictionaries(_KEY, st.dictionaries(_KEY, _LEAF | st.lists(_LEAF, max_size=3), max_size=4), max_size=4)
)
def test_lines_are_right_for_any_table(tables: dict[str, dict[str, object]]) -> None:
    text, expected = "", {}
    for table, pairs in tables.items():
        expected[(table,)] = text.count("\n") + 1
        text += f"[{_written(table)}]\n"
        for key, value in pairs.items():
            expected[(table, key)] = text.count("\n") + 1
            text += f"{_written(key)} = {_written(value)}\n\n"
    lines = lines_of_keys(text)
    assert {keys: line for keys, line in lines.items() if not isinstance(keys[-1], int)} == expected
