"""The services we look after: their documents, targets, values and limits, as runward.toml states them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, Field, PlainValidator, field_validator, model_validator
from pydantic_core import PydanticCustomError

from runward.foundation.config import Section
from runward.foundation.spans import span_in
from runward.plugins.facts import Reference, find_reference

_SECRET_NAME = re.compile(
    r"(?i)(password|passwd|passphrase|secret|token|api_?key|private_?key|credential)s?\b|_pw\b"
)

Span = Annotated[timedelta, BeforeValidator(span_in)]


class TargetKind(StrEnum):
    """What a step can act on."""

    POSTGRESQL = "postgresql"
    REDIS = "redis"
    HTTP = "http"
    HOST = "host"
    TLS = "tls"
    CONTAINER = "container"
    WORKLOAD = "workload"
    FOLDER = "folder"


class Runtime(StrEnum):
    """How a target is reached."""

    LOCAL = "local"
    SSH = "ssh"
    DOCKER = "docker"
    COMPOSE = "compose"
    KUBERNETES = "kubernetes"


_NEEDED = {
    TargetKind.POSTGRESQL: "url",
    TargetKind.REDIS: "url",
    TargetKind.HTTP: "url",
    TargetKind.TLS: "address",
    TargetKind.CONTAINER: "container",
    TargetKind.WORKLOAD: "workload",
    TargetKind.FOLDER: "path",
}
_SCHEMES = {
    TargetKind.POSTGRESQL: ("postgresql", "postgres"),
    TargetKind.REDIS: ("redis", "rediss", "unix"),
    TargetKind.HTTP: ("http", "https"),
}


@dataclass(frozen=True, slots=True)
class Literal:
    """A value to be taken letter by letter, even if it looks like a reference or is empty."""

    literal: str


def _value_of(value: object) -> "Literal | str":
    if isinstance(value, Literal):
        return value
    if isinstance(value, Mapping) and set(value) == {"literal"} and isinstance(value["literal"], str):
        return Literal(value["literal"])
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    hint = 'write a text, a number, true or false, or { literal = "..." }'
    raise PydanticCustomError("no_value", "this cannot stand for a word", {"hint": hint})


Value = Annotated[Literal | str, PlainValidator(_value_of)]


class Target(Section):
    """One thing that steps act on, and how it is reached."""

    kind: TargetKind = Field(description="postgresql, redis, http, host, tls, container, workload or folder.")
    url: str = Field(
        "", description="Of postgresql, redis and http: the URL, or a reference such as `env:DATABASE_URL`."
    )
    address: str = Field("", description="Of host and tls: a host name or `host:port`.")
    container: str = Field(
        "", description="Of container: its name, or the service's name in the compose file."
    )
    workload: str = Field("", description="Of workload: `deploy/backend`, `pod/db-0` and the like.")
    namespace: str = Field("", description="Of workload: the Kubernetes namespace.")
    path: str = Field("", description="Of folder: where it is.")
    version: str = Field("", description="What it runs, such as `15.4`; `runward lint` judges by it.")
    runtime: Runtime = Field(Runtime.LOCAL, description="local, ssh, docker, compose or kubernetes.")
    default: bool = Field(False, description="The one of its kind that is meant where a document names none.")
    answers_to: tuple[str, ...] = Field(
        (), description="Other names that documents give it: a container, a host, a role such as `primary`."
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needed = _NEEDED.get(self.kind)
        if needed and not getattr(self, needed):
            raise ValueError(f"a target of kind {self.kind} needs {needed}")
        if self.url and not find_reference(self.url):
            _check_url(self.url, _SCHEMES.get(self.kind, ()))
        return self

    @field_validator("version", mode="before")
    @classmethod
    def _some_version(cls, version: object) -> str:
        text = str(version) if isinstance(version, (str, int, float)) else ""
        if text and not re.match(r"\d+(?:\.\d+)*", text):
            raise ValueError(f"“{version}” is no version; write it like 15.4")
        return text

    @property
    def reference(self) -> Reference | None:
        """Where the URL is to be had, if it is not written out."""
        return find_reference(self.url)


def _check_url(url: str, schemes: tuple[str, ...]) -> None:
    parts = urlsplit(url)
    if schemes and parts.scheme.split("+")[0] not in schemes:
        raise ValueError(
            f"“{parts.scheme or url}” is not the beginning of a URL of this kind: {', '.join(schemes)}"
        )
    if parts.password:
        raise ValueError(
            "a password stands here in clear; put the URL into the environment and write env:NAME"
        )


class TimeLimits(Section):
    """How long a step may take, by what it does."""

    read: Span = Field(timedelta(minutes=5), description="Of a step that only reads.")
    change: Span = Field(timedelta(minutes=15), description="Of a step that changes something.")
    destroy: Span = Field(timedelta(minutes=30), description="Of a step that destroys something.")
    backup: Span = Field(
        timedelta(hours=6), description="Of any step in a procedure that backs up or restores."
    )
    endless: Span = Field(timedelta(seconds=15), description="Of a command that would follow for ever.")


class Service(Section):
    """One service: what its documents mean by their placeholders, and what its steps act on."""

    name: str = Field("", exclude=True)
    documents: tuple[str, ...] = Field((), description="Runbooks, as paths or patterns beside runward.toml.")
    folder: str = Field(".", description="Where steps start, beside runward.toml.")
    time_zone: str = Field(
        "UTC",
        description="In which the documents' times of day are meant, where their front matter (`timezone:`) does not say; UTC if not given.",
    )
    stale_after_days: int = Field(
        90, gt=0, description="After how many days without a success a procedure counts as stale."
    )
    targets: Mapping[str, Target] = Field(default_factory=dict, description="What steps act on, by name.")
    values: Mapping[str, Value] = Field(
        default_factory=dict,
        description="What placeholders and literal words of the documents stand for; an empty text is not yet bound.",
    )
    secrets: Mapping[str, str] = Field(
        default_factory=dict,
        description="As values, but references only: `env:NAME`, `file:PATH`, `command:WORDS`.",
    )
    environment: Mapping[str, Value] = Field(
        default_factory=dict, description="Environment variables of every step: texts or references."
    )
    interpreters: Mapping[str, str] = Field(
        default_factory=dict,
        description='What runs the blocks of a language: `python = "python manage.py shell"`.',
    )
    time_limits: TimeLimits = Field(TimeLimits(), description="How long steps may take.")

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"there is no time zone “{zone}”; write it like Europe/Berlin or UTC") from None
        return zone

    @field_validator("secrets")
    @classmethod
    def _references(cls, secrets: Mapping[str, str]) -> Mapping[str, str]:
        for name, text in secrets.items():
            if text and not find_reference(text):
                raise ValueError(
                    f"the secret {name} stands here in clear; write env:NAME, file:PATH or command:WORDS"
                )
        return secrets

    @field_validator("environment")
    @classmethod
    def _no_clear_secret(cls, environment: Mapping[str, Value]) -> Mapping[str, Value]:
        for name, value in environment.items():
            if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
                raise ValueError(f"“{name}” cannot be the name of an environment variable")
            _refuse_clear(name, value)
        return environment

    @field_validator("values")
    @classmethod
    def _no_clear_value(cls, values: Mapping[str, Value]) -> Mapping[str, Value]:
        for name, value in values.items():
            if not name.strip():
                raise ValueError("a value is bound to an empty name")
            _refuse_clear(name, value)
        return values

    def default_target(self, kind: TargetKind) -> str:
        """The name of the target of a kind that is meant where none is named, "" if there is none or no one choice."""
        names = [name for name, target in self.targets.items() if target.kind is kind]
        marked = [name for name in names if self.targets[name].default]
        chosen = marked or names
        return chosen[0] if len(chosen) == 1 else ""

    def find_target(self, name: str) -> str:
        """The name of the target that a document calls so, "" if none answers to it."""
        if name in self.targets:
            return name
        return next((own for own, target in self.targets.items() if name in target.answers_to), "")


def looks_secret(name: str) -> bool:
    """Whether what stands under a name is likely a secret."""
    return _SECRET_NAME.search(name) is not None


def _refuse_clear(name: str, value: Value) -> None:
    if not isinstance(value, str) or not value or find_reference(value):
        return
    if looks_secret(name):
        raise ValueError(
            f"{name} looks like a secret and stands here in clear; write env:NAME, file:PATH or command:WORDS"
        )
    if "://" in value and urlsplit(value).password:
        raise ValueError(f"{name} holds a password in clear; write env:NAME, file:PATH or command:WORDS")
