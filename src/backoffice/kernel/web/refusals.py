"""From a refusal to a status, and from a failure of the database to a refusal. The shape is the product's."""

import psycopg
from limits.errors import StorageError
from psycopg import errors as pg
from psycopg_pool import PoolClosed, PoolTimeout

from backoffice.kernel.errors import (
    Conflict,
    Forbidden,
    Invalid,
    MethodNotAllowed,
    NotFound,
    Refusal,
    TooLarge,
    TooManyRequests,
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


class Broken(Refusal):
    """Something went wrong on our side. Please quote request {request_id}."""

    code = "internal_error"
    request_id: str


def status_of(refusal: type[Refusal]) -> int:
    return next((STATUSES[family] for family in refusal.__mro__ if family in STATUSES), 500)


def headers_of(refusal: Refusal) -> list[tuple[bytes, bytes]]:
    if isinstance(refusal, TooManyRequests):
        return [(b"retry-after", str(refusal.retry_after_seconds).encode())]
    if isinstance(refusal, MethodNotAllowed):
        return [(b"allow", ", ".join(refusal.allowed).encode())]
    if isinstance(refusal, Unauthenticated):
        return [(b"www-authenticate", b"Bearer")]
    return []


BUSY = (
    StorageError,
    PoolTimeout,
    PoolClosed,
    pg.LockNotAvailable,
    pg.DeadlockDetected,
    pg.SerializationFailure,
    pg.QueryCanceled,
    pg.AdminShutdown,
    pg.TooManyConnections,
)


def refusal_of(failure: Exception, request_id: str) -> Refusal:
    """The refusal a caller sees: the one raised, Unavailable while the database is away or busy, else Broken."""
    if isinstance(failure, Refusal):
        return failure
    if isinstance(failure, BUSY) or type(failure) is psycopg.OperationalError:
        return Unavailable()
    return Broken(request_id=request_id)
