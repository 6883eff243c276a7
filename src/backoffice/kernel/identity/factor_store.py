"""The secrets of authenticator apps, and recovery codes.

Lock order: the person, then the secret, then the session.
"""

from dataclasses import dataclass, field

from backoffice.kernel.database.query import Query
from backoffice.kernel.secrets.rotation import sealed_column
from backoffice.kernel.write.transaction import Tx

MOST_WRONG = 5
CLOSED_SECONDS = 600
SEALED = sealed_column("kernel.totp", belongs="('totp:' || staff_id)")


def belongs(staff_id: int) -> str:
    """What a secret is bound to."""
    return f"totp:{staff_id}"


@dataclass(frozen=True, slots=True)
class TotpRow:
    """`wait_seconds` is how long no code is looked at any more, after too many wrong ones."""

    key_id: str
    sealed: bytes = field(repr=False)
    is_confirmed: bool
    used_step: int
    wait_seconds: int


def lock_totp(tx: Tx, staff_id: int) -> Query[TotpRow | None]:
    """The secret, held until this write ends: of two with one code the second is late."""
    return tx.find(
        TotpRow,
        """
        SELECT key_id, sealed, confirmed_at IS NOT NULL AS is_confirmed, used_step,
               CASE WHEN wrong_tries >= %(most)s
                    THEN greatest(ceil(extract(epoch FROM wrong_at - clock_timestamp()) + %(closed)s), 0)
                    ELSE 0 END::bigint AS wait_seconds
          FROM kernel.totp WHERE staff_id = %(staff_id)s FOR UPDATE
        """,
        staff_id=staff_id,
        most=MOST_WRONG,
        closed=CLOSED_SECONDS,
    )


def set_offered(tx: Tx, staff_id: int, *, key_id: str, sealed: bytes) -> Query[int]:
    """Another secret instead of one that no code has confirmed. Wrong tries stay counted."""
    return tx.run(
        """
        INSERT INTO kernel.totp (staff_id, key_id, sealed) VALUES (%(staff_id)s, %(key_id)s, %(sealed)s)
        ON CONFLICT (staff_id) DO UPDATE
                SET key_id = excluded.key_id, sealed = excluded.sealed, offered_at = clock_timestamp(), used_step = 0
              WHERE kernel.totp.confirmed_at IS NULL
        """,
        staff_id=staff_id,
        key_id=key_id,
        sealed=sealed,
    )


def set_used(tx: Tx, staff_id: int, *, step: int) -> Query[int]:
    """The app has proved itself with the code of this step, or its owner with a recovery code."""
    return tx.run(
        """
        UPDATE kernel.totp
           SET used_step = greatest(used_step, %(step)s), wrong_tries = 0, wrong_at = NULL,
               confirmed_at = coalesce(confirmed_at, clock_timestamp())
         WHERE staff_id = %(staff_id)s
        """,
        staff_id=staff_id,
        step=step,
    )


def set_wrong(tx: Tx, staff_id: int) -> Query[int]:
    """One more wrong try; after the closed time they are counted anew."""
    return tx.run(
        """
        UPDATE kernel.totp
           SET wrong_tries = CASE WHEN wrong_at < clock_timestamp() - make_interval(secs => %(closed)s::int)
                                  THEN 1 ELSE wrong_tries + 1 END,
               wrong_at = clock_timestamp()
         WHERE staff_id = %(staff_id)s
        """,
        staff_id=staff_id,
        closed=CLOSED_SECONDS,
    )


def delete_totp(tx: Tx, staff_id: int) -> Query[int]:
    """With its recovery codes, and with the proofs that were given by it."""
    return tx.run(
        """
        WITH codes AS (DELETE FROM kernel.recovery_code WHERE staff_id = %(staff_id)s),
             proofs AS (UPDATE kernel.session SET proved_at = NULL
                         WHERE staff_id = %(staff_id)s AND proved_at IS NOT NULL)
        DELETE FROM kernel.totp WHERE staff_id = %(staff_id)s
        """,
        staff_id=staff_id,
    )


def insert_recovery_codes(tx: Tx, staff_id: int, hashes: list[bytes]) -> Query[int]:
    return tx.run(
        """
        INSERT INTO kernel.recovery_code (staff_id, code_hash)
        SELECT %(staff_id)s, unnest(%(hashes)s::bytea[])
        """,
        staff_id=staff_id,
        hashes=hashes,
    )


def set_recovery_code_used(tx: Tx, staff_id: int, code_hash: bytes) -> Query[int]:
    """How many codes this was: none where it is wrong, or was used before."""
    return tx.run(
        """
        UPDATE kernel.recovery_code SET used_at = clock_timestamp()
         WHERE staff_id = %(staff_id)s AND code_hash = %(code_hash)s AND used_at IS NULL
        """,
        staff_id=staff_id,
        code_hash=code_hash,
    )
