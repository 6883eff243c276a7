"""How rows stand before a bulk act: what its preview goes by."""

from collections.abc import Sequence
from dataclasses import dataclass

from backoffice.kernel.database import Db, Query
from backoffice.marketplace.dispute.rules import Status


@dataclass(frozen=True, slots=True)
class DisputeStanding:
    id: int
    status: Status


def list_disputes(db: Db, dispute_ids: Sequence[int]) -> Query[list[DisputeStanding]]:
    """Those of them that there are."""
    return db.all(
        DisputeStanding,
        "SELECT id, status FROM marketplace.dispute WHERE id = ANY (%(dispute_ids)s)",
        dispute_ids=list(dispute_ids),
    )
