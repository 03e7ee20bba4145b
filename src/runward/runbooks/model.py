"""What a runbook is made of, once it is read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from runward.runbooks.shell.model import Call
from runward.runbooks.sql.tokens import Statement


class NodeKind(StrEnum):
    """What Markdown calls a piece of a document; no operational meaning."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST = "list"
    ITEM = "item"
    FENCE = "fence"
    TABLE = "table"
    QUOTE = "quote"
    DETAILS = "details"
    COMMENT = "comment"
    HTML = "html"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of inline text with the line it stands on: a code span, or a link with its `target`."""

    text: str
    line: int
    target: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """One piece of a document; lines are 1-based and inclusive.

    `text` is plain reading text for headings, paragraphs and items' first paragraphs; the content for
    fences, comments and HTML. `bold` is the leading bold run of a paragraph or item ("Check Alerts" of
    "**Check Alerts**:"), "" if none.
    """

    kind: NodeKind
    line: int
    end: int
    text: str = ""
    level: int = 0  # of a heading; the number of an ordered item
    info: str = ""  # of a fence: the whole info string; of a quote: the admonition's kind
    form: str = ""  # of a fence: fence | indented; of a list: ordered | bullet
    bold: str = ""
    checked: bool | None = None  # of a task item
    rows: tuple[tuple[str, ...], ...] = ()  # of a table, the header first
    codes: tuple[Span, ...] = ()
    links: tuple[Span, ...] = ()
    children: tuple["Node", ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A Markdown file as read: text, pieces, what had to be mended; no operational meaning."""

    path: str
    digest: str  # sha256 of the file's bytes, hexadecimal
    text: str  # after mending, with \n line ends
    lines: tuple[str, ...]
    nodes: tuple[Node, ...]
    front_matter: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    mended: tuple[str, ...] = ()  # sentences: "line 7: UTF-8 read as Mac Roman, shown repaired"


class Kind(StrEnum):
    """What a block is for."""

    COMMAND = "command"
    SAMPLE = "sample"
    OUTPUT = "output"
    TEMPLATE = "template"
    TRANSCRIPT = "transcript"
    OTHER = "other"


class Risk(StrEnum):
    """What a block does to the world, at worst."""

    READ = "read"
    CHANGE = "change"
    DESTROY = "destroy"

    @property
    def rank(self) -> int:
        """0 for read, 1 for change, 2 for destroy."""
        return _RANKS[self]


_RANKS = {risk: rank for rank, risk in enumerate(Risk)}


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A word that stands for a value the reader must supply."""

    name: str  # as it stands: "<primary-ip>", "$REDIS_HOST", "your_table", "yourdomain.com"
    line: int
    form: str  # angle | variable | word | bracket | domain | path | argument
    why: str


@dataclass(frozen=True, slots=True)
class Endless:
    """A command that would follow or block for ever, and the form of it that ends."""

    line: int
    command: str  # as written
    why: str
    bounded: str = ""  # the same command in a form that ends by itself, "" if it has none
    interactive: bool = False  # it would take over the terminal


@dataclass(frozen=True, slots=True)
class Question:
    """Something a block would ask its terminal."""

    line: int
    prompt: str
    variable: str = ""  # the shell variable that receives the answer
    secret: bool = False

    @property
    def words(self) -> str:
        """What is asked, fit to follow "asks": the prompt itself, or what is known of it."""
        return (self.prompt or self.variable).removeprefix("it asks ")


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a script under a title: an `echo`ed headline or a numbered comment."""

    title: str
    line: int
    end: int


@dataclass(frozen=True, slots=True)
class RiskyLine:
    """One line of a block with what it does and the reason in words."""

    line: int
    command: str
    risk: Risk
    why: str


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of code in a document, with what it is, what it does and why we think so."""

    number: int  # 1-based, in the order of the document
    line: int  # the opening fence
    end: int  # the closing fence
    first_line: int  # the first line of the content
    lang: str  # lower case, "none" where the fence names no language
    info: str
    attributes: Mapping[str, str]
    heading: tuple[str, ...]
    text: str
    form: str  # fence | indented | inline
    kind: Kind
    risk: Risk
    placeholders: tuple[Placeholder, ...]
    endless: tuple[Endless, ...]
    questions: tuple[Question, ...]
    tools: tuple[str, ...]
    parts: tuple[Part, ...]
    risks: tuple[RiskyLine, ...]
    why: Mapping[str, str]  # the reason for each of kind, risk, placeholders, endless, tools
    calls: tuple[Call, ...] = field(
        default=(), repr=False
    )  # of shell text and of what was typed at its prompts
    statements: tuple[Statement, ...] = field(default=(), repr=False)  # of SQL, not of SQL inside calls
    refused: tuple[tuple[int, str], ...] = field(default=(), repr=False)  # lines that bash would not accept
    written: str = ""  # the form its text really has: shell, sql, batch, config, output ...


class Purpose(StrEnum):
    """What a procedure is for."""

    CHECK = "check"
    INVESTIGATE = "investigate"
    FIX = "fix"
    MAINTAIN = "maintain"
    BACKUP = "backup"
    RESTORE = "restore"
    DEPLOY = "deploy"
    SCALE = "scale"
    SETUP = "setup"
    OTHER = "other"


class Operator(StrEnum):
    """How a measured value is held against a wanted one."""

    BELOW = "<"
    AT_MOST = "<="
    ABOVE = ">"
    AT_LEAST = ">="
    EQUAL = "=="
    NOT_EQUAL = "!="
    BETWEEN = "between"
    MATCHES = "matches"
    ABSENT = "absent"


class Source(StrEnum):
    """Where in a step's outcome an expectation finds its value."""

    EXIT = "exit"
    STATUS = "status"  # an HTTP status
    COLUMN = "column"  # of an SQL result, or of a table printed by a program
    KEY = "key"  # of printed JSON
    OUTPUT = "output"  # a line of the text itself
    ROWS = "rows"  # how many rows or lines there are
    CHANGE = "change"  # a figure held against the same figure of an earlier step
    HUMAN = "human"  # nothing in the output can decide it


@dataclass(frozen=True, slots=True)
class Expectation:
    """A statement of the document that says what a good outcome is, and what decides it."""

    line: int
    text: str
    source: Source
    blocks: tuple[int, ...] = ()  # the blocks whose outcome decides it; empty where a human must
    at: tuple[int, ...] = ()  # the document lines of the commands that decide it; all of the blocks' if empty
    name: str = ""  # column, JSON key or figure looked for, in plain words
    operator: Operator | None = None
    value: str = ""  # the wanted value, normalised ("2", "40..70", "200")
    unit: str = ""  # s, ms, %, "" ...
    why: str = ""


class StepKind(StrEnum):
    """How a step is done."""

    COMMAND = "command"  # a block is executed
    MANUAL = "manual"  # a person does it and says so


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do. Its id is its explicit name, else heading path and ordinal; never its text."""

    id: str
    number: int
    line: int
    end: int
    title: str
    kind: StepKind
    block: int | None = None
    instruction: str = ""
    condition: str = ""  # "slow query identified": a person or an answer decides
    option: str = ""  # "Option 2: Kill idle connections"
    last_resort: bool = False
    cautions: tuple[str, ...] = ()
    expects: tuple[Expectation, ...] = ()


@dataclass(frozen=True, slots=True)
class Procedure:
    """A runnable heading with its steps and all that the document says about it."""

    id: str
    heading: str
    line: int
    end: int
    path: tuple[str, ...]
    purpose: Purpose
    why: str
    blocks: tuple[int, ...]
    steps: tuple[Step, ...]
    conditions: tuple[str, ...] = ()  # symptoms, alerts, "when"
    expects: tuple[Expectation, ...] = ()
    prerequisites: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
    afterwards: tuple[str, ...] = ()
    owner: str = ""
    duration: str = ""
    downtime: str = ""
    frequency: str = ""
    severity: str = ""
    escalation: str = ""


class FactType(StrEnum):
    """What sort of policy a document states; docs/reference/facts.md gives the value of each."""

    THRESHOLD = "threshold"
    ALERT = "alert"
    SCHEDULE = "schedule"
    SEVERITY = "severity"
    RESPONSE_TIME = "response_time"
    ESCALATION = "escalation"
    CONTACT = "contact"
    RETENTION = "retention"
    RTO = "rto"
    RPO = "rpo"
    OWNER = "owner"
    DURATION = "duration"
    ROTATION = "rotation"
    SLO = "slo"
    CAPACITY = "capacity"
    CHECKLIST = "checklist"
    TEMPLATE = "template"
    STAGE = "stage"
    DUTY = "duty"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that a document states as policy, with the line it stands on and its normalised value."""

    type: FactType
    line: int
    quote: str  # the line's own words
    value: Mapping[str, object]  # plain JSON values; a key that is absent was not stated
    end: int = 0  # the last line it was read from, where that is another than `line`
    start: int = 0  # the first line it was read from, where that is another than `line`


@dataclass(frozen=True, slots=True)
class Policy:
    """All that a document states as policy, and the statements of that sort that were not understood."""

    facts: tuple[Fact, ...] = ()
    unread: tuple["Notice", ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that was not understood, or that the reader should know."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Runbook:
    """A whole document, understood as far as it could be."""

    document: Document
    title: str
    blocks: tuple[Block, ...]
    procedures: tuple[Procedure, ...]
    notices: tuple[Notice, ...] = ()
