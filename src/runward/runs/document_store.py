"""Keep documents as they stood when plans were made of them."""

from sqlalchemy import Column, String, Table, select
from sqlalchemy.dialects.postgresql import insert as insert_on_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_on_sqlite

from runward.foundation.errors import NotFound
from runward.foundation.storage.database import Transaction
from runward.foundation.storage.schema import Words, metadata

documents = Table(
    "documents",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("path", Words, nullable=False),
    Column("text", Words, nullable=False),
)


def save_document(tx: Transaction, digest: str, path: str, text: str) -> None:
    """Keep a document as it stood when a plan was made of it; the same one twice, even at once, is one row."""
    insert = insert_on_sqlite if tx.dialect.name == "sqlite" else insert_on_postgresql
    tx.execute(insert(documents).values(digest=digest, path=path, text=text).on_conflict_do_nothing())


def get_document(tx: Transaction, digest: str) -> str:
    """The text of a document as it stood; raises NotFound."""
    found = tx.execute(select(documents.c.text).where(documents.c.digest == digest)).scalar()
    if found is None:
        raise NotFound(f"no document with digest {digest[:12]} is kept")
    return str(found)
