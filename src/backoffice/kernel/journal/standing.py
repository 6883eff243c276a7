"""Whether this database is behind its journal: restored with plain tools, or another server than before.

journal ahead of it                                  it was restored to an earlier moment: held
all that the journal tells is in it                  nothing is missing, also on a server that was promoted
another server or timeline, and no journal to ask    nobody can say what is missing: held
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from backoffice.kernel.database.query import Db, Query
from backoffice.kernel.journal.book import Journal, Kind, Line

RESTORED = "the journal knows of more than this database: it was restored to an earlier moment"
ELSEWHERE = "this database comes from another server or was restored, and no journal says what is missing"


@dataclass(frozen=True, slots=True)
class StandingRow:
    """How far this database is: its last mark, the newest job it gave out, and the server it is on.

    `known_*` is the server that the last mark was made on; None before the first.
    """

    number: int
    at: datetime
    last_job: int
    system_identifier: str
    timeline: int
    known_identifier: str | None
    known_timeline: int | None


def get_standing(db: Db) -> Query[StandingRow]:
    """A server that still follows another has no timeline of its own yet: it counts as on that of the last mark."""
    return db.one(
        StandingRow,
        """
        SELECT m.number, m.at,
               coalesce(pg_sequence_last_value('procrastinate.procrastinate_jobs_id_seq'), 0)::bigint AS last_job,
               c.system_identifier::text AS system_identifier,
               CASE WHEN pg_is_in_recovery() THEN coalesce(m.timeline, 0)
                    ELSE ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::bigint
               END AS timeline,
               m.system_identifier AS known_identifier, m.timeline AS known_timeline
          FROM kernel.journal_mark m, pg_control_system() c
        """,
    )


def is_behind(standing: StandingRow, *, mark: Line | None, sent: Line | None) -> bool:
    """Whether the newest mark, or the newest line of what was sent, is of a later time than this database.

    A mark is written before the database knows it, so that it may be one ahead. Other machines ask their own journals.
    """
    if mark is not None and mark["number"] > standing.number + 1:
        return True
    return sent is not None and sent["job"] > standing.last_job


def is_elsewhere(standing: StandingRow) -> bool:
    """Whether the last mark was made on another server, or before somebody restored or promoted this one."""
    known, now = standing.known_identifier, standing.system_identifier
    return known is not None and (known != now or standing.known_timeline != standing.timeline)


@dataclass(frozen=True, slots=True)
class Found:
    """`has_journal` is False where this machine has never followed this database, or has lost what it wrote."""

    standing: StandingRow
    is_behind: bool
    has_journal: bool


async def look(db: Db, journal: Journal) -> Found:
    """This database beside the journal as it is on this machine's disk."""
    standing = await get_standing(db)
    mark = await asyncio.to_thread(journal.newest, Kind.MARK)
    sent = await asyncio.to_thread(journal.newest, Kind.SENT)
    has_journal = mark is not None or sent is not None
    return Found(standing, is_behind(standing, mark=mark, sent=sent), has_journal)
