"""The credit's row, and the list of them. The customer is held before it."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from backoffice.kernel.approval.listing import standing
from backoffice.kernel.database import Db, Pages, Query
from backoffice.kernel.write import Tx
from backoffice.marketplace.goodwill import rules
from backoffice.marketplace.goodwill.rules import Status


@dataclass(frozen=True, slots=True)
class GoodwillRow:
    """`votes` of `quorum` people have agreed to it, where several must."""

    id: UUID
    customer_id: int
    status: Status
    amount_minor: int
    currency: str
    reason: str
    requested_by: int
    requested_at: datetime
    decided_by: int | None
    decided_at: datetime | None
    quorum: int | None
    votes: int | None


GOODWILL: LiteralString = """
    SELECT g.id, g.customer_id, g.status, g.amount_minor, g.currency, g.reason, g.requested_by, g.requested_at,
           g.decided_by, g.decided_at, a.quorum, a.votes
      FROM {page}
      JOIN marketplace.goodwill g USING (id)
      {standing}
     ORDER BY {order}
""".replace("{standing}", standing("marketplace", "goodwill.granted", subject="g.id::text"))
CREDITS = Pages(
    "goodwill",
    GoodwillRow,
    source="marketplace.goodwill g",
    key="g.id",
    order="g.requested_at DESC, g.id DESC",
    sql=GOODWILL,
    filters={"status": "g.status = %(status)s", "user_id": "g.customer_id = %(user_id)s"},
)


def get_credit(db: Db, goodwill_id: UUID) -> Query[GoodwillRow]:
    """As the list shows it. GoodwillNotFound."""
    return CREDITS.one(db, goodwill_id, missing=rules.GoodwillNotFound(goodwill_id=str(goodwill_id)))


def find_customer_id(db: Db, goodwill_id: UUID) -> Query[int | None]:
    return db.find_value(int, "SELECT customer_id FROM marketplace.goodwill WHERE id = %(id)s", id=goodwill_id)


def sum_lately(db: Db, customer_id: int) -> Query[int]:
    """What the customer got as goodwill lately, and what waits."""
    return db.value(
        int,
        """
        SELECT coalesce(sum(amount_minor), 0)::bigint FROM marketplace.goodwill
         WHERE customer_id = %(customer_id)s AND status <> 'rejected'
           AND coalesce(decided_at, clock_timestamp()) > clock_timestamp() - %(days)s * interval '1 day'
        """,
        customer_id=customer_id,
        days=rules.COUNTED_DAYS,
    )


def insert_credit(tx: Tx, goodwill_id: UUID, *, customer_id: int, amount_minor: int, reason: str) -> Query[int]:
    return tx.run(
        """
        INSERT INTO marketplace.goodwill (id, customer_id, amount_minor, reason, requested_by)
             VALUES (%(id)s, %(customer_id)s, %(amount)s, %(reason)s, %(staff_id)s)
        """,
        id=goodwill_id,
        customer_id=customer_id,
        amount=amount_minor,
        reason=reason,
        staff_id=tx.actor.staff_id,
    )


def set_decided(tx: Tx, goodwill_id: UUID, to: Status) -> Query[str]:
    return tx.value(
        str,
        """
        UPDATE marketplace.goodwill
           SET status = %(to)s, decided_by = %(staff_id)s, decided_at = clock_timestamp()
         WHERE id = %(id)s AND status = 'pending' RETURNING status
        """,
        id=goodwill_id,
        to=to,
        staff_id=tx.actor.staff_id,
    )
