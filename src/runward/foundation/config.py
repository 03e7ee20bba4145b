"""Read `runward.toml`, let the environment have the last word, and point at what is wrong by its line.

Nouns bring their own sections: a `Section` class each, read with `config.section("services", Services)`.
`RUNWARD_STATE` and `RUNWARD_DATABASE` stand above everything; `RUNWARD__SECTION__KEY` above that key of the file.
"""

import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, TypeVar
from urllib.parse import parse_qs, urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from runward.foundation.errors import Mistake
from runward.foundation.toml_lines import KeyPath, lines_of_keys

NAME = "runward.toml"
_SHORT = {"RUNWARD_STATE": ("runward", "state"), "RUNWARD_DATABASE": ("runward", "database")}
_SECRET_KEY = re.compile(
    r"(^|[_-])(password|passwd|passphrase|api_key|secret_key|client_secret|access_token|private_key)$",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"(env|file|command):(.+)", re.DOTALL)
_HOW_TO_REFER = 'Write where it is kept instead: "env:NAME", "file:/path" or "command:program ..."'

SectionType = TypeVar("SectionType", bound="Section")


class Section(BaseModel):
    """A table of the file: unknown keys are refused with the nearest name that is known."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _know_every_key(cls, data: Any) -> Any:
        known = [found.alias or name for name, found in cls.model_fields.items()]
        for key in data if isinstance(data, Mapping) else ():
            if key not in known:
                raise PydanticCustomError("unknown_key", "", {"key": key, "known": known})
        return data


class Keeper(StrEnum):
    """Where a secret is kept."""

    ENV = "env"
    FILE = "file"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class SecretReference:
    """Where a secret is kept; never the secret itself, so it can be shown and stored."""

    keeper: Keeper
    name: str  # of the variable; the path; the command line

    def __str__(self) -> str:
        return f"{self.keeper}:{self.name}"


class RunwardSection(Section):
    """`[runward]`: where Runward keeps what happened."""

    state: str = ""
    database: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where Runward keeps what happened, with everything looked up."""

    state: Path
    database_url: str = field(repr=False)  # may hold a password that came from the environment


@dataclass(frozen=True, slots=True)
class Config:
    """What the file and the environment say together, and where each key was said."""

    path: Path | None
    data: Mapping[str, Any]
    lines: Mapping[KeyPath, int] = field(default_factory=lambda: MappingProxyType({}))
    variables: Mapping[KeyPath, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def folder(self) -> Path:
        """The folder that relative paths in the file start from."""
        return self.path.parent if self.path else Path.cwd()

    def line_of(self, *keys: str | int) -> int:
        """The line of this key, or of the nearest table around it; 0 without a file."""
        for end in range(len(keys), 0, -1):
            if keys[:end] in self.lines:
                return self.lines[keys[:end]]
        return 0

    def mistake(self, message: str, *keys: str | int, hint: str = "") -> Mistake:
        """A Mistake that points at this key, in the file or in the environment."""
        for end in range(len(keys), 0, -1):
            if keys[:end] in self.variables:
                return Mistake(message, file=f"environment variable {self.variables[keys[:end]]}", hint=hint)
        return Mistake(message, file=str(self.path or ""), line=self.line_of(*keys), hint=hint)

    def section(self, name: str, kind: type[SectionType]) -> SectionType:
        """The table of this name as an object; its defaults if it is not there."""
        try:
            return kind.model_validate(self.data.get(name, {}))
        except ValidationError as error:
            raise self._mistake_of(error.errors(include_input=False, include_url=False)[0], name) from None

    def sections(self, name: str, kind: type[SectionType]) -> dict[str, SectionType]:
        """The tables below this one, `[name.first]`, `[name.second]`, as objects by their names."""
        tables = self.data.get(name, {})
        if not isinstance(tables, Mapping):
            raise self.mistake(f"{name} must hold tables: [{name}.NAME]", name)
        found = {}
        for key, table in tables.items():
            try:
                found[key] = kind.model_validate(table)
            except ValidationError as error:
                raise self._mistake_of(
                    error.errors(include_input=False, include_url=False)[0], name, key
                ) from None
        return found

    def refuse_unknown(self, known: list[str]) -> None:
        """Refuse tables at the top that nobody reads."""
        for key in self.data:
            if key not in known:
                message, hint = _unknown(key, known)
                raise self.mistake(message, key, hint=hint)

    def _mistake_of(self, error: ErrorDetails, *above: str | int) -> Mistake:
        keys = (*above, *error["loc"])
        context = error.get("ctx", {})
        if error["type"] == "unknown_key":
            message, hint = _unknown(context["key"], context["known"], ".".join(map(str, keys)))
            return self.mistake(message, *keys, context["key"], hint=hint)
        return self.mistake(
            f"{'.'.join(map(str, keys))}: {_plain(error['msg'])}", *keys, hint=context.get("hint", "")
        )


def find_config(start: Path, environment: Mapping[str, str] = os.environ) -> Path | None:
    """The nearest runward.toml, looked for from a file or folder upwards; RUNWARD_CONFIG names another."""
    if named := environment.get("RUNWARD_CONFIG"):
        return Path(named).expanduser().absolute()
    start = start.absolute()
    folders = [start, *start.parents] if start.is_dir() else list(start.parents)
    return next((folder / NAME for folder in folders if (folder / NAME).is_file()), None)


def read_config(path: Path | None, environment: Mapping[str, str] = os.environ) -> Config:
    """The file, if there is one, with the environment on top; a Mistake names file and line."""
    text = _text_of(path) if path else ""
    data = _parsed(text, path)
    lines = lines_of_keys(text)
    for keys, value in _leaves(data):
        _refuse_clear_secret(Config(path, data, lines), keys, value)
    variables: dict[KeyPath, str] = {}
    for name, keys in _overrides(environment):
        variables[_put(data, keys, _value_of(environment[name]), name)] = name
    return Config(path, data, lines, variables)


def settings_of(config: Config, environment: Mapping[str, str] = os.environ) -> Settings:
    """Where to keep what happened: beside the file, or in the user's state folder when there is none."""
    section = config.section("runward", RunwardSection)
    state = _state_folder(config, section.state, environment)
    url = section.database
    if reference := find_reference(url):
        url = secret_of(reference, environment, folder=config.folder)
    elif url.startswith("sqlite:///"):
        url = f"sqlite:///{_anchored(config, url.removeprefix('sqlite:///'), 'database')}"
    return Settings(state, url or f"sqlite:///{state / 'runward.db'}")


def find_reference(text: str) -> SecretReference | None:
    """The reference that this text is, if it is one: "env:NAME", "file:/path", "command:program ..."."""
    found = _REFERENCE.fullmatch(text.strip())
    return SecretReference(Keeper(found[1]), found[2].strip()) if found else None


def _reference_of(value: Any) -> SecretReference:
    found = (
        value
        if isinstance(value, SecretReference)
        else find_reference(value)
        if isinstance(value, str)
        else None
    )
    if found is None:
        raise PydanticCustomError(
            "clear_secret", "A secret may not stand here in clear", {"hint": _HOW_TO_REFER}
        )
    return found


Secret = Annotated[SecretReference, BeforeValidator(_reference_of)]
"""The type of a section's field that holds a secret: only a reference is accepted."""


def secret_of(
    reference: SecretReference,
    environment: Mapping[str, str] = os.environ,
    *,
    folder: Path | None = None,
    run: Callable[[str], str] | None = None,
) -> str:
    """The secret itself; `run` carries out a command and answers what it printed."""
    if reference.keeper is Keeper.ENV:
        if reference.name not in environment:
            raise Mistake(
                f"The environment variable {reference.name} is not set",
                hint=f"Set it: export {reference.name}=...",
            )
        return environment[reference.name]
    if reference.keeper is Keeper.COMMAND:
        if run is None:
            raise Mistake(
                f"The reference {reference} is not possible here", hint="Use env:NAME or file:/path"
            )
        return run(reference.name).rstrip("\r\n")
    path = (folder or Path.cwd()) / Path(reference.name).expanduser()
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise Mistake(f"The secret's file cannot be read: {error}", file=str(path)) from error


def _text_of(path: Path) -> str:
    try:
        written = path.read_bytes()
    except OSError as error:
        raise Mistake(f"The settings cannot be read: {error.strerror}", file=str(path)) from error
    try:
        return written.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = written.count(b"\n", 0, error.start) + 1
        raise Mistake(
            "The settings are not UTF-8", file=str(path), line=line, hint="Save the file as UTF-8"
        ) from error


def _parsed(text: str, path: Path | None) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        said = str(error)
        at = re.search(r" \(at line (\d+), column (\d+)\)$", said)
        line = int(at[1]) if at else text.count("\n") + 1
        said = (
            f"{said[: at.start()]}, at column {at[2]}" if at else said.removesuffix(" (at end of document)")
        )
        raise Mistake(f"This is not TOML: {said}", file=str(path), line=line) from None


def _leaves(data: Any, above: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    inside = (
        data.items() if isinstance(data, Mapping) else enumerate(data) if isinstance(data, list) else None
    )
    if inside is None:
        yield above, data
        return
    for key, value in inside:
        yield from _leaves(value, (*above, key))


def _refuse_clear_secret(config: Config, keys: KeyPath, value: Any) -> None:
    if not isinstance(value, str) or not value or find_reference(value):
        return
    name = ".".join(map(str, keys))
    if _SECRET_KEY.search(str(keys[-1])):
        raise config.mistake(f"{name} holds a secret in clear", *keys, hint=_HOW_TO_REFER)
    if _has_password(value):
        hint = f"Take the password out of the URL, or the whole URL out of the file. {_HOW_TO_REFER}"
        raise config.mistake(f"{name} is a URL with a password in clear", *keys, hint=hint)


def _has_password(text: str) -> bool:
    if "://" not in text:
        return False
    try:
        parts = urlsplit(text)
        return bool(parts.password) or bool(parse_qs(parts.query).get("password"))
    except ValueError:  # not a URL after all
        return False


def _overrides(environment: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name in sorted(environment, key=lambda name: (name in _SHORT, name)):  # the short names win
        if name in _SHORT:
            yield name, _SHORT[name]
        elif name.startswith("RUNWARD__"):
            yield name, tuple(part.lower() for part in name.removeprefix("RUNWARD__").split("__"))


def _put(data: dict[str, Any], keys: tuple[str, ...], value: Any, name: str) -> KeyPath:
    """Set the value; keys of the file are found whatever their case and dashes, which variables cannot hold."""
    if not all(keys):
        raise Mistake(
            "The name has an empty part", file=f"environment variable {name}", hint="RUNWARD__SECTION__KEY"
        )
    path: tuple[str, ...] = ()
    for key in keys:
        found = next((old for old in data if old.lower().replace("-", "_") == key), key)
        path = (*path, found)
        if len(path) == len(keys):
            data[found] = value
        elif not isinstance(data.setdefault(found, {}), dict):
            raise Mistake(f"{'.'.join(path)} is not a table", file=f"environment variable {name}")
        else:
            data = data[found]
    return path


def _value_of(written: str) -> Any:
    if not written.startswith(("[", "{")):
        return written
    try:
        return tomllib.loads(f"value = {written}")["value"]
    except tomllib.TOMLDecodeError:
        return written


def _state_folder(config: Config, named: str, environment: Mapping[str, str]) -> Path:
    if named:
        return _anchored(config, named, "state")
    if config.path:
        return (config.folder / ".runward").absolute()
    above = environment.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(above).expanduser() / "runward"


def _anchored(config: Config, path: str, key: str) -> Path:
    """The path from where it was said: the file's folder, or where the person with the environment stands."""
    start = Path.cwd() if ("runward", key) in config.variables else config.folder
    return (start / Path(path).expanduser()).absolute()


def _unknown(key: str, known: list[str], table: str = "") -> tuple[str, str]:
    near = get_close_matches(key, known, 1)
    guess = f"Did you mean {near[0]!r}? " if near else ""
    where = f"in [{table}]" if table else "at the top"
    return f"{key!r} is not known {where}", f"{guess}Known are: {', '.join(sorted(known))}"


def _plain(said: str) -> str:
    """Pydantic's words without its own beginning."""
    said = said.removeprefix("Input should be ").removeprefix("Value error, ")
    return (
        f"it should be {said}"
        if said.startswith(("a ", "an ", "one ", "'", "greater", "less", "at "))
        else said
    )
