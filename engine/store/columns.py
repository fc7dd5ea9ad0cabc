"""Kinds of columns.  A default stands in the database too, for the rows that plain SQL writes."""

from datetime import UTC, datetime
from types import EllipsisType
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Identity, LargeBinary, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine
from sqlmodel import Field

Given = str | int | bool | EllipsisType | None
"""A default; `...` is none: the value must be given.  None asks for an annotation that allows it."""


def now() -> datetime:
    return datetime.now(UTC)


def identity() -> Any:
    """A number that the database gives: None until the row is added."""
    # As the sentinel it tells rows apart that are written in one statement; else each would need its own.
    given = {"insert_sentinel": True}
    return Field(
        default=None,
        primary_key=True,
        sa_type=BigInteger,
        sa_column_args=[Identity()],
        sa_column_kwargs=given,
    )


def shop_key() -> Any:
    """The first part of a tenant's primary key: None until a repository adds the row."""
    given = {"autoincrement": False}
    return Field(default=None, primary_key=True, sa_type=BigInteger, sa_column_kwargs=given)


def key() -> Any:
    """A part of a primary key that is given, not made."""
    return Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})


def words(default: Given = ..., max_length: int | None = None) -> Any:
    return _plain(Text(), default, max_length=max_length)


def big(default: Given = ...) -> Any:
    return _plain(BigInteger(), default)


def small(default: Given = ...) -> Any:
    return _plain(SmallInteger(), default)


def yes_no(default: bool) -> Any:
    return Field(default=default, sa_column_kwargs={"server_default": text(str(default).lower())})


def sealed(default: Given = ...) -> Any:
    """Bytes that only the vault can read."""
    return _plain(LargeBinary(), default)


def created() -> Any:
    return Field(default_factory=now, sa_column_kwargs={"server_default": text("now()")})


def touched() -> Any:
    """When the row last changed; kept by itself for what goes through a repository."""
    return Field(default_factory=now, sa_column_kwargs={"server_default": text("now()"), "onupdate": now})


def tree(default: Given = ...) -> Any:
    """JSON, `{}` where not given.  To change it assign a new one: what changes inside is not noticed."""
    if default is None:
        return Field(default=None, sa_type=JSONB(none_as_null=True))
    return Field(default_factory=dict, sa_type=JSONB(), sa_column_kwargs={"server_default": text("'{}'")})


def branches() -> Any:
    """A JSON list, `[]` where not given; to change it assign a new one."""
    return Field(default_factory=list, sa_type=JSONB(), sa_column_kwargs={"server_default": text("'[]'")})


def many(kind: TypeEngine[Any]) -> Any:
    """An array, empty where not given; to change it assign a new one."""
    return Field(default_factory=list, sa_type=ARRAY(kind), sa_column_kwargs={"server_default": text("'{}'")})


def _plain(kind: TypeEngine[Any], default: Given, **rules: Any) -> Any:
    if default is ...:
        return Field(sa_type=kind, **rules)
    if default is None:
        return Field(default=None, sa_type=kind, **rules)
    literal = f"'{default}'" if isinstance(default, str) else str(default)
    return Field(default=default, sa_type=kind, sa_column_kwargs={"server_default": text(literal)}, **rules)
