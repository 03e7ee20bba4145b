"""Say what a service's placeholders, literal words and variables stand for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from runward.inventory.model import Literal, Service, Target, TargetKind
from runward.plugins.facts import Reference, find_reference, part_of_url

_VARIABLE = re.compile(
    r"\$(?:\{(?P<braced>\w+)\}|(?P<plain>\w+))|%(?P<windows>\w+)%|\$env:(?P<powershell>\w+)"
)
_LIBPQ = {
    "PGHOST": "host",
    "PGPORT": "port",
    "PGUSER": "user",
    "PGPASSWORD": "password",
    "PGDATABASE": "database",
}
_REDIS = {"REDIS_HOST": "host", "REDIS_PORT": "port", "REDISCLI_AUTH": "password"}


@dataclass(frozen=True, slots=True)
class Bound:
    """What a name stands for: a text, or a reference to a secret that no plan ever holds."""

    text: str = ""
    reference: Reference | None = None
    variable: str = ""  # the environment variable that carries the secret into the step

    @property
    def shown(self) -> str:
        """The text, or where the secret comes from."""
        return str(self.reference) if self.reference else self.text


@dataclass(frozen=True, slots=True)
class Bindings:
    """Everything a service has bound: words that are written into scripts, variables that are handed to them."""

    words: Mapping[str, Bound] = field(default_factory=lambda: MappingProxyType({}))
    variables: Mapping[str, Bound] = field(default_factory=lambda: MappingProxyType({}))
    arguments: Mapping[int, Bound] = field(default_factory=lambda: MappingProxyType({}))  # of $1, $2 ...

    def find(self, placeholder: str) -> Bound | None:
        """What a placeholder stands for, however it is written."""
        name = variable_name(placeholder)
        if name.isdigit():
            return self.arguments.get(int(name))
        if name:
            return self.variables.get(name)
        return self.words.get(placeholder)


def variable_name(placeholder: str) -> str:
    """The name of the variable that a placeholder is (`$NAME`, `${NAME}`, `%NAME%`), "" if it is none."""
    match = _VARIABLE.fullmatch(placeholder.strip())
    return next((name for name in match.groups() if name), "") if match else ""


def bindings_for(service: Service, answers: Mapping[str, str] = MappingProxyType({})) -> Bindings:
    """The bindings of a service, with answers given for this one plan on top."""
    texts: dict[str, Literal | str] = {**service.values, **service.secrets, **answers}
    given = {name: bound for name, value in texts.items() if (bound := bound_value(value)) is not None}
    words = {name: bound for name, bound in given.items() if not variable_name(name)}
    secret = {name: f"RUNWARD_SECRET_{n}" for n, name in enumerate(sorted(_secrets(words)), start=1)}
    named = {variable_name(name): bound for name, bound in given.items() if variable_name(name)}
    handed = {
        name: bound
        for name, value in service.environment.items()
        if (bound := bound_value(value)) is not None
    }
    return Bindings(
        words={
            name: Bound(bound.text, bound.reference, secret.get(name, ""))
            for name, bound in sorted(words.items())
        },
        variables={**handed, **{name: bound for name, bound in named.items() if not name.isdigit()}},
        arguments={int(name): bound for name, bound in named.items() if name.isdigit()},
    )


def _secrets(words: Mapping[str, Bound]) -> list[str]:
    return [name for name, bound in words.items() if bound.reference]


def bound_value(value: Literal | str) -> Bound | None:
    """What one value of runward.toml means; None for the empty text that `runward init` leaves to be filled."""
    if isinstance(value, Literal):
        return Bound(value.literal)
    if not value:
        return None
    reference = find_reference(value)
    return Bound(reference=reference) if reference else Bound(value)


def connection_variables(target: Target) -> dict[str, Bound]:
    """The variables that lead `psql` and its kin, or `redis-cli`, to a target."""
    wanted = {TargetKind.POSTGRESQL: _LIBPQ, TargetKind.REDIS: _REDIS}.get(target.kind, {})
    if target.reference:
        kept = target.reference.kept
        return {name: Bound(reference=Reference(kept, part)) for name, part in wanted.items()}
    parts = {name: part_of_url(target.url, part) for name, part in wanted.items()}
    return {name: Bound(text) for name, text in parts.items() if text}
