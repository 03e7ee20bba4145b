"""Keep documents as they stood when plans were made of them."""

from sqlalchemy import Column, String, Table, insert, select

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
    """Keep a document as it stood when a plan was made of it; the same one twice is one row."""
    if tx.execute(select(documents.c.digest).where(documents.c.digest == digest)).first() is None:
        tx.execute(insert(documents).values(digest=digest, path=path, text=text))


def get_document(tx: Transaction, digest: str) -> str:
    """The text of a document as it stood; raises NotFound."""
    found = tx.execute(select(documents.c.text).where(documents.c.digest == digest)).scalar()
    if found is None:
        raise NotFound(f"no document with digest {digest[:12]} is kept")
    return str(found)
