"""Runs that were drills, and the runs of a document found at once."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("runs") as runs:
        runs.add_column(sa.Column("drill", sa.Boolean, nullable=False, server_default=sa.false()))
    with op.batch_alter_table("runs") as runs:
        runs.alter_column("drill", server_default=None)
    op.create_index("ix_runs_path", "runs", ["path"])
