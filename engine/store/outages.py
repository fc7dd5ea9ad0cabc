"""What the database cannot or will not do, as refusals."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from sqlalchemy import exc
from sqlalchemy.orm.exc import StaleDataError

from engine.refusals import Conflict, Invalid, NotFound, Refusal, Unavailable

_OUTAGES: tuple[type[BaseException], ...] = (
    asyncpg.PostgresConnectionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    OSError,
    TimeoutError,
    exc.TimeoutError,
)


_CLOSED: tuple[tuple[type[Exception], str], ...] = (
    (asyncpg.InterfaceError, "closed"),
    (asyncpg.InterfaceError, "closing"),
    # A connection that was ended while it lay idle: the driver only notices when it is used.
    (asyncpg.InternalClientError, "another operation"),
    (asyncpg.ObjectNotInPrerequisiteStateError, "not currently accepting connections"),
)
_DATABASE = (
    exc.SQLAlchemyError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    TimeoutError,  # a statement that got no answer in its time
)


@contextmanager
def refusing() -> Iterator[None]:
    """Raises Unavailable for an outage, Conflict for a name taken, Invalid for a link to nothing, NotFound
    for a row that somebody deleted while it was being changed.

    Every other error passes: it is a mistake of ours, or not the database's.
    """
    try:
        yield
    except _DATABASE as error:
        refusal = refusal_for(error)
        if refusal is None:
            raise
        raise refusal from error


@contextmanager
def reaching() -> Iterator[None]:
    """As `refusing`, round nothing but the making of a connection: there the network's errors count too."""
    try:
        with refusing():
            yield
    except OSError as error:
        raise Unavailable from error


def refusal_for(error: BaseException) -> Refusal | None:
    """What an error of the database amounts to; None where it is no answer to a request."""
    if not isinstance(error, _DATABASE):
        return None
    if isinstance(error, exc.DBAPIError) and error.connection_invalidated:
        return Unavailable()
    if isinstance(error, StaleDataError):
        return NotFound("thing any more")
    # SQLAlchemy wraps the driver's error twice; what matters is at the bottom.
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, _OUTAGES) or _is_closed(cause):
            return Unavailable()
        if isinstance(cause, asyncpg.UniqueViolationError):
            return Conflict("There is one like it already.", field=_column(cause))
        if isinstance(cause, asyncpg.ForeignKeyViolationError):
            return Invalid({_column(cause) or "common": "There is no such thing in this shop."})
        cause = cause.__cause__
    return None


def _is_closed(error: BaseException) -> bool:
    """Of these errors not all are outages, and nothing but their words tells them apart."""
    return any(isinstance(error, kind) and word in str(error) for kind, word in _CLOSED)


def _column(error: asyncpg.PostgresError) -> str | None:
    """The last column of a broken constraint, out of `Key (shop_id, name)=(1, x) already exists.`

    Or `Key (shop_id, lower(name))=…`.
    """
    detail = str(error.detail or "")
    columns = detail.partition("(")[2].partition(")")[0]
    return columns.rpartition(", ")[2].rpartition("(")[2].strip('"') or None
