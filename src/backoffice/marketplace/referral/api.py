"""The staff doors of referrals (remaining endpoints, 2), and deciding about those that are held."""

from uuid import UUID

from backoffice.kernel.database import Db
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.web.lock import KeyRule
from backoffice.kernel.write import Tx
from backoffice.marketplace.customer.rules import UserDeleted
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.product import MARKETPLACE, Success, meta, success
from backoffice.marketplace.referral import actions, listing, rules
from backoffice.marketplace.referral.answers import referral_out, summary_out
from backoffice.marketplace.referral.rules import ReferralAct
from backoffice.marketplace.referral.schemas import (
    ReferralId,
    ReferralOut,
    ReferralPage,
    ReferralsQuery,
    RejectIn,
    ReleaseIn,
)

door = Doors(MARKETPLACE, tag="Referrals", prefix="/api/v1/admin/referrals")


@door.get("", permission=Market.REFERRALS_LIST)
async def list_referrals(query: ReferralsQuery, db: Db, call: Call) -> ReferralPage:
    """Referrals, newest first, with the totals of all of them by status."""
    rows, sums, total = await listing.REFERRALS.page(db, query, call, beside=listing.get_summary(db))
    shows_pii = call.caller.can(Market.USERS_VIEW_PII)
    return {
        "success": True,
        "data": [referral_out(row, shows_pii=shows_pii) for row in rows],
        "meta": {**meta(query.number, query.size, total=total), "summary": summary_out(sums)},
    }


@door.get("/{referral_id}", permission=Market.REFERRALS_LIST, errors=[rules.ReferralNotFound])
async def get_referral(referral_id: ReferralId, db: Db, call: Call) -> Success[ReferralOut]:
    """One referral, as the list shows it."""
    return await _shown(db, referral_id, call)


@door.post(
    "/{referral_id}/release",
    permission=Market.REFERRALS_DECIDE,
    key=KeyRule.REQUIRED,
    audit=[ReferralAct.RELEASED, *actions.JUDGING],
    errors=[rules.ReferralNotFound, rules.ReferralNotHeld, UserDeleted],
)
async def release_referral(referral_id: ReferralId, body: ReleaseIn, tx: Tx, call: Call) -> Success[ReferralOut]:
    """Nothing is wrong with a held one: if its conditions are met its reward is paid with this."""
    await actions.release(tx, referral_id, reason=body.reason)
    return await _shown(tx, referral_id, call)


@door.post(
    "/{referral_id}/reject",
    permission=Market.REFERRALS_DECIDE,
    key=KeyRule.REQUIRED,
    audit=[ReferralAct.REJECTED],
    errors=[rules.ReferralNotFound, rules.ReferralNotHeld, UserDeleted],
)
async def reject_referral(referral_id: ReferralId, body: RejectIn, tx: Tx, call: Call) -> Success[ReferralOut]:
    """A held one brings nothing, for good."""
    await actions.reject(tx, referral_id, reason=body.reason)
    return await _shown(tx, referral_id, call)


async def _shown(db: Db, referral_id: UUID, call: Call) -> Success[ReferralOut]:
    row = await listing.get_referral(db, referral_id)
    return success(referral_out(row, shows_pii=call.caller.can(Market.USERS_VIEW_PII)))
