"""The outbox of messages: what waits, what was tried, how it ended. Recipient and text only ever sealed."""

from dataclasses import dataclass, field
from datetime import datetime

from backoffice.kernel.database import Db, Pages, Query
from backoffice.kernel.notify import rules
from backoffice.kernel.notify.rules import Channel, Outcome, Status
from backoffice.kernel.secrets.rotation import sealed_column
from backoffice.kernel.write import Tx

SEALED = sealed_column("kernel.notification")
"""What is sealed under the key ring: messages to people who have no key of their own."""


@dataclass(frozen=True, slots=True)
class NewNotice:
    id: str
    product: str
    template: str
    key: str
    person: str | None
    key_id: str | None
    sealed: bytes = field(repr=False)
    channel: Channel

    @property
    def status(self) -> Status:
        return Status.SENT if self.channel is Channel.IN_APP else Status.QUEUED


@dataclass(frozen=True, slots=True)
class SealedRow:
    id: str
    data_subject: str | None
    key_id: str | None
    sealed: bytes | None = field(repr=False)
    channel: Channel
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ClaimedRow(SealedRow):
    """A message about to be sent; `attempts` counts this try."""

    attempts: int
    queued_at: datetime


@dataclass(frozen=True, slots=True)
class NoticeRow:
    data_subject: str | None
    status: Status
    has_text: bool


@dataclass(frozen=True, slots=True)
class ListedRow:
    id: str
    product: str
    template: str
    channel: Channel
    status: Status
    attempts: int
    error: str | None
    queued_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class CountRow:
    status: Status
    notices: int


NOTICES = Pages(
    "notifications",
    ListedRow,
    source="kernel.notification",
    key="id",
    order="id DESC",
    filters={"unsent": {True: "status IN ('failed', 'unknown')"}},
    sql="""
    SELECT id, product, template, channel, status, attempts, error, queued_at, ended_at
      FROM {source} {where}
     ORDER BY {order} {cut}
    """,
)


def insert_notice(tx: Tx, new: NewNotice) -> Query[str | None]:
    """The id, or None where the same was said before."""
    return tx.find_value(
        str,
        """
        INSERT INTO kernel.notification (id, product, template, key, data_subject, key_id, sealed, channel, status,
                                         ended_at)
             VALUES (%(id)s, %(product)s, %(template)s, %(key)s, %(person)s, %(key_id)s, %(sealed)s, %(channel)s,
                     %(status)s, CASE WHEN %(status)s = 'sent' THEN now() END)
        ON CONFLICT (product, key) DO NOTHING
          RETURNING id
        """,
        id=new.id,
        product=new.product,
        template=new.template,
        key=new.key,
        person=new.person,
        key_id=new.key_id,
        sealed=new.sealed,
        channel=new.channel,
        status=new.status,
    )


def set_sending(tx: Tx, notice_id: str) -> Query[ClaimedRow | None]:
    """Take a message that waits."""
    return tx.find(
        ClaimedRow,
        """
        UPDATE kernel.notification SET status = 'sending', attempts = attempts + 1
         WHERE id = %(notice_id)s AND status = 'queued'
     RETURNING id, data_subject, key_id, sealed, channel, created_at, attempts, queued_at
        """,
        notice_id=notice_id,
    )


def set_interrupted(tx: Tx, notice_id: str) -> Query[int]:
    """Whoever was sending it is gone: nobody knows whether it left."""
    return tx.run(
        """
        UPDATE kernel.notification SET status = 'unknown', error = %(why)s, ended_at = now()
         WHERE id = %(notice_id)s AND status = 'sending'
        """,
        notice_id=notice_id,
        why=rules.INTERRUPTED,
    )


async def set_sent_before(tx: Tx, notice_ids: list[str]) -> int:
    """After a restore: these wait here and were being sent then. Whether they left nobody knows; how many there are."""
    await tx.run(
        """
        UPDATE kernel.notification SET status = 'sending', attempts = attempts + 1
         WHERE id = ANY (%(notice_ids)s) AND status = 'queued'
        """,
        notice_ids=notice_ids,
    )
    return await tx.run(
        """
        UPDATE kernel.notification SET status = 'unknown', error = %(why)s, ended_at = now()
         WHERE id = ANY (%(notice_ids)s) AND status = 'sending'
        """,
        notice_ids=notice_ids,
        why=rules.SENT_BEFORE,
    )


def set_outcome(tx: Tx, row: ClaimedRow, outcome: Outcome) -> Query[int]:
    """What this try came to, also where it was given up for interrupted meanwhile; a later try is not touched."""
    return tx.run(
        """
        UPDATE kernel.notification
           SET status = %(status)s, error = %(error)s,
               ended_at = CASE WHEN %(status)s <> 'queued' THEN now() END
         WHERE id = %(notice_id)s AND attempts = %(attempt)s AND status IN ('sending', 'unknown')
        """,
        notice_id=row.id,
        attempt=row.attempts,
        status=outcome.status,
        error=outcome.error,
    )


def find_product(db: Db, notice_id: str) -> Query[str | None]:
    return db.find_value(str, "SELECT product FROM kernel.notification WHERE id = %(notice_id)s", notice_id=notice_id)


def lock_notice(tx: Tx, notice_id: str) -> Query[NoticeRow]:
    return tx.one(
        NoticeRow,
        """
        SELECT data_subject, status, sealed IS NOT NULL AS has_text
          FROM kernel.notification WHERE id = %(notice_id)s FOR UPDATE
        """,
        notice_id=notice_id,
        missing=rules.NoticeNotFound(notice_id=notice_id),
    )


def set_queued(tx: Tx, notice_id: str) -> Query[int]:
    """Once more, with another day to be tried."""
    return tx.run(
        """
        UPDATE kernel.notification SET status = 'queued', queued_at = now(), ended_at = NULL, error = NULL
         WHERE id = %(notice_id)s
        """,
        notice_id=notice_id,
    )


def list_to(db: Db, person: str, *, product: str, limit: int) -> Query[list[SealedRow]]:
    """What waits in this person's app, newest first, as long as its text is kept."""
    return db.all(
        SealedRow,
        """
        SELECT id, data_subject, key_id, sealed, channel, created_at
          FROM kernel.notification
         WHERE data_subject = %(person)s AND product = %(product)s AND channel = 'in_app' AND sealed IS NOT NULL
         ORDER BY id DESC LIMIT %(limit)s
        """,
        person=person,
        product=product,
        limit=limit,
    )


def find_nth_latest(db: Db, person: str, *, template: str, nth: int) -> Query[datetime | None]:
    """When this was said to this person the nth time before now; None where it was not said so often."""
    return db.find_value(
        datetime,
        """
        SELECT created_at FROM kernel.notification
         WHERE data_subject = %(person)s AND template = %(template)s
         ORDER BY id DESC OFFSET %(nth)s - 1 LIMIT 1
        """,
        person=person,
        template=template,
        nth=nth,
    )


def list_newest(db: Db, *, unsent: bool) -> Query[list[ListedRow]]:
    return NOTICES.rows(db, {"unsent": unsent}, limit=200)


def count_by_status(db: Db) -> Query[list[CountRow]]:
    return db.all(
        CountRow, "SELECT status, count(*) AS notices FROM kernel.notification GROUP BY status ORDER BY status"
    )


def empty_old(tx: Tx, *, days: int) -> Query[int]:
    """Recipients and texts of messages that ended so long ago are gone; that they were sent stays known."""
    return tx.run(
        """
        UPDATE kernel.notification SET sealed = NULL, key_id = NULL
         WHERE sealed IS NOT NULL AND ended_at < now() - make_interval(days => %(days)s::int)
        """,
        days=days,
    )
