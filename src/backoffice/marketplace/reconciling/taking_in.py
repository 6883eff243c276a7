"""What left before a restore, taken into the books with the disputes that hang on it."""

from backoffice.kernel.write import Tx
from backoffice.marketplace.dispute import actions as disputes
from backoffice.marketplace.refund import left
from backoffice.marketplace.refund.left import Taken
from backoffice.marketplace.refund.left_store import LeftRow
from backoffice.marketplace.refund.rules import Status


async def take_in(tx: Tx, one: LeftRow) -> Taken:
    """A dispute that waited for it here is resolved with it; one that waited for what made room stays open."""
    taken = await left.take_in(tx, one)
    for refund in taken.ended:
        await disputes.follow_refund(tx, refund)
    if taken.refund is not None and taken.is_news and taken.was is Status.PENDING:
        await disputes.follow_refund(tx, taken.refund)
    return taken
