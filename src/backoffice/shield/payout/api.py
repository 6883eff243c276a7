"""The doors that show payouts (contract, 3)."""

from backoffice.kernel.database import Db, together
from backoffice.kernel.identifiers import ShownId
from backoffice.kernel.web import Call, Doors
from backoffice.shield.payout import listing, rules
from backoffice.shield.payout.answers import listed_out, payout_out, summary_out
from backoffice.shield.payout.schemas import PayoutOut, PayoutPage, PayoutsQuery
from backoffice.shield.permissions import Shield
from backoffice.shield.product import SHIELD, Success, pagination, success

door = Doors(SHIELD, tag="Payouts", prefix="/v1/admin/payouts")


@door.get("", permission=Shield.PAYOUTS_READ)
async def list_payouts(query: PayoutsQuery, db: Db, call: Call) -> Success[PayoutPage]:
    """Payouts, newest first, with the total under the same filters and the sums of all payouts."""
    rows, sums, total = await listing.PAYOUTS.page(db, query, call, beside=listing.get_summary(db))
    return success(
        {
            "payouts": [listed_out(row) for row in rows],
            "pagination": pagination(query.number, query.size, total=total),
            "summary": summary_out(sums),
        }
    )


@door.get("/{payout_id}", permission=Shield.PAYOUTS_READ, errors=[rules.PayoutNotFound])
async def get_payout(payout_id: ShownId, db: Db, call: Call) -> Success[PayoutOut]:
    """A payout with every try to pay it, newest first."""
    return success(await read_payout(db, call, payout_id))


async def read_payout(db: Db, call: Call, payout_id: str) -> PayoutOut:
    """As every door of payouts answers it."""
    row, tries = await together(listing.get_detail(db, payout_id), listing.list_tries(db, payout_id))
    return payout_out(row, tries, keys=call.house.keys)
