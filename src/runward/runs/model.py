"""What a plan and a run are made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from runward.runbooks.model import Endless, Expectation, Part, Question, Risk, RiskyLine, StepKind


class OnInterrupt(StrEnum):
    """What to do with a step that a crash interrupted."""

    RERUN = "rerun"
    VERIFY = "verify"
    ASK = "ask"
    FAIL = "fail"


class GapKind(StrEnum):
    """Why a plan cannot be carried out as it stands."""

    UNBOUND = "unbound"  # a placeholder without a value
    SECRET = "secret"  # noqa: S105  # a reference whose value cannot be had
    PROGRAM = "program"  # not installed where the step runs
    TARGET = "target"  # nothing of this kind is bound to the service
    HOST = "host"  # a name that does not resolve
    FILE = "file"  # a script of the document that is not there
    LANGUAGE = "language"  # nothing runs this language here
    SYNTAX = "syntax"  # the shell or the server would refuse the text


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that keeps a plan from running, with the line of the document and the mend."""

    kind: GapKind
    line: int
    what: str
    hint: str
    step: str = ""  # the step's id, "" if it concerns the whole procedure


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step with everything decided: what is executed, where, at what risk, and what is asked first.

    `script` never holds a secret's value: secrets reach the step as the environment variables named in
    `environment`.
    """

    id: str
    number: int
    line: int
    title: str
    kind: StepKind
    language: str = ""  # bash | sql | python | ... ; "" for a manual step
    block: int | None = None
    first_line: int = 0  # the document's line of the script's first line
    written: str = ""  # the block as it stands in the document
    script: str = ""  # what is executed: placeholders filled, endless commands bounded
    target: str = ""  # the name of the service's target
    runtime: str = "local"
    risk: Risk = Risk.READ
    risks: tuple[RiskyLine, ...] = ()
    time_limit_seconds: float = 300.0
    bounds: tuple[Endless, ...] = ()
    questions: tuple[Question, ...] = ()
    parts: tuple[Part, ...] = ()
    instruction: str = ""
    condition: str = ""
    option: str = ""
    last_resort: bool = False
    cautions: tuple[str, ...] = ()
    expects: tuple[Expectation, ...] = ()
    on_interrupt: OnInterrupt = OnInterrupt.ASK
    verify: str = ""
    undo: str = ""
    needs_approval: bool = False
    quorum: int = 0
    environment: tuple[str, ...] = ()  # names of the variables handed to the step
    variables: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # their texts, or references
    references: tuple[str, ...] = ()  # names of those variables whose text is a reference, such as env:NAME
    interpreter: str = ""  # the program that runs the script, "" for SQL that goes to the server itself
    touches: tuple[str, ...] = ()  # everything the step acts on: "db", "compose:api", "ssh:web1"
    policy: str = ""  # who must approve, in words
    notes: tuple[str, ...] = ()  # what was changed against the document, or may surprise


@dataclass(frozen=True, slots=True)
class Plan:
    """What would happen, in full; `digest` is what an approval is bound to."""

    service: str
    path: str
    document_digest: str
    procedure: str
    heading: str
    line: int
    purpose: str
    steps: tuple[PlannedStep, ...]
    gaps: tuple[Gap, ...] = ()
    expects: tuple[Expectation, ...] = ()
    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # bound, not secret
    targets: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # where they are, without secrets
    folder: str = "."  # where steps start
    warnings: tuple[str, ...] = ()  # what should be known, yet keeps nothing from running
    digest: str = ""
