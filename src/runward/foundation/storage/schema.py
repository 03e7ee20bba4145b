"""Hold the one list of tables, and the column types that mean the same on SQLite and PostgreSQL."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, MetaData, String, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Every noun's `store.py` defines its tables on this; names of constraints come by themselves."""

_MOMENT = "%Y-%m-%dT%H:%M:%S.%fZ"


def canonical_json(value: object) -> str:
    """The one way we write JSON: keys sorted, no spaces, ASCII only, no NaN; tuples become lists.

    ASCII keeps NUL characters and half surrogates, which PostgreSQL and UTF-8 would refuse, as escapes.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def storable_text(text: str) -> str:
    """The text with what a database cannot hold made visible: NUL as ␀, half surrogates as escapes."""
    return text.replace("\0", "␀").encode("utf-8", "backslashreplace").decode()


class Moment(TypeDecorator[datetime]):
    """An aware moment in UTC, to the microsecond; refuses a naive one.

    A timestamp with time zone on PostgreSQL; on SQLite text of fixed width that sorts by time.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(String(27) if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone; moments are aware and in UTC")
        moment = value.astimezone(UTC)
        return moment.strftime(_MOMENT).rjust(27, "0") if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if dialect.name == "sqlite":
            return datetime.strptime(value, _MOMENT).replace(tzinfo=UTC)
        found: datetime = value
        return found.astimezone(UTC)


class JsonText(TypeDecorator[Any]):
    """Any JSON value as canonical text, the same bytes on both databases."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002  # SQLAlchemy's signature
        return None if value is None else canonical_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002  # SQLAlchemy's signature
        return None if value is None else json.loads(value)


class Words(TypeDecorator[str]):
    """Text from outside, made storable: neither NUL nor half surrogates stop the row from being written."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002  # SQLAlchemy's signature
        return None if value is None else storable_text(value)
