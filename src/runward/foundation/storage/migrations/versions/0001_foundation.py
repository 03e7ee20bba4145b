"""The ledger, the outbox and the workers."""

import sqlalchemy as sa
from alembic import op

from runward.foundation.storage.schema import JsonText, Moment, Words

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_REFUSAL = "the ledger is append-only"
_KEPT = ("id", "at", "actor", "act", "subject", "detail")


def upgrade() -> None:
    _make_ledger()
    _make_outbox()
    _make_workers()
    if op.get_bind().dialect.name == "sqlite":
        _guard_on_sqlite()
    else:
        _guard_on_postgresql()


def _make_ledger() -> None:
    op.create_table(
        "ledger",
        sa.Column("id", _BIG, primary_key=True, autoincrement=True),
        sa.Column("at", Moment, nullable=False),
        sa.Column("actor", Words, nullable=False),
        sa.Column("act", Words, nullable=False),
        sa.Column("subject", Words, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=True),
        sa.Column("previous", sa.String(64), nullable=True),
        sa.Column("hash", sa.String(64), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_ledger"),
        sa.UniqueConstraint("sequence", name="uq_ledger_sequence"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_ledger_subject", "ledger", ["subject"])
    unsealed = sa.text("sequence IS NULL")
    op.create_index("ix_ledger_unsealed", "ledger", ["id"], sqlite_where=unsealed, postgresql_where=unsealed)


def _make_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", _BIG, primary_key=True, autoincrement=True),
        sa.Column("topic", Words, nullable=False),
        sa.Column("key", Words, nullable=False),
        sa.Column("payload", JsonText, nullable=True),
        sa.Column("made_at", Moment, nullable=False),
        sa.Column("due_at", Moment, nullable=False),
        sa.Column("claimed_by", Words, nullable=True),
        sa.Column("claimed_until", Moment, nullable=True),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("trouble", Words, nullable=False),
        sa.Column("done_at", Moment, nullable=True),
        sa.Column("given_up_at", Moment, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("topic", "key", name="uq_outbox_topic_key"),
        sqlite_autoincrement=True,
    )
    waiting = sa.text("done_at IS NULL AND given_up_at IS NULL")
    op.create_index("ix_outbox_due", "outbox", ["due_at"], sqlite_where=waiting, postgresql_where=waiting)


def _make_workers() -> None:
    op.create_table(
        "workers",
        sa.Column("id", sa.String(100), nullable=False),
        sa.Column("host", Words, nullable=False),
        sa.Column("process", sa.Integer, nullable=False),
        sa.Column("version", sa.String(20), nullable=False),
        sa.Column("started_at", Moment, nullable=False),
        sa.Column("seen_at", Moment, nullable=False),
        sa.Column("ended_at", Moment, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_workers"),
    )


def _guard_on_sqlite() -> None:
    changed = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in _KEPT)
    refuse = f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
    op.execute(
        f"CREATE TRIGGER ledger_keeps BEFORE UPDATE ON ledger WHEN OLD.sequence IS NOT NULL OR {changed} {refuse}"
    )
    op.execute(f"CREATE TRIGGER ledger_stays BEFORE DELETE ON ledger {refuse}")
    op.execute(f"CREATE TRIGGER ledger_enters BEFORE INSERT ON ledger WHEN NEW.sequence IS NOT NULL {refuse}")


def _guard_on_postgresql() -> None:
    changed = " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in _KEPT)
    op.execute(
        "CREATE FUNCTION ledger_refuses() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$"
    )
    for name, when, scope in (
        ("keeps", "BEFORE UPDATE", f"FOR EACH ROW WHEN (OLD.sequence IS NOT NULL OR {changed})"),
        ("stays", "BEFORE DELETE", "FOR EACH ROW"),
        ("enters", "BEFORE INSERT", "FOR EACH ROW WHEN (NEW.sequence IS NOT NULL)"),
        ("remains", "BEFORE TRUNCATE", "FOR EACH STATEMENT"),
    ):
        op.execute(f"CREATE TRIGGER ledger_{name} {when} ON ledger {scope} EXECUTE FUNCTION ledger_refuses()")
