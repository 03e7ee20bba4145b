"""Connect to PostgreSQL, and tell the ways in which that fails apart."""

import re

import psycopg
from psycopg.conninfo import conninfo_to_dict

from runward.foundation.masking import Masker
from runward.plugins.contracts import Failure, Query

_WAYS = (
    (r"starting up|not yet accepting", "starting", "the server is starting up", "Try again in a moment."),
    (r"shutting down", "stopping", "the server is shutting down", "Find out who stopped it."),
    (r"password authentication failed|no password supplied|authentication failed", "authentication",
     "the server does not accept the user and password", "Check the user and the secret that holds the password."),
    (r"no pg_hba\.conf entry|pg_hba\.conf rejects", "authentication",
     "the server's pg_hba.conf does not let this user in from here", "Add a line for it, or connect another way."),
    (r"database \".*\" does not exist", "database", "there is no such database", "Check the name in the address."),
    (r"role \".*\" does not exist", "authentication", "there is no such user", "Check the user in the address."),
    (r"too many clients|remaining connection slots|too many connections", "full",
     "the server has no connection left", "Look at who holds them: pg_stat_activity."),
    (r"could not translate host name|Name or service not known|nodename nor servname|resolve host", "host",
     "the host's name is not known", "Check the host in the address, and the name service."),
    (r"Connection refused|No such file or directory", "refused",
     "nothing listens there", "Is the server running, and is it this host and port?"),
    (r"timeout expired|timed out|Connection timed out", "timeout",
     "the server did not answer in time", "Check the network and its firewalls."),
    (r"SSL|certificate", "tls", "no secure connection could be made", "Check sslmode and the certificates."),
)  # fmt: skip


def masker_of(query: Query) -> Masker:
    """Hides the address, its password, and every other secret of the query."""
    secrets = {f"{number} {secret.name}": secret.value for number, secret in enumerate(query.secrets)}
    secrets["address"] = query.address
    try:
        secrets["password"] = str(conninfo_to_dict(query.address).get("password") or "")
    except psycopg.Error:
        secrets["password"] = ""
    return Masker({name: value for name, value in secrets.items() if value})


async def connect(query: Query) -> psycopg.AsyncConnection[tuple[object, ...]]:
    """A connection in autocommit whose every wait has an end."""
    connection = await psycopg.AsyncConnection.connect(
        query.address,
        autocommit=True,
        application_name=query.name[:63],
        connect_timeout=max(2, round(query.connect_seconds)),
    )
    try:
        await connection.execute(
            "SELECT set_config('statement_timeout', %s, false), set_config('lock_timeout', %s, false),"
            " set_config('idle_in_transaction_session_timeout', %s, false),"
            " set_config('default_transaction_read_only', %s, false)",
            (
                f"{query.statement_seconds * 1000:.0f}",
                f"{query.lock_seconds * 1000:.0f}",
                f"{query.time_limit_seconds * 1000:.0f}",
                "on" if query.read_only else "off",
            ),
        )
    except BaseException:
        await connection.close()
        raise
    return connection


def connection_failure(error: psycopg.Error, query: Query, masker: Masker) -> Failure:
    """Why there is no connection, in words."""
    said = masker.text(str(error).strip())
    if isinstance(error, psycopg.ProgrammingError):
        return Failure(query.first_line, "", "the address of the database cannot be read", 2, "address")
    for form, code, words, hint in _WAYS:
        if re.search(form, said, re.IGNORECASE):
            return Failure(query.first_line, "", f"no connection: {words} ({said})", 2, code, hint)
    return Failure(query.first_line, "", f"no connection: {said}", 2, "connection")
