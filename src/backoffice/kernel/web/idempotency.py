"""A write sent twice with one Idempotency-Key happens once: the second gets the first answer, byte for byte.

The scope is the actor and the door with what its path names, however it is spelled; query and body are kept as a keyed
hash. Only committed answers are kept.
"""

import hashlib
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from psycopg.errors import UniqueViolation

from backoffice.kernel.database.query import Db, Query
from backoffice.kernel.errors import BadInput, Conflict
from backoffice.kernel.jobs.queue import HOUR, MINUTE, JobRun, periodic
from backoffice.kernel.lanes import Lane
from backoffice.kernel.web.call import Call, Given

LONGEST_KEY = 255
HEADER = "idempotency-key"
REPLAYED = ((b"idempotent-replayed", b"true"),)
"""The headers of an answer that was given before."""


class KeyInProgress(Conflict):
    """A request with this Idempotency-Key is still in progress."""


class KeyReused(Conflict):
    """This Idempotency-Key was already used with a different request."""


class KeyLost(Conflict):
    """This Idempotency-Key was used before the restore to {moment}, which undid its write: look, then use a new key."""

    moment: str


class KeyRequired(BadInput):
    """The Idempotency-Key header is required."""

    summary: str = ""


@dataclass(frozen=True, slots=True)
class ClaimRow:
    obtained: bool
    body_hash: bytes | None
    status: int | None
    answer: bytes | None
    lost_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ticketed:
    """One request under its key."""

    key: bytes
    lock: int
    body_hash: bytes


class Replay(Exception):
    """Carries the first answer out of the write, which then ends without a change."""

    def __init__(self, status: int, answer: bytes) -> None:
        super().__init__(status)
        self.status = status
        self.answer = answer


def key_of(headers: Given, *, required: bool) -> str | None:
    key = headers.get(HEADER)
    if key is None and required:
        raise KeyRequired
    if key is not None and not 1 <= len(key) <= LONGEST_KEY:
        raise BadInput(summary=f"Idempotency-Key must have 1 to {LONGEST_KEY} characters")
    return key


def ticketed(call: Call, key: str) -> Ticketed:
    """The request under its key. What it says is kept as a hash under a secret of the house: nobody guesses it back."""
    actor = call.caller
    door = (call.request.method, call.door, *call.place)
    scope = "\n".join((actor.product, actor.kind, str(actor.id), *door, key))
    name = hashlib.sha256(scope.encode("utf-8", "surrogatepass")).digest()
    secret = call.house.settings.token_secret.get_secret_value().encode()
    asked = b"" if call.query is None else call.query.model_dump_json().encode()
    said = b"\n".join((name, hashlib.sha256(asked).digest(), call.body))
    return Ticketed(name, int.from_bytes(name[:8], signed=True), hmac.digest(secret, said, "sha256"))


def claim(tx: Db, request: Ticketed) -> Query[ClaimRow]:
    """Hold the key until this write ends, and see whether it was answered before: one statement."""
    return tx.one(
        ClaimRow,
        """
        WITH forgotten AS (
            DELETE FROM kernel.idempotency_key WHERE key = %(key)s AND created_at <= now() - interval '24 hours'
        )
        SELECT l.obtained, k.body_hash, k.status, k.answer, k.lost_since
          FROM (SELECT pg_try_advisory_xact_lock(%(lock)s) AS obtained) l
          LEFT JOIN kernel.idempotency_key k ON k.key = %(key)s AND k.created_at > now() - interval '24 hours'
        """,
        lock=request.lock,
        key=request.key,
    )


def keep(tx: Db, request: Ticketed, *, status: int, answer: bytes) -> Query[int]:
    """Keep the answer under its key.

    A write that looked a moment before another one with its key committed finds the key free, and fails here: its
    statement saw the time before, its lock was granted in the time after.
    """
    return tx.run(
        """
        INSERT INTO kernel.idempotency_key (key, body_hash, status, answer)
             VALUES (%(key)s, %(body_hash)s, %(status)s, %(answer)s)
        """,
        key=request.key,
        body_hash=request.body_hash,
        status=status,
        answer=answer,
    )


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """What comes of two writes with one key that passed each other: the later one is told to come again."""
    try:
        yield
    except UniqueViolation as violation:
        if violation.diag.table_name == "idempotency_key":
            raise KeyInProgress from violation
        raise


def answer_before(claimed: ClaimRow, request: Ticketed) -> None:
    """Nothing for a new key; else Replay with the first answer, or the conflict."""
    if not claimed.obtained:
        raise KeyInProgress
    if claimed.lost_since is not None:
        raise KeyLost(moment=f"{claimed.lost_since.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC")
    if claimed.answer is None or claimed.body_hash is None or claimed.status is None:
        return
    if not hmac.compare_digest(claimed.body_hash, request.body_hash):
        raise KeyReused
    raise Replay(claimed.status, claimed.answer)


@periodic("kernel.forget_idempotency_keys", every_seconds=HOUR, at_second=17 * MINUTE, lane=Lane.BULK)
async def forget_idempotency_keys(run: JobRun) -> None:
    """Answers are kept 24 hours."""
    async with run.write() as tx:
        await tx.run("DELETE FROM kernel.idempotency_key WHERE created_at < now() - interval '24 hours'")
