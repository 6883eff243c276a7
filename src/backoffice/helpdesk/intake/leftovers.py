"""What webhooks told that nobody here knows: kept for ninety days, so that a person can read it."""

from dataclasses import dataclass
from datetime import datetime

from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx


@dataclass(frozen=True, slots=True)
class LeftoverRow:
    id: int
    kind: str
    told: str
    received_at: datetime


def insert_leftovers(tx: Tx, leftovers: list[tuple[str, str]]) -> Query[int]:
    """Keep these, and let go of some that are old."""
    return tx.run(
        """
        WITH gone AS (
            DELETE FROM helpdesk.webhook_leftover
             WHERE id IN (SELECT id FROM helpdesk.webhook_leftover
                           WHERE received_at < now() - interval '90 days' ORDER BY received_at LIMIT 200)
        )
        INSERT INTO helpdesk.webhook_leftover (kind, told)
             SELECT kind, told FROM unnest(%(kinds)s::text[], %(tolds)s::text[]) AS given (kind, told)
        """,
        kinds=[kind for kind, _ in leftovers],
        tolds=[told for _, told in leftovers],
    )


def list_leftovers(db: Db, *, limit: int, offset: int) -> Query[list[LeftoverRow]]:
    """Newest first."""
    return db.all(
        LeftoverRow,
        """
        SELECT id, kind, told, received_at FROM helpdesk.webhook_leftover
         ORDER BY id DESC LIMIT %(limit)s OFFSET %(offset)s
        """,
        limit=limit,
        offset=offset,
    )
