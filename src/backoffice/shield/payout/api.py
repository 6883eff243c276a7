"""The payout doors of shield's contract (3)."""

from backoffice.kernel.database import Db, together
from backoffice.kernel.identifiers import ShownId
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.web.paging import with_total
from backoffice.kernel.write import Tx
from backoffice.shield.bank_account.rules import Unconfirmed
from backoffice.shield.bank_record import rules as bank_rules
from backoffice.shield.claim.rules import ClaimAct, ClaimNotFound
from backoffice.shield.payout import actions, listing, rules
from backoffice.shield.payout.answers import listed_out, payout_out, summary_out
from backoffice.shield.payout.rules import Action, PayoutAct
from backoffice.shield.payout.schemas import ActionIn, PayoutIn, PayoutOut, PayoutPage, PayoutsQuery
from backoffice.shield.permissions import Shield
from backoffice.shield.product import SHIELD, Success, pagination, success
from backoffice.shield.promise.payable import WantedPayout

door = Doors(SHIELD, tag="Payouts", prefix="/v1/admin/payouts")
NOT_PAYABLE = [
    rules.ClaimNotPayable,
    rules.ExceedsApproved,
    rules.OwnApproval,
    rules.MemberBarred,
    rules.NoBankAccount,
    rules.OwnAccountChange,
    rules.AccountUnverified,
    rules.AccountOnHold,
    rules.CorrectionPending,
    Unconfirmed,
    bank_rules.ExceptionOpen,
    bank_rules.OwnReturn,
]
"""What a new payout and a retry are refused for alike."""


@door.get("", permission=Shield.PAYOUTS_READ)
async def list_payouts(query: PayoutsQuery, db: Db, call: Call) -> Success[PayoutPage]:
    """Payouts, newest first, with the total under the same filters and the sums of all payouts."""
    shown = {
        "status": query.status,
        "user_id": query.user_id,
        "claim_id": query.claim_id,
        "date_from": query.date_from,
        "date_to": query.date_to,
    }
    page = listing.list_page(db, shown, limit=query.size, offset=query.start)
    rows, sums, total = await with_total(page, listing.get_summary(db), of=listing.TOTALS, shown=shown, call=call)
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
    return success(await _payout(db, call, payout_id))


@door.post(
    "",
    permission=Shield.PAYOUTS_CREATE,
    status=201,
    audit=[PayoutAct.CREATED],
    errors=[ClaimNotFound, rules.NothingToPay, rules.TooLargeForAch, *NOT_PAYABLE],
)
async def create_payout(body: PayoutIn, tx: Tx, call: Call) -> Success[PayoutOut]:
    """Pay an approved claim, or a part of it. It may be cancelled until it leaves."""
    wanted = WantedPayout(body.claim_id, body.amount, body.method, body.notes)
    payout_id = await actions.create_payout(tx, wanted, thresholds=call.house.settings.dual_approval_minor)
    return success(await _payout(tx, call, payout_id))


@door.patch(
    "/{payout_id}",
    permission=Shield.PAYOUTS_CREATE,
    audit=[PayoutAct.CANCELLED, PayoutAct.RETRIED, PayoutAct.COMPLETED, ClaimAct.STATUS_UPDATE],
    errors=[
        rules.PayoutNotFound,
        rules.IllegalMove,
        rules.MayNotComplete,
        rules.OwnPayout,
        rules.PayoutHeld,
        rules.OnItsWay,
        *NOT_PAYABLE,
    ],
)
async def update_payout(payout_id: ShownId, body: ActionIn, tx: Tx, call: Call) -> Success[PayoutOut]:
    """Cancel a pending payout, try a failed one again, or say that a pending or processing one has arrived."""
    match body.action:
        case Action.CANCEL:
            await actions.cancel_payout(tx, payout_id, reason=body.reason)
        case Action.RETRY:
            thresholds = call.house.settings.dual_approval_minor
            await actions.retry_payout(tx, payout_id, reason=body.reason, thresholds=thresholds)
        case Action.MARK_COMPLETED:
            await actions.complete_by_hand(tx, payout_id, reason=body.reason)
    return success(await _payout(tx, call, payout_id))


async def _payout(db: Db, call: Call, payout_id: str) -> PayoutOut:
    row, tries = await together(listing.get_detail(db, payout_id), listing.list_tries(db, payout_id))
    return payout_out(row, tries, keys=call.house.keys)
