"""Rules about questions to PostgreSQL's statistics whose answer says something else than it seems."""

import re
from collections.abc import Iterator

from runward.runbooks.finding.around import is_advised_against, marked
from runward.runbooks.finding.claims import purpose_of, said_above
from runward.runbooks.finding.commands import PlacedStatement, list_statements
from runward.runbooks.finding.example import example
from runward.runbooks.finding.model import Case, Found, Rule, Severity

_REPLAY = "pg_last_xact_replay_timestamp"
_ON_PRIMARY = re.compile(
    r"\b(?:on|from|at) (?:the |your )?(?:current )?(?:primary|master|leader)\b", re.IGNORECASE
)
_FROM = r"\bfrom\s+(?:pg_catalog\s*\.\s*)?"
_REPLICATION = re.compile(_FROM + r"pg_stat_replication\b", re.IGNORECASE)
# Some views call a table and an index by one pair of names, the others by another.
_PAIRS = (
    (
        re.compile(r"pg_stat(?:io)?_(?:user|all|sys)_(?:tables|indexes)$"),
        frozenset({"tablename", "indexname"}),
        re.compile(_FROM + r"(?:pg_indexes|pg_tables|pg_stats)\b", re.IGNORECASE),
    ),
    (
        re.compile(r"(?:pg_indexes|pg_tables|pg_stats)$"),
        frozenset({"relname", "indexrelname"}),
        re.compile(_FROM + r"pg_stat(?:io)?_(?:user|all|sys)_(?:tables|indexes)\b", re.IGNORECASE),
    ),
)
_WITHIN = re.compile(
    r"\bin\s*\(\s*select\s+(?:distinct\s+)?(?P<column>\w+)\s+from\s+(?:pg_catalog\s*\.\s*)?(?P<view>\w+)",
    re.IGNORECASE,
)
_INDEX_USE = re.compile(_FROM + r"pg_stat_(?:user|all)_indexes\b", re.IGNORECASE)
_UNUSED = re.compile(r"\bidx_scan\s*(?:=\s*0\b|<=?\s*\d+)", re.IGNORECASE)
_SPARES = re.compile(
    r"indisunique|indisprimary|contype|conindid|pg_constraint|pkey|\bunique\b", re.IGNORECASE
)
_COLUMN_STATISTICS = re.compile(_FROM + r"pg_stats\b", re.IGNORECASE)
_DISTINCT = re.compile(r"\b(?:n_distinct|correlation)\b", re.IGNORECASE)
_WANTS_INDEX = re.compile(
    r"\bmissing\b.{0,20}\bind(?:ex|ic)|\bind(?:ex|ic)\w*\b.{0,20}\bmissing\b"
    r"|\b(?:need|require|benefit)\w*\b.{0,30}\bind(?:ex|ic)|\bunindexed\b|\bindex (?:candidate|opportunit)",
    re.IGNORECASE,
)  # fmt: skip
_TABLE_USE = re.compile(_FROM + r"pg_stat_(?:user|all)_tables\b", re.IGNORECASE)
_BLOAT = re.compile(r"\bbloat", re.IGNORECASE)


def _statements(case: Case, word: str) -> Iterator[PlacedStatement]:
    """The statements for PostgreSQL that name this."""
    for placed in list_statements(case.runbook):
        wanted = word in placed.text.lower() and placed.dialect == "postgres"
        if wanted and not is_advised_against(case.runbook, placed.line):
            yield placed


def _lag_of_another(case: Case) -> Iterator[Found]:
    for placed in _statements(case, _REPLAY):
        beside = _REPLICATION.search(placed.text)
        if not beside and not _ON_PRIMARY.search(said_above(case.runbook, placed.line)):
            continue
        where = (
            "beside pg_stat_replication, whose rows are the servers that follow it,"
            if beside
            else "on a primary"
        )
        yield marked(
            case.runbook,
            placed.line,
            _REPLAY,
            f"{_REPLAY}() tells how far the very server that is asked has replayed: {where} it is NULL on a primary"
            " and never the lag of a follower.".replace(
                "on a primary it is NULL on a primary", "on a primary it is always NULL"
            ),
        )


def _borrowed_column(case: Case) -> Iterator[Found]:
    for placed in _statements(case, "pg_"):
        for within in _WITHIN.finditer(placed.text):
            column, view = within["column"].lower(), within["view"].lower()
            outer = placed.text[: within.start()]
            if any(
                inner.match(view) and column in absent and around.search(outer)
                for inner, absent, around in _PAIRS
            ):
                line = placed.line + placed.text.count("\n", 0, within.start("column"))
                yield marked(
                    case.runbook,
                    line,
                    within["column"],
                    f"{view} has no column {column}: it is taken from the outer query, so each row is compared with itself,"
                    " and the answer is all rows or none whatever the statistics say.",
                )


def _unused_indexes(case: Case) -> Iterator[Found]:
    for placed in _statements(case, "idx_scan"):
        unused = _UNUSED.search(placed.text)
        if not unused or not _INDEX_USE.search(placed.text) or _SPARES.search(placed.text):
            continue
        line = placed.line + placed.text.count("\n", 0, unused.start())
        yield marked(
            case.runbook,
            line,
            unused[0],
            f"`{unused[0]}` also lists primary keys and unique indexes, which guard the data without being scanned,"
            " and indexes that only a replica uses or that were not used since the last reset.",
        )


def _missing_indexes(case: Case) -> Iterator[Found]:
    for placed in _statements(case, "pg_stats"):
        asked = _DISTINCT.search(placed.text)
        if not asked or not _COLUMN_STATISTICS.search(placed.text):
            continue
        if _WANTS_INDEX.search(purpose_of(case.runbook, placed.line)):
            line = placed.line + placed.text.count("\n", 0, asked.start())
            yield marked(
                case.runbook,
                line,
                asked[0],
                f"{asked[0].lower()} of pg_stats describes the values of a column, not how it is searched: it cannot say that an index"
                " is missing, and unique columns (-1) are sorted to the end.",
            )


def _dead_rows(case: Case) -> Iterator[Found]:
    for placed in _statements(case, "n_dead_tup"):
        text = placed.text
        says = _BLOAT.search(text) or _BLOAT.search(purpose_of(case.runbook, placed.line))
        if says and _TABLE_USE.search(text) and "pgstat" not in text.lower():
            line = placed.line + text.lower().count("\n", 0, text.lower().index("n_dead_tup"))
            yield marked(
                case.runbook,
                line,
                "n_dead_tup",
                "n_dead_tup counts rows that wait for vacuum; bloat is the empty space that vacuum leaves behind, and it is largest"
                " where n_dead_tup is 0.",
            )


RULES = (
    Rule(
        id="lag-of-another-server",
        severity=Severity.ERROR,
        title="The replay time of the server that is asked is taken for the lag of its followers.",
        why=(
            "pg_last_xact_replay_timestamp() is NULL on a primary, so the lag is empty and no limit is ever exceeded. On a standby it is"
            " that standby's own, and it grows while the primary writes nothing."
        ),
        right=(
            "On the primary: `replay_lag`, or `pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)`, of pg_stat_replication (PostgreSQL 10)."
            " On a standby: 0 where pg_last_wal_receive_lsn() equals pg_last_wal_replay_lsn()."
        ),
        bad=example(
            "Standbys",
            "sql",
            "SELECT application_name, now() - pg_last_xact_replay_timestamp() AS behind",
            "FROM pg_stat_replication;",
        ),
        good=example("Standbys", "sql", "SELECT application_name, replay_lag FROM pg_stat_replication;"),
        look=_lag_of_another,
        misleads=True,
        instead="replication-lag",
    ),
    Rule(
        id="column-from-outside",
        severity=Severity.ERROR,
        title="A sub-select names a column that its view does not have, so the outer query's is taken.",
        why=(
            "SQL looks for a name outwards. pg_indexes and pg_tables say tablename and indexname where the pg_stat views say relname and"
            " indexrelname; the mistake is no error, and a report of NOT IN stays empty for ever."
        ),
        right=(
            "Join by number: pg_stat_user_indexes with pg_index on indexrelid (every version), and name the columns with their view:"
            " an absent one is then an error."
        ),
        bad=example(
            "Tables that nobody reads",
            "sql",
            "SELECT tablename FROM pg_tables WHERE tablename NOT IN (",
            "  SELECT tablename FROM pg_stat_user_tables WHERE seq_scan > 0);",
        ),
        good=example(
            "Tables that nobody reads",
            "sql",
            "SELECT tablename FROM pg_tables WHERE tablename NOT IN (",
            "  SELECT s.relname FROM pg_stat_user_tables AS s WHERE s.seq_scan > 0);",
        ),
        look=_borrowed_column,
        misleads=True,
    ),
    Rule(
        id="unused-index-may-be-key",
        severity=Severity.WARNING,
        title="A list of unused indexes also shows those that keep rows unique.",
        why=(
            "A primary key or unique index does its work at each insert, which idx_scan does not count. Whoever drops what the list shows"
            " drops the guard against duplicates. The count also begins anew at each reset of the statistics and differs on each replica."
        ),
        right=(
            "Join pg_index and leave out `indisunique`, show stats_reset of pg_stat_database, and ask each replica too;"
            " last_idx_scan tells the time of the last use from PostgreSQL 16."
        ),
        bad=example("Indexes", "sql", "SELECT indexrelname FROM pg_stat_user_indexes WHERE idx_scan = 0;"),
        good=example(
            "Indexes",
            "sql",
            "SELECT indexrelname FROM pg_stat_user_indexes JOIN pg_index USING (indexrelid)",
            "WHERE idx_scan = 0 AND NOT indisunique;",
        ),
        look=_unused_indexes,
        misleads=True,
    ),
    Rule(
        id="missing-index-unseen",
        severity=Severity.WARNING,
        title="Missing indexes are looked for in the statistics of columns.",
        why=(
            "pg_stats tells how many different values a column has and how they are ordered on disk. Whether anybody searches by that"
            " column stands nowhere in it, and an index that exists changes nothing in the answer."
        ),
        right=(
            "Look at seq_scan and seq_tup_read of pg_stat_user_tables for large tables, take the slow statements from pg_stat_statements,"
            " and read their EXPLAIN (every version)."
        ),
        bad=example("Missing indexes", "sql", "SELECT attname, n_distinct FROM pg_stats ORDER BY n_distinct DESC;"),
        good=example(
            "Missing indexes", "sql", "SELECT relname, seq_scan, seq_tup_read FROM pg_stat_user_tables ORDER BY 3 DESC;"
        ),
        look=_missing_indexes,
        misleads=True,
    ),
    Rule(
        id="dead-rows-are-no-bloat",
        severity=Severity.WARNING,
        title="Bloat is judged by the number of dead rows.",
        why=(
            "Dead rows are those that vacuum has yet to clear. Once it has, n_dead_tup is 0 and the table is as large as before:"
            " a table may be nine tenths empty and show nothing."
        ),
        right=(
            "Measure with `pgstattuple_approx` of the extension pgstattuple (PostgreSQL 9.5), or compare the table's size with that of a"
            " fresh copy; n_dead_tup belongs to last_autovacuum."
        ),
        bad=example("Table bloat", "sql", "SELECT relname, n_dead_tup FROM pg_stat_user_tables ORDER BY 2 DESC;"),
        good=example("Table bloat", "sql", "SELECT approx_free_percent FROM pgstattuple_approx('orders');"),
        look=_dead_rows,
        misleads=True,
    ),
)  # fmt: skip
