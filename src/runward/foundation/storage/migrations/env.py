"""Tell Alembic where to work: always inside the transaction that `storage.upgrade` holds open.

To add a revision: copy the newest file of `versions/` to the next number (`0007_what_it_does.py`), set
`revision` to that number and `down_revision` to the one before, and write `upgrade()` with `op`. Numbers
are a straight line. Use the column types of `storage.schema`. SQLite cannot alter columns: use
`op.batch_alter_table`. Then run `pytest tests/stores/test_migrations.py`: it compares the tables that the
migrations make with those that the `store.py` files define, on both databases. There is no way down:
restore a copy.
"""

from alembic import context

from runward.foundation.storage.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
