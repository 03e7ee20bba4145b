"""Decide what a block is for and what it does to the world, with the reason for each in words."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType

from runward.runbooks.block.describe import comment_risks, config_reading, only_asks, python_kind
from runward.runbooks.block.forms import Form, form_of
from runward.runbooks.block.introductions import expects_output
from runward.runbooks.block.native import native_call
from runward.runbooks.block.placeholders import list_placeholders, names_of
from runward.runbooks.block.terminals import asker_of, list_terminal_risks
from runward.runbooks.block.transcripts import script_of_transcript
from runward.runbooks.block.windows import windows_endless, windows_questions, windows_risks, windows_tools
from runward.runbooks.model import Endless, Kind, Part, Placeholder, Question, Risk, RiskyLine
from runward.runbooks.programs.databases import mongo_effect
from runward.runbooks.programs.judge import is_known
from runward.runbooks.programs.redis import command_effect
from runward.runbooks.python.judge import python_effect
from runward.runbooks.shell.block import shell_block
from runward.runbooks.shell.model import Call, Script
from runward.runbooks.sql.judge import statement_effect
from runward.runbooks.sql.tokens import Statement, statements_of

_ASSIGNMENTS = re.compile(r"^(?:[A-Z_][A-Z0-9_]*=\S*\s+)+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of code with what stands around it; `first_line` is the document line of its first line."""

    text: str
    lang: str
    first_line: int = 1
    form: str = "fence"
    heading: tuple[str, ...] = ()
    before: str = ""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a piece of code is, what it does and why we think so."""

    kind: Kind
    risk: Risk
    why: Mapping[str, str]
    placeholders: tuple[Placeholder, ...] = ()
    endless: tuple[Endless, ...] = ()
    questions: tuple[Question, ...] = ()
    tools: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    risks: tuple[RiskyLine, ...] = ()
    calls: tuple[Call, ...] = ()
    statements: tuple[Statement, ...] = ()
    refused: tuple[tuple[int, str], ...] = ()
    written: str = ""


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one reader of one form makes of a piece."""

    kind: Kind
    because: str
    risks: tuple[RiskyLine, ...] = ()
    risk: Risk = Risk.READ  # where no line decides
    risk_because: str = "there is nothing to execute"
    endless: tuple[Endless, ...] = ()
    questions: tuple[Question, ...] = ()
    tools: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    script: Script | None = None
    calls: tuple[Call, ...] = ()
    statements: tuple[Statement, ...] = ()


def meaning_of(piece: Piece) -> Meaning:
    """What this piece of code means."""
    return _meaning(Piece(piece.text, piece.lang, piece.first_line, piece.form, (), piece.before))


@lru_cache(maxsize=4096)
def _meaning(piece: Piece) -> Meaning:
    form = form_of(piece.text, piece.lang, piece.before) if piece.form != "inline" else Form.SHELL
    reading = _READERS[form](piece)
    placeholders = list_placeholders(piece.text, piece.first_line, form, reading.script)
    worst = max(reading.risks, key=lambda line: line.risk.rank, default=None)
    risk = worst.risk if worst and worst.risk.rank >= reading.risk.rank else reading.risk
    return Meaning(
        reading.kind,
        risk,
        MappingProxyType(
            {
                "kind": reading.because,
                "risk": _why_risk(risk, worst, reading),
                "placeholders": f"to be supplied: {names_of(placeholders)}"
                if placeholders
                else "every value stands in the text",
                "endless": "; ".join(f"line {one.line}: {one.why}" for one in reading.endless)
                or "everything ends by itself",
                "tools": f"it calls {', '.join(reading.tools)}" if reading.tools else "it calls no program",
            }
        ),
        placeholders,
        reading.endless,
        reading.questions,
        reading.tools,
        reading.parts,
        reading.risks,
        reading.calls,
        reading.statements,
        reading.script.refused if reading.script else (),
        form.value,
    )


def _why_risk(risk: Risk, worst: RiskyLine | None, reading: _Reading) -> str:
    if worst is None or worst.risk is not risk:
        return reading.risk_because
    return (
        f"line {worst.line}: {worst.why}"
        if risk is not Risk.READ
        else f"every command only looks; line {worst.line}: {worst.why}"
    )


def names_a_command(text: str, *, alone: bool) -> bool:
    """Whether inline code is a command rather than the name of something.

    `alone` says that the text before it ends with a colon: then a program without arguments counts too.
    """
    words = _ASSIGNMENTS.sub("", text.strip()).split()
    if not words or len(text) > 500 or words[0] in _ALSO_WORDS:
        return False
    if not is_known(words[0].rpartition("/")[2]):
        return alone and bool(
            re.match(r"[a-z][\w.-]*$", words[0]) and re.search(r"\s--?[A-Za-z][\w-]*", text)
        )
    if _UNFINISHED.fullmatch(" ".join(words)):
        return False
    return len(words) > 1 or (alone and words[0] in _BY_THEMSELVES)


# Verbs that do nothing without what they act on: in running text they are the names of operations.
_UNFINISHED = re.compile(
    r"(?:kubectl|oc) (?:apply|cp|create|delete|describe|drain|cordon|uncordon|edit|patch|scale|exec|logs|label|annotate|run|set|rollout|rollout restart|rollout undo)"
    r"|helm (?:install|upgrade|rollback|uninstall)|docker (?:run|exec|rm|rmi|cp|inspect|logs|stop|start|restart|kill|build|pull|push|tag)"
    r"|systemctl (?:start|stop|restart|reload|enable|disable|status)|service|git (?:checkout|revert|merge|rebase|clone|cherry-pick|reset)"
    r"|velero (?:backup|restore) create|(?:restic|wal-g|pgbackrest|borg) (?:restore|backup-fetch|extract)|(?:aws|gcloud|az|gsutil) [a-z0-9-]+"
)
_ALSO_WORDS = {
    "test",
    "true",
    "false",
    "type",
    "time",
    "set",
    "read",
    "help",
    "list",
    "wait",
    "exit",
    "source",
    "more",
    "open",
    "host",
    "file",
    "[",
    ":",
    ".",
    "command",
    "local",
    "look",
    "task",
    "make",
}
_BY_THEMSELVES = {
    "df",
    "htop",
    "top",
    "free",
    "uptime",
    "lsblk",
    "vmstat",
    "iostat",
    "dmesg",
    "ps",
    "w",
    "who",
    "pg_top",
    "pg_isready",
    "mount",
    "ifconfig",
    "lsof",
    "netstat",
    "ss",
    "reboot",
}


def _shell(piece: Piece) -> _Reading:
    block = shell_block(piece.text, piece.first_line)
    return _Reading(
        Kind.COMMAND,
        "it is shell text that calls programs" if block.tools else "it is shell text",
        block.risks,
        risk_because="it runs nothing that changes anything",
        endless=block.endless,
        questions=block.questions,
        tools=block.tools,
        parts=block.parts,
        script=block.script,
        calls=block.calls,
    )


def _transcript(piece: Piece) -> _Reading:
    """What was typed at shell prompts is judged as shell, at others by the program that shows the prompt."""
    shell = script_of_transcript(piece.text, lambda prompt: asker_of(prompt) == "shell")
    inner = _shell(replace(piece, text=shell)) if shell.strip() else _Reading(Kind.TRANSCRIPT, "")
    others = list_terminal_risks(piece.text, piece.first_line)
    return replace(
        inner,
        kind=Kind.TRANSCRIPT,
        because="it shows a terminal: what was typed after a prompt, and perhaps what came back",
        risks=tuple(sorted((*inner.risks, *others), key=lambda line: line.line)),
        risk_because="nothing that was typed changes anything",
    )


def _sql(piece: Piece) -> _Reading:
    dialect = {"mysql": "mysql", "mariadb": "mysql"}.get(piece.lang, "postgres")
    statements = statements_of(piece.text, dialect)
    risks = tuple(
        RiskyLine(piece.first_line + one.line, one.text, *statement_effect(one)) for one in statements
    )
    tool = {
        "mysql": "mysql",
        "mariadb": "mysql",
        "sqlite": "sqlite3",
        "clickhouse": "clickhouse-client",
        "tsql": "sqlcmd",
        "mssql": "sqlcmd",
        "cql": "cqlsh",
    }
    return _Reading(
        Kind.COMMAND if risks else Kind.TEMPLATE,
        "it is SQL to be run" if risks else "it holds nothing but comments",
        risks,
        risk_because="no statement changes anything",
        tools=(tool.get(piece.lang, "psql"),) if risks else (),
        statements=statements,
    )


def _lines(
    piece: Piece, judge: Callable[[str], tuple[Risk, str]], tool: str, marks: tuple[str, ...]
) -> _Reading:
    risks = tuple(
        RiskyLine(number, line.strip(), *judge(line.strip()))
        for number, line in enumerate(piece.text.split("\n"), piece.first_line)
        if line.strip() and not line.strip().startswith(marks)
    )
    return _Reading(Kind.COMMAND, f"it is text for {tool}", risks, tools=(tool,))


def _mongo(piece: Piece) -> _Reading:
    risk = RiskyLine(piece.first_line, piece.text.strip(), *mongo_effect(piece.text))
    return _Reading(Kind.COMMAND, "it is text for mongosh", (risk,), tools=("mongosh",))


def _python(piece: Piece) -> _Reading:
    kind, because = python_kind(piece.text)
    if kind is Kind.SAMPLE and not only_asks(piece.text):
        return _Reading(
            kind, because, risk=Risk.CHANGE, risk_because="put in place it changes how something behaves"
        )
    risk, why = python_effect(piece.text)
    risks = (RiskyLine(piece.first_line, piece.text.strip(), risk, why),) if kind is Kind.COMMAND else ()
    return _Reading(kind, because, risks, Risk.READ, why, tools=("python",) if kind is Kind.COMMAND else ())


# Under any other name it would be handed to bash, so what bash would make of it counts too.
_WINDOWS = {
    "powershell",
    "ps1",
    "posh",
    "pwsh",
    "ps",
    "powershell-console",
    "bat",
    "batch",
    "cmd",
    "dos",
    "batchfile",
}


def _windows(piece: Piece) -> _Reading:
    batch = form_of(piece.text, piece.lang, piece.before) is Form.BATCH
    named = piece.lang in _WINDOWS
    beside = () if named else tuple(line for line in _shell(piece).risks if line.risk is not Risk.READ)
    return _Reading(
        Kind.COMMAND,
        "it is text for the Windows command line" if batch else "it is PowerShell",
        (*windows_risks(piece.text, piece.first_line, batch=batch), *beside),
        risk_because="it runs nothing that changes anything",
        endless=windows_endless(piece.text, piece.first_line),
        questions=windows_questions(piece.text, piece.first_line),
        tools=windows_tools(piece.text),
    )


def _native(piece: Piece) -> _Reading:
    call = native_call(piece.text, piece.first_line)
    return _Reading(Kind.COMMAND, "it calls an action of Runward's own", call.risks)


def _config(piece: Piece) -> _Reading:
    return _Reading(Kind.SAMPLE, *config_reading(piece.lang))


def _comments(piece: Piece) -> _Reading:
    risks = comment_risks(piece.text, piece.first_line)
    return _Reading(
        Kind.TEMPLATE, "it holds only comments: instructions to a person, nothing to execute", risks
    )


def _fixed(
    kind: Kind, because: str, risk: Risk = Risk.READ, risk_because: str = "there is nothing to execute"
) -> Callable[[Piece], _Reading]:
    return lambda _piece: _Reading(kind, because, risk=risk, risk_because=risk_because)


def _prose(piece: Piece) -> _Reading:
    if piece.form == "indented" and expects_output(piece.before):
        return _Reading(Kind.OUTPUT, "the text before it says that this is what one will see")
    return _Reading(Kind.OTHER, "it is neither a command nor anything else that is known")


_READERS: dict[Form, Callable[[Piece], _Reading]] = {
    Form.SHELL: _shell,
    Form.SQL: _sql,
    Form.PYTHON: _python,
    Form.POWERSHELL: _windows,
    Form.BATCH: _windows,
    Form.NATIVE: _native,
    Form.REDIS: lambda piece: _lines(
        piece, lambda line: command_effect(line.split()), "redis-cli", ("#", "//", "--")
    ),
    Form.MONGO: _mongo,
    Form.TRANSCRIPT: _transcript,
    Form.CRONTAB: _fixed(
        Kind.SAMPLE, "it is lines of a crontab", Risk.CHANGE, "as a crontab it would run by itself"
    ),
    Form.CONFIG: _config,
    Form.RULES: _fixed(
        Kind.SAMPLE,
        "it lists conditions and rules in words",
        Risk.READ,
        "it describes, and configures nothing",
    ),
    Form.CODE: _fixed(
        Kind.SAMPLE,
        "it is program text to be looked at or pasted elsewhere",
        Risk.CHANGE,
        "put in place it changes how something behaves",
    ),
    Form.OUTPUT: _fixed(Kind.OUTPUT, "it is what a program printed"),
    Form.TEMPLATE: _fixed(Kind.TEMPLATE, "it is a text to be filled in"),
    Form.DIAGRAM: _fixed(Kind.TEMPLATE, "it is a diagram"),
    Form.QUERY: _fixed(Kind.SAMPLE, "it is a query for a monitoring page", Risk.READ, "a query only asks"),
    Form.COMMENTS: _comments,
    Form.PROSE: _prose,
    Form.EMPTY: _fixed(Kind.OTHER, "it is empty"),
}
