"""What of sign-ins is kept how long: ended sessions 30 days, refresh tokens a day past their end, devices 90 days.

Who signed in, and from where, stays in the audit log.
"""

from backoffice.kernel.database.query import Query
from backoffice.kernel.identity.devices import KEPT_DAYS as DEVICE_DAYS
from backoffice.kernel.jobs.queue import HOUR, MINUTE, JobRun, periodic
from backoffice.kernel.lanes import Lane
from backoffice.kernel.write.transaction import Tx

SESSION_DAYS = 30
ROWS_AT_ONCE = 5_000
"""Rows of one write, so that no lock and no replica waits for millions."""


@periodic("kernel.forget_sign_ins", every_seconds=HOUR, at_second=41 * MINUTE, lane=Lane.BULK)
async def forget_sign_ins(run: JobRun) -> None:
    """Delete what is past its time, some thousands at once."""
    for delete in (delete_refresh_tokens, delete_sessions, delete_devices):
        deleted = ROWS_AT_ONCE
        while deleted == ROWS_AT_ONCE:
            async with run.write() as tx:
                deleted = await delete(tx)


def delete_refresh_tokens(tx: Tx) -> Query[int]:
    """Those that have not been good for a day. A used one stays until then: used again, it ends its session."""
    return tx.run(
        """
        DELETE FROM kernel.refresh_token
         WHERE id IN (SELECT id FROM kernel.refresh_token WHERE expires_at < now() - interval '1 day'
                       ORDER BY expires_at LIMIT %(most)s)
        """,
        most=ROWS_AT_ONCE,
    )


def delete_sessions(tx: Tx) -> Query[int]:
    """Those that ran out so long ago. One that was ended earlier goes with the others of its time."""
    return tx.run(
        """
        DELETE FROM kernel.session
         WHERE id IN (SELECT id FROM kernel.session WHERE expires_at < now() - make_interval(days => %(days)s::int)
                       ORDER BY expires_at LIMIT %(most)s)
        """,
        days=SESSION_DAYS,
        most=ROWS_AT_ONCE,
    )


def delete_devices(tx: Tx) -> Query[int]:
    """From which nobody has signed in for so long."""
    return tx.run(
        """
        DELETE FROM kernel.known_device
         WHERE (staff_id, device) IN (SELECT staff_id, device FROM kernel.known_device
                                       WHERE seen_at < now() - make_interval(days => %(days)s::int)
                                       ORDER BY seen_at LIMIT %(most)s)
        """,
        days=DEVICE_DAYS,
        most=ROWS_AT_ONCE,
    )
