"""What only the owner of the tables may do, by a command: the application's role has no right to it."""

import asyncio
from uuid import UUID

import psycopg

TRIES = 60
"""Two seconds of waiting for a lock and one of rest each: whoever reads the log holds it."""


class NotDone(Exception):
    """The owner could not do it; the message says why."""


async def cut_audit_part(owner_url: str, part: str, *, entries: int, said: UUID, sha256: bytes) -> None:
    """Drop the oldest part of the audit log; `entries` of it were written out. NotDone leaves everything as it is."""
    async with await psycopg.AsyncConnection.connect(owner_url, autocommit=True) as connection:
        for tries in range(TRIES):
            try:
                await connection.execute("SELECT kernel.cut_audit_part(%s, %s, %s, %s)", [part, entries, said, sha256])
                return
            except psycopg.errors.LockNotAvailable:
                if tries == TRIES - 1:
                    raise NotDone("somebody is reading it all the time") from None
            except (psycopg.errors.RaiseException, psycopg.errors.InsufficientPrivilege) as failure:
                raise NotDone(str(failure).splitlines()[0]) from failure
            await asyncio.sleep(1)
