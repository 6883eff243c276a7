"""From a refusal to a status, and from a failure of the database to a refusal. The shape is the product's."""

import errno

import psycopg
from cashews.exceptions import CacheBackendInteractionError
from limits.errors import StorageError
from procrastinate.exceptions import ConnectorException
from psycopg import errors as pg
from psycopg_pool import PoolClosed, PoolTimeout
from psycopg_pool import TooManyRequests as PoolOverrun
from starlette.exceptions import HTTPException

from backoffice.kernel.errors import (
    Conflict,
    Forbidden,
    Invalid,
    MethodNotAllowed,
    NotFound,
    Refusal,
    TooLarge,
    TooManyRequests,
    TooSlow,
    Unauthenticated,
    Unavailable,
    UnsupportedMedia,
)

STATUSES: dict[type[Refusal], int] = {
    Invalid: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    MethodNotAllowed: 405,
    TooSlow: 408,
    Conflict: 409,
    TooLarge: 413,
    UnsupportedMedia: 415,
    TooManyRequests: 429,
    Unavailable: 503,
}
ALWAYS = (
    Invalid,
    Unauthenticated,
    Forbidden,
    MethodNotAllowed,
    TooLarge,
    UnsupportedMedia,
    TooManyRequests,
    Unavailable,
)
"""What any door may answer, beside its own errors and 500."""


class PermissionDenied(Forbidden):
    """Access denied. Required roles: {roles}"""

    required_permission: str
    roles: str


class ScopeMissing(Forbidden):
    """This API key may not do that. Required scope: {required_scope}"""

    required_scope: str


class Broken(Refusal):
    """Something went wrong on our side. Please quote request {request_id}."""

    request_id: str


def status_of(refusal: type[Refusal]) -> int:
    return next((STATUSES[family] for family in refusal.__mro__ if family in STATUSES), 500)


def headers_of(refusal: Refusal) -> list[tuple[bytes, bytes]]:
    if isinstance(refusal, TooManyRequests):
        return [(b"retry-after", str(refusal.retry_after_seconds).encode())]
    if isinstance(refusal, Unavailable):
        return [(b"retry-after", str(refusal.retry_after_seconds).encode())]
    if isinstance(refusal, MethodNotAllowed):
        return [(b"allow", ", ".join(refusal.allowed).encode())]
    if isinstance(refusal, TooSlow | TooLarge):  # the rest of the body stays unread
        return [(b"connection", b"close")]
    if isinstance(refusal, Unauthenticated):
        return [(b"www-authenticate", b"Bearer")]
    return []


BUSY = (StorageError, CacheBackendInteractionError, PoolTimeout, PoolClosed, PoolOverrun, pg.ConnectionTimeout)
BUSY_CLASSES = ("08", "53", "57", "58")
"""Connection lost, too little of something (disk, memory, connections), stopped or stopping, a system call failed.

PgBouncer says `no more connections allowed` and `query_wait_timeout` as 08P01."""
BUSY_STATES = (
    pg.LockNotAvailable,
    pg.DeadlockDetected,
    pg.SerializationFailure,
    pg.IdleInTransactionSessionTimeout,
    pg.ReadOnlySqlTransaction,  # what was the primary a moment ago
    pg.InvalidSqlStatementName,  # a pooler that can't keep prepared statements, and DATABASE_PREPARE_STATEMENTS on
    pg.DuplicatePreparedStatement,
)
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM)


def refusal_of(failure: BaseException, request_id: str) -> Refusal:
    """The refusal a caller sees: the one raised, Unavailable while something is away, busy or full, else Broken."""
    if isinstance(failure, Refusal):
        return failure
    if isinstance(failure, HTTPException):
        return _of_the_framework(failure, request_id)
    if isinstance(failure, ConnectorException) and failure.__cause__ is not None:
        return refusal_of(failure.__cause__, request_id)
    return Unavailable() if _is_busy(failure) else Broken(request_id=request_id)


def _of_the_framework(failure: HTTPException, request_id: str) -> Refusal:
    """The documentation's own routes and files say so when they are asked for what is not there."""
    if failure.status_code == 404:
        return NotFound()
    if failure.status_code == 405:
        return MethodNotAllowed(allowed=("GET", "HEAD"))
    return Broken(request_id=request_id)


def _is_busy(failure: BaseException) -> bool:
    if isinstance(failure, BUSY):
        return True
    if isinstance(failure, psycopg.Error):
        lost = type(failure) is psycopg.OperationalError and failure.sqlstate is None
        return lost or (failure.sqlstate or "")[:2] in BUSY_CLASSES or isinstance(failure, BUSY_STATES)
    return isinstance(failure, OSError) and failure.errno in FULL
