"""Hand a script with commands of psql itself to psql."""

import re

from psycopg.conninfo import conninfo_to_dict

from runward.foundation.errors import Mistake
from runward.plugins.contracts import Order, Query, Secret

_READS = re.compile(
    r"\\(?:d\w*[+S]*|l\+?|list|x|timing|echo|qecho|warn|conninfo|pset|z|sf\+?|sv\+?|t|a|h|help|encoding|f|H|C|T"
    r"|if|elif|else|endif|gset|gx|g|crosstabview|watch\s+[^\n]*\bc=\d+|set|unset|q)(?![\w!])"
)
_META = re.compile(r"(?:^|(?<=\s)|(?<=;))\\[A-Za-z?!;+]+[^\n]*", re.MULTILINE)
_NAMES = {
    "host": "PGHOST", "hostaddr": "PGHOSTADDR", "port": "PGPORT", "dbname": "PGDATABASE", "user": "PGUSER",
    "password": "PGPASSWORD", "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY", "service": "PGSERVICE", "passfile": "PGPASSFILE", "gssencmode": "PGGSSENCMODE",
    "channel_binding": "PGCHANNELBINDING", "target_session_attrs": "PGTARGETSESSIONATTRS",
}  # fmt: skip


def as_psql(query: Query) -> Order:
    """The same script for psql; its address goes through the environment, the SQL through standard input."""
    found = {name: str(value) for name, value in conninfo_to_dict(query.address).items() if value is not None}
    unknown = sorted(set(found) - set(_NAMES) - {"connect_timeout", "application_name", "options"})
    if unknown:
        raise Mistake(f"the address has settings that psql cannot be given apart: {', '.join(unknown)}")
    if query.read_only:
        _refuse_changes(query)
    environment = {
        _NAMES[name]: value for name, value in found.items() if name in _NAMES and name != "password"
    }
    environment |= {
        "PGAPPNAME": query.name,
        "PGCONNECT_TIMEOUT": f"{max(2, round(query.connect_seconds))}",
        "PGOPTIONS": " ".join([found.get("options", ""), *_settings(query)]).strip(),
    }
    password = (Secret("PGPASSWORD", found["password"]),) if found.get("password") else ()
    return Order(
        script="psql --no-psqlrc -v ON_ERROR_STOP=1 -f -",
        first_line=query.first_line,
        environment=environment,
        secrets=(*password, Secret("address", query.address, exported=False), *query.secrets),
        answers=tuple(query.script.splitlines()),
        time_limit_seconds=query.time_limit_seconds,
    )


def _settings(query: Query) -> list[str]:
    return [
        f"-c statement_timeout={query.statement_seconds * 1000:.0f}",
        f"-c lock_timeout={query.lock_seconds * 1000:.0f}",
        f"-c default_transaction_read_only={'on' if query.read_only else 'off'}",
    ]


def _refuse_changes(query: Query) -> None:
    """What could leave the read-only transaction, or PostgreSQL altogether, is not handed over as reading."""
    for found in _META.finditer(query.script):
        if not _READS.match(found[0]) or "|" in found[0]:
            line = query.first_line + query.script.count("\n", 0, found.start())
            raise Mistake(
                f"the psql command {found[0].split()[0]} is not among those that only read", line=line
            )
    if re.search(r"\bREAD\s+WRITE\b|transaction_read_only", query.script, re.IGNORECASE):
        raise Mistake(
            "a script that only reads may not ask for a transaction that writes", line=query.first_line
        )
