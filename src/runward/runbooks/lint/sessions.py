"""Rules about ending database sessions."""

import re
from collections.abc import Iterator

from runward.runbooks.finding.around import is_advised_against, marked, text_around, text_before
from runward.runbooks.finding.commands import PlacedStatement, list_statements
from runward.runbooks.finding.example import example
from runward.runbooks.finding.model import Case, Found, Rule, Severity
from runward.runbooks.model import Runbook
from runward.runbooks.programs.databases import PSQL_VALUED
from runward.runbooks.shell.options import options_of

_WHOSE = {
    "backend_type",
    "usename",
    "usesysid",
    "application_name",
    "client_addr",
    "client_hostname",
    "datname",
    "datid",
    "query",
    "query_id",
}
_AGE = {"query_start", "state_change", "xact_start", "wait_event", "wait_event_type"}


def _ending(case: Case) -> Iterator[tuple[PlacedStatement, set[str]]]:
    """The statements that end sessions found in pg_stat_activity, with their words."""
    for one in list_statements(case.runbook):
        if "pg_terminate_backend" not in one.text.lower():
            continue
        words = {token.lower for token in one.tokens if token.kind == "word"}
        if re.search(
            r"\bquery\s+(?:not\s+i?like|!~)", one.text, re.IGNORECASE
        ):  # it leaves out its own statement only
            words.discard("query")
        if {"pg_terminate_backend", "pg_stat_activity"} <= words and not is_advised_against(
            case.runbook, one.line
        ):
            yield one, words


def _too_widely(case: Case) -> Iterator[Found]:
    for one, words in _ending(case):
        if words & _WHOSE or _names_pids(one) or "idle in transaction" in one.text.lower():
            continue
        yield marked(
            case.runbook,
            one.line,
            "pg_terminate_backend",
            f"It ends {_which(one)}, whoever they belong to: {_hit(one)}.",
        )


def _which(one: PlacedStatement) -> str:
    state = re.search(r"\bstate\s*(?:=|in\s*\()\s*'([^']+)'", one.text, re.IGNORECASE)
    age = re.search(r"interval\s*'([^']+)'", one.text, re.IGNORECASE)
    return f"all {state[1] + ' ' if state else ''}sessions{f' older than {age[1]}' if age else ''}"


def _hit(one: PlacedStatement) -> str:
    if re.search(r"\bstate\s*=\s*'idle'", one.text, re.IGNORECASE):
        return "pools keep theirs idle on purpose and only connect anew, and the leak, idle in transaction, is left out"
    return "a running pg_dump, an index build and a migration too"


def _names_pids(one: PlacedStatement) -> bool:
    """Whether single sessions are picked: by number, by what blocks them, or by a list."""
    return bool(
        re.search(
            r"\bpid\s*(?:=|in\b)|=\s*\w*\.?pid\b|pg_blocking_pids|pg_locks",
            re.sub(r"<>|!=", "~", one.text),
            re.IGNORECASE,
        )
    )


def _own_session(case: Case) -> Iterator[Found]:
    for one, words in _ending(case):
        if (
            words & (_AGE | (_WHOSE - {"datname", "datid", "backend_type"}))
            or {"interval"} & words
            or "idle" in one.text.lower()
        ):
            continue
        if "pg_backend_pid" in words or _names_pids(one) or _is_elsewhere(case.runbook, one):
            continue
        yield marked(
            case.runbook,
            one.line,
            "pg_terminate_backend",
            "Nothing leaves out the session that asks: connected to that database it ends itself before it is done, and the others connect again at once.",
        )


def _is_elsewhere(runbook: Runbook, one: PlacedStatement) -> bool:
    """Whether it is asked from another database: one that is named, or because that one is dropped or renamed next."""
    if one.call is not None:
        options = options_of(one.call.arguments, PSQL_VALUED)
        named = [*options.values("-d", "--dbname"), *options.rest]
        if named and named[0].text.rpartition("/")[2] in {"postgres", "template1", "defaultdb"}:
            return True
    around = text_around(runbook, one.line)
    dropped = re.search(
        r"\bdrop\s+database\b|\bdropdb\b|alter\s+database\s+\S+\s+rename", around, re.IGNORECASE
    )
    return bool(dropped) or bool(
        re.search(r"\\c(?:onnect)?\s+(?:postgres|template1)\b", text_before(runbook, one.line))
    )


RULES = (
    Rule(
        id="terminate-everyone",
        severity=Severity.ERROR,
        title="Sessions are ended by their state or age alone.",
        why=(
            "What is old or active is not what is stuck: the longest sessions are backups, index builds and migrations, and a pool's idle"
            ' connections are meant to be idle. The session that really holds locks is mostly "idle in transaction".'
        ),
        right=(
            "Look first; limit by `backend_type = 'client backend'` (PostgreSQL 10 and later), usename, application_name and datname; use"
            " pg_cancel_backend before pg_terminate_backend; end the root of pg_blocking_pids() (9.6 and later) by its pid."
        ),
        bad=example(
            "Slow database",
            "sql",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity",
            "WHERE state = 'active' AND query_start < now() - interval '10 minutes';",
        ),
        good=example(
            "Slow database",
            "sql",
            "SELECT pg_cancel_backend(pid) FROM pg_stat_activity",
            "WHERE backend_type = 'client backend' AND usename = 'shop' AND query_start < now() - interval '10 minutes';",
        ),
        look=_too_widely,
        instead="connection-exhaustion",
    ),
    Rule(
        id="terminate-own-session",
        severity=Severity.WARNING,
        title="All sessions of a database are ended, the one that asks included, and nothing keeps the others away.",
        why="The statement ends its own connection when that is to the same database, so the rest stays; clients with a pool connect again within milliseconds.",
        right=(
            "From another database: `ALTER DATABASE shop ALLOW_CONNECTIONS false` (9.5 and later), then end the others with"
            " `AND pid <> pg_backend_pid()`; allow connections again afterwards."
        ),
        bad=example(
            "Restore",
            "bash",
            "psql -c \"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'shop';\"",
        ),
        good=example(
            "Restore",
            "bash",
            'psql -d postgres -c "ALTER DATABASE shop ALLOW_CONNECTIONS false;"',
            "psql -d postgres -c \"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'shop' AND pid <> pg_backend_pid();\"",
        ),
        look=_own_session,
    ),
)
