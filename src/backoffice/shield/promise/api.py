"""The doors that make payouts and move them (contract, 3)."""

from backoffice.kernel.identifiers import ShownId
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.write import Tx
from backoffice.shield.bank_account.rules import Unconfirmed
from backoffice.shield.claim.rules import ClaimAct, ClaimNotFound
from backoffice.shield.payout.api import read_payout
from backoffice.shield.payout.rules import IllegalMove, PayoutAct, PayoutNotFound
from backoffice.shield.payout.schemas import PayoutOut
from backoffice.shield.permissions import Shield
from backoffice.shield.product import SHIELD, Success, success
from backoffice.shield.promise import actions, completing, rules
from backoffice.shield.promise.payable import WantedPayout
from backoffice.shield.promise.rules import Action
from backoffice.shield.promise.schemas import ActionIn, PayoutIn

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
    rules.ExceptionOpen,
    rules.LeftBeforeRestore,
    rules.OwnReturn,
]
"""What a new payout and a retry are refused for alike."""


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
    return success(await read_payout(tx, call, payout_id))


@door.patch(
    "/{payout_id}",
    permission=Shield.PAYOUTS_CREATE,
    audit=[PayoutAct.CANCELLED, PayoutAct.RETRIED, PayoutAct.COMPLETED, ClaimAct.STATUS_UPDATE],
    errors=[
        PayoutNotFound,
        IllegalMove,
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
            await completing.complete_by_hand(tx, payout_id, reason=body.reason)
    return success(await read_payout(tx, call, payout_id))
