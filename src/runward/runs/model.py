"""What a plan and a run are made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType

from runward.runbooks.model import Endless, Expectation, Part, Question, Risk, RiskyLine, StepKind

UNDO = "undo:"  # what the id of a step begins with that takes another one back
PREVIEW = "preview:"  # what the record of what a step would act on is filed under, before the step's id


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
    ACTION = "action"  # there is no such action, or its settings cannot be meant


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that keeps a plan from running, with the line of the document and the mend."""

    kind: GapKind
    line: int
    what: str
    hint: str
    step: str = ""  # the step's id, "" if it concerns the whole procedure


@dataclass(frozen=True, slots=True)
class Doubt:
    """A command of the document whose answer proves nothing, however well it ends."""

    line: int
    rule: str  # that found it
    text: str  # what is wrong with commands of this sort, in one sentence
    because: str  # what is wrong with this one
    end: int = 0  # the command's last line, where that is another
    only_silent: bool = False  # it proves nothing only where it prints nothing


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
    bounds: tuple[Endless, ...] = ()  # those with an empty `bounded` are ended by the runner
    endless_seconds: float = 15.0  # after so long
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
    variables: Mapping[str, str] = field(
        default_factory=lambda: MappingProxyType({})
    )  # their texts, or references
    references: tuple[str, ...] = ()  # names of those variables whose text is a reference, such as env:NAME
    interpreter: str = ""  # the program that runs the script, "" for SQL that goes to the server itself
    touches: tuple[str, ...] = ()  # everything the step acts on: "db", "compose:api", "ssh:web1"
    policy: str = ""  # who must approve, in words
    notes: tuple[str, ...] = ()  # what was changed against the document, or may surprise
    doubts: tuple[Doubt, ...] = ()  # it may end well and still not have answered what it is for


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
    targets: Mapping[str, str] = field(
        default_factory=lambda: MappingProxyType({})
    )  # where they are, without secrets
    folder: str = "."  # where steps start
    given: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # bound for this one run
    warnings: tuple[str, ...] = ()  # what should be known, yet keeps nothing from running
    digest: str = ""


class RunState(StrEnum):
    """Where a run stands."""

    REQUESTED = "requested"
    RUNNING = "running"
    WAITING = "waiting"
    ENDED = "ended"


class Verdict(StrEnum):
    """How a run ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNCERTAIN = "could not tell"
    CANCELLED = "cancelled"


class StepState(StrEnum):
    """Where one attempt at a step stands; RUNNING is also the intent that stands before the act."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    INTERRUPTED = "interrupted"
    CANCELLED = "cancelled"


class WaitKind(StrEnum):
    """What a run waits for."""

    CONDITION = "condition"
    OPTION = "option"
    QUESTION = "question"
    APPROVAL = "approval"
    MANUAL = "manual"
    FAILURE = "failure"
    INTERRUPTED = "interrupted"
    JUDGEMENT = "judgement"
    TARGET = "target"


class Met(StrEnum):
    """Whether an expectation holds; what could not be told never counts as met."""

    MET = "met"
    NOT_MET = "not met"
    COULD_NOT_TELL = "could not tell"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What became of one expectation: the decision, its reason, and who or what decided."""

    line: int
    text: str
    met: Met
    because: str
    by: str = ""  # a person's name where a person decided
    rule: str = ""  # the rule that found a command's answer to prove nothing, "" for an expectation


@dataclass(frozen=True, slots=True)
class Wait:
    """One thing that a run waits for, and how it can be answered."""

    kind: WaitKind
    step: str  # the step's id
    key: str  # what an answer is filed under
    prompt: str
    choices: tuple[str, ...] = ()
    secret: bool = False


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One attempt at a step: recorded as an intent before it starts, completed when it ends."""

    step: str
    attempt: int
    state: StepState
    because: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    birth: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    result: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    judgements: tuple[Judgement, ...] = ()


@dataclass(frozen=True, slots=True)
class Approval:
    """One person's yes or no to one step of one exact plan."""

    step: str
    digest: str  # of the plan that the person saw
    person: str
    approved: bool
    at: datetime
    user: str = ""  # the operating system's user behind the name
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person said to a question of the run; a secret's value is never kept."""

    key: str
    value: str
    person: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """One carrying-out of a plan."""

    id: str
    plan: Plan
    requester: str
    state: RunState
    attended: bool  # somebody is there to answer what only a person can
    created_at: datetime
    requester_user: str = ""  # the operating system's user behind the name
    segment: int = 0
    epoch: int = 0  # grows each time a worker takes the run up; an older owner can no longer write
    owner: str = ""  # the engine's executor that works on it
    wait: Wait | None = None
    verdict: Verdict | None = None
    because: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    cancelled_by: str = ""
    follows: str = ""  # the run that this one retries or undoes
    drill: bool = False  # a rehearsal, not an answer to trouble


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended, without all that belongs to it."""

    id: str  # of the run
    procedure: str
    service: str
    requester: str
    verdict: Verdict
    ended_at: datetime
    drill: bool = False


@dataclass(frozen=True)
class RunView:
    """A run with all that has happened in it."""

    run: Run
    records: tuple[StepRecord, ...] = ()
    approvals: tuple[Approval, ...] = ()
    answers: tuple[Answer, ...] = ()

    @cached_property
    def _newest(self) -> Mapping[str, StepRecord]:
        return {record.step: record for record in sorted(self.records, key=lambda record: record.attempt)}

    def latest(self, step: str) -> StepRecord | None:
        """The newest attempt at a step."""
        return self._newest.get(step)

    def with_record(self, record: StepRecord) -> "RunView":
        """The same view after an attempt was recorded, for the first time or anew."""
        others = tuple(
            each for each in self.records if (each.step, each.attempt) != (record.step, record.attempt)
        )
        return replace(self, records=(*others, record))

    def answer(self, key: str) -> str | None:
        """The newest answer filed under a key."""
        return next((answer.value for answer in reversed(self.answers) if answer.key == key), None)
