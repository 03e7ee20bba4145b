"""Judge what was typed into the programs of a terminal: databases, caches, Python, Windows."""

import re
from collections.abc import Callable, Iterator

from runward.runbooks.block.lookalikes import is_redis
from runward.runbooks.block.transcripts import Typed, list_typed
from runward.runbooks.block.windows import windows_risks
from runward.runbooks.model import Risk, RiskyLine
from runward.runbooks.programs.databases import mongo_effect
from runward.runbooks.programs.redis import command_effect
from runward.runbooks.python.judge import python_effect
from runward.runbooks.sql.judge import statement_effect
from runward.runbooks.sql.tokens import statements_of

Judged = tuple[Risk, str]

# Statements with what they act on; "DROP TABLE" and "DELETE 3" alone are what the server answers.
_SQL = re.compile(
    r"(?:DROP\s+\w+\s+\S|DELETE\s+FROM\s|UPDATE\s+\S+\s+SET\s|ALTER\s+\w+\s+\S|TRUNCATE\s+(?:TABLE\s+)?(?!TABLE$)\w|INSERT\s+INTO\s|SELECT\s+pg_|CREATE\s+\w+\s+\S|VACUUM\b.*;|KILL\s+\d)",
    re.IGNORECASE,
)
_MONGO = re.compile(r"(?:db|rs|sh)\.\w")
_WINDOWS = re.compile(
    r"[A-Z][a-z]+-[A-Z]\w+\b|(?:del|rd|rmdir|erase|format|taskkill|net|sc|reg|shutdown|iisreset|icacls|robocopy)\s+\S",
    re.ASCII,
)
_PYTHON = re.compile(r"(?:import\s|from\s+\S+\s+import\s|[\w.]+\()")


def asker_of(prompt: str) -> str:
    """Which program shows such a prompt."""
    if prompt.startswith(">>>"):
        return "python"
    if prompt.startswith("PS") or ":\\" in prompt:
        return "windows"
    if prompt[-2:] in {"=#", "=>", "-#", "->"} or prompt.startswith(
        ("mysql", "mariadb", "sqlite", "cqlsh", "psql")
    ):
        return "sql"
    if prompt[0].isdigit() or prompt.startswith("redis"):
        return "redis"
    return "mongo" if prompt.endswith(">") else "shell"


def list_terminal_risks(text: str, first_line: int) -> tuple[RiskyLine, ...]:
    """What each thing does that was typed into another program than a shell, with or without its prompt."""
    typed = list_typed(text)
    lines = text.split("\n")
    made: list[RiskyLine] = []
    taken: set[int] = set()
    for number, one in enumerate(typed):
        asker = asker_of(one.prompt)
        until = typed[number + 1].line if number + 1 < len(typed) else len(lines)
        said = _whole_statement(one, lines, until) if asker == "sql" else one.text
        taken.update(range(one.line, one.line + said.count("\n") + 1))
        made.extend(_judged(asker, said, first_line + one.line, one.prompt))
    for asker in {asker_of(one.prompt) for one in typed} - {"shell"}:
        made.extend(_unprompted(asker, lines, taken, first_line))
    return tuple(sorted(made, key=lambda line: line.line))


def _whole_statement(typed: Typed, lines: list[str], until: int) -> str:
    """A statement that goes on over lines without a prompt, up to its end mark."""
    if ";" in typed.text or typed.text.startswith("\\"):
        return typed.text
    start = typed.line + typed.text.count("\n") + 1
    for number in range(start, until):
        if ";" in lines[number]:
            return "\n".join([typed.text, *lines[start : number + 1]])
    return typed.text


def _judged(asker: str, said: str, line: int, prompt: str) -> Iterator[RiskyLine]:
    if asker in _TYPED:
        yield RiskyLine(line, said, *_TYPED[asker](said))
    elif asker == "windows":
        yield from windows_risks(said, line, batch=not prompt.startswith("PS"))


def _unprompted(asker: str, lines: list[str], taken: set[int], first_line: int) -> Iterator[RiskyLine]:
    for number, line in enumerate(lines):
        said = line.strip()
        if number not in taken and said and _READS_AS[asker](said):
            yield from _judged(asker, said, first_line + number, "PS")


def _sql_effect(text: str) -> Judged:
    effects = [statement_effect(one) for one in statements_of(text)]
    return max(effects, key=lambda effect: effect[0].rank, default=(Risk.READ, "nothing"))


_TYPED: dict[str, Callable[[str], Judged]] = {
    "sql": _sql_effect,
    "python": python_effect,
    "redis": lambda text: command_effect(text.split()),
    "mongo": mongo_effect,
}
_READS_AS: dict[str, Callable[[str], bool]] = {
    "sql": lambda said: bool(_SQL.match(said)),
    "python": lambda said: bool(_PYTHON.match(said)),
    "redis": lambda said: is_redis([said]) and said not in {"PONG", "OK"},
    "mongo": lambda said: bool(_MONGO.match(said)),
    "windows": lambda said: bool(_WINDOWS.match(said)),
}
