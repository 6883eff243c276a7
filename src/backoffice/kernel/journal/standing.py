"""Whether this database is behind its journal: restored with plain tools, or another server than before.

journal ahead of it                                  it was restored to an earlier moment: held
a job that left waits here for the same try          the same, by seconds
all that the journal tells is in it                  nothing is missing, also on a server that was promoted
promoted since this machine looked                   what left since is looked for, row by row: recovery/lacking.py
another server or timeline, and no journal to ask    nobody can say what is missing: held
the same, and the journal is an old one              held by a worker, from which things leave
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from backoffice.kernel.database.query import Db, Query, together
from backoffice.kernel.journal.book import Journal, Kind, Line, at_of, line
from backoffice.kernel.write.transaction import Tx

RESTORED = "the journal knows of more than this database: it was restored to an earlier moment"
ELSEWHERE = "this database comes from another server or was restored, and no journal says what is missing"

SLACK = timedelta(seconds=30)
"""Lines from just before a moment count as after it: two machines' clocks may differ."""
STEPS_LOOKED_FOR = timedelta(hours=1)
"""Before the last mark: machines' clocks may differ."""
STEPS_KEPT = timedelta(days=1)
OLD = timedelta(minutes=5)
"""Workers that run beside each other take turns in marking: within this time each has had one."""


@dataclass(frozen=True, slots=True)
class StandingRow:
    """How far this database is: its last mark, the newest job it gave out, and the server it is on.

    `known_*` is the server that the last mark was made on; None before the first. `looked_at` is the database's clock.
    """

    number: int
    at: datetime
    last_job: int
    system_identifier: str
    timeline: int
    known_identifier: str | None
    known_timeline: int | None
    looked_at: datetime

    @property
    def server(self) -> str:
        """As marks of the journal name it."""
        return f"{self.system_identifier}/{self.timeline}"


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
               m.system_identifier AS known_identifier, m.timeline AS known_timeline,
               statement_timestamp() AS looked_at
          FROM kernel.journal_mark m, pg_control_system() c
        """,
    )


class OtherServer(Exception):
    """PostgreSQL is another server, or was promoted, since this process looked what it has of the journal."""


@dataclass(frozen=True, slots=True)
class StepRow:
    id: UUID
    number: int
    server: str


async def step(tx: Tx, journal: Journal) -> Line:
    """For the write that commits what is about to move money; the line goes into the journal beside what moves.

    Between two marks a database that lost this write is known by its lacking the row. OtherServer where nobody here has
    looked yet what the server of this write has lost.
    """
    made = await tx.one(
        StepRow,
        """
        INSERT INTO kernel.journal_step DEFAULT VALUES
        RETURNING id, (SELECT number FROM kernel.journal_mark) AS number,
                  (SELECT system_identifier FROM pg_control_system()) || '/'
                      || ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::bigint AS server
        """,
    )
    if journal.server not in (None, made.server):
        raise OtherServer
    return line(Kind.STEP, id=str(made.id), number=made.number)


def is_behind(standing: StandingRow, tail: Sequence[Line]) -> bool:
    """Whether the newest mark, or what was sent or moved since the last mark that this database has, is of later times.

    A mark is written before the database knows it, so that it may be one ahead; a step after. Other machines ask their
    own journals. Steps have names besides, which say it between two marks: see `lacks_step`.
    """
    newest = [one for one in tail if one["kind"] == Kind.MARK][-1:]
    return (
        any(mark["number"] > standing.number + 1 for mark in newest)
        or any(step["number"] > standing.number for step in _after_mark(standing, tail, Kind.STEP))
        or any(sent["job"] > standing.last_job for sent in _after_mark(standing, tail, Kind.SENT))
    )


def sent_lately(standing: StandingRow, tail: Sequence[Line]) -> list[Line]:
    """What was sent after the last mark that this database has."""
    since = standing.at - SLACK
    return [one for one in _after_mark(standing, tail, Kind.SENT) if "tries" in one and at_of(one) >= since]


def _after_mark(standing: StandingRow, tail: Sequence[Line], kind: Kind) -> list[Line]:
    """Who has a mark has all that was committed before its line was written."""
    first = 0
    for at, one in enumerate(tail):
        if one["kind"] == Kind.MARK and one["number"] <= standing.number:
            first = at
    return [one for one in tail[first:] if one["kind"] == kind]


def steps_lately(standing: StandingRow, tail: Sequence[Line]) -> list[UUID]:
    """Of moves of money after the last mark that this database has. Rows of what came before it are kept longer."""
    since = standing.at - STEPS_LOOKED_FOR
    return [UUID(one["id"]) for one in _after_mark(standing, tail, Kind.STEP) if "id" in one and at_of(one) >= since]


def lacks_step(db: Db, steps: Sequence[UUID]) -> Query[bool]:
    return db.value(
        bool,
        """
        SELECT EXISTS (SELECT FROM unnest(%(steps)s::uuid[]) AS told (id)
                        WHERE NOT EXISTS (SELECT FROM kernel.journal_step s WHERE s.id = told.id))
        """,
        steps=list(steps),
    )


def insert_steps(tx: Tx, steps: Sequence[UUID]) -> Query[int]:
    """Those of a past that was given up are known from now on."""
    return tx.run(
        "INSERT INTO kernel.journal_step (id) SELECT unnest(%(steps)s::uuid[]) ON CONFLICT (id) DO NOTHING",
        steps=list(steps),
    )


def delete_steps(tx: Tx) -> Query[int]:
    """Marks have come since, which say the same of them."""
    return tx.run(
        "DELETE FROM kernel.journal_step WHERE made_at < clock_timestamp() - %(kept)s::interval", kept=STEPS_KEPT
    )


def has_unsent(db: Db, sent: Sequence[Line]) -> Query[bool]:
    """Whether a job that left for a try still waits for the same try here."""
    return db.value(
        bool,
        """
        SELECT EXISTS (SELECT FROM procrastinate.procrastinate_jobs j
                         JOIN unnest(%(jobs)s::bigint[], %(tries)s::integer[]) AS left_house (id, tries) USING (id)
                        WHERE j.status = 'todo' AND j.attempts <= left_house.tries)
        """,
        jobs=[one["job"] for one in sent],
        tries=[one["tries"] for one in sent],
    )


def is_elsewhere(standing: StandingRow) -> bool:
    """Whether the last mark was made on another server, or before somebody restored or promoted this one."""
    known, now = standing.known_identifier, standing.system_identifier
    return known is not None and (known != now or standing.known_timeline != standing.timeline)


@dataclass(frozen=True, slots=True)
class Found:
    """`has_journal` is False where this machine has never followed this database, or has lost what it wrote.

    `is_old` says that it had written nothing for minutes when this database was marked last: it proves nothing then.
    `moved_since` is when this machine looked last, where that was on another server or timeline; else None. Then
    numbers prove little: a sequence is 32 ahead in the log, so that a second that was lost does not show in it.
    """

    standing: StandingRow
    is_behind: bool
    has_journal: bool
    is_old: bool
    moved_since: datetime | None = None


async def look(db: Db, journal: Journal) -> Found:
    """This database beside the journal as it is on this machine's disk.

    The journal is read first: what is written while we look is in the database by the time it is asked.
    """
    tail = await asyncio.to_thread(journal.tail)
    standing = await get_standing(db)
    behind = is_behind(standing, tail) or any(
        await together(lacks_step(db, steps_lately(standing, tail)), has_unsent(db, sent_lately(standing, tail)))
    )
    own = [at_of(one) for one in tail if one["kind"] in (Kind.MARK, Kind.STEP, Kind.SENT)]
    is_old = bool(own) and own[-1] < standing.at - OLD
    moved_since = _moved_since(standing, tail)
    return Found(standing, behind, has_journal=bool(own), is_old=is_old, moved_since=moved_since)


def _moved_since(standing: StandingRow, tail: Sequence[Line]) -> datetime | None:
    newest = [one for one in tail if one["kind"] == Kind.MARK][-1:]
    return next((at_of(one) for one in newest if one.get("server", standing.server) != standing.server), None)
