"""Runs: documents, plans, attempts, approvals, answers and target locks."""

import sqlalchemy as sa
from alembic import op

from runward.foundation.storage.schema import JsonText, Moment, Words

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_RUN = sa.String(32)


def upgrade() -> None:
    _make_documents()
    _make_runs()
    _make_steps()
    _make_approvals_and_answers()
    op.create_table(
        "target_locks",
        sa.Column("target", sa.String(255), nullable=False),
        sa.Column("run_id", _RUN, nullable=False),
        sa.Column("since_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("target", name="pk_target_locks"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_target_locks_run_id_runs"),
    )


def _make_documents() -> None:
    op.create_table(
        "documents",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("path", Words, nullable=False),
        sa.Column("text", Words, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_documents"),
    )


def _make_runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", _RUN, nullable=False),
        sa.Column("service", Words, nullable=False),
        sa.Column("path", Words, nullable=False),
        sa.Column("procedure", Words, nullable=False),
        sa.Column("plan", JsonText, nullable=False),
        sa.Column("plan_digest", sa.String(64), nullable=False),
        sa.Column("requester", Words, nullable=False),
        sa.Column("requester_user", Words, nullable=False),
        sa.Column("attended", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("segment", sa.Integer, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("owner", Words, nullable=False),
        sa.Column("wait", JsonText, nullable=True),
        sa.Column("verdict", sa.String(16), nullable=True),
        sa.Column("because", Words, nullable=False),
        sa.Column("cancelled_by", Words, nullable=False),
        sa.Column("follows", sa.String(32), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("started_at", Moment, nullable=True),
        sa.Column("ended_at", Moment, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
    )
    op.create_index("ix_runs_state", "runs", ["state"])
    op.create_index("ix_runs_created_at", "runs", ["created_at"])


def _make_steps() -> None:
    op.create_table(
        "run_steps",
        sa.Column("run_id", _RUN, nullable=False),
        sa.Column("step", Words, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("because", Words, nullable=False),
        sa.Column("birth", JsonText, nullable=False),
        sa.Column("result", JsonText, nullable=False),
        sa.Column("judgements", JsonText, nullable=False),
        sa.Column("started_at", Moment, nullable=True),
        sa.Column("ended_at", Moment, nullable=True),
        sa.PrimaryKeyConstraint("run_id", "step", "attempt", name="pk_run_steps"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_run_steps_run_id_runs"),
    )


def _make_approvals_and_answers() -> None:
    op.create_table(
        "run_approvals",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=True),
        sa.Column("run_id", _RUN, nullable=False),
        sa.Column("step", Words, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("person", Words, nullable=False),
        sa.Column("approved", sa.Boolean, nullable=False),
        sa.Column("user", Words, nullable=False),
        sa.Column("comment", Words, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_run_approvals"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_run_approvals_run_id_runs"),
    )
    op.create_index("ix_run_approvals_run_id", "run_approvals", ["run_id"])
    op.create_table(
        "run_answers",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=True),
        sa.Column("run_id", _RUN, nullable=False),
        sa.Column("key", Words, nullable=False),
        sa.Column("value", Words, nullable=False),
        sa.Column("person", Words, nullable=False),
        sa.Column("note", Words, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_run_answers"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_run_answers_run_id_runs"),
    )
    op.create_index("ix_run_answers_run_id", "run_answers", ["run_id"])
