"""The doors of payout exceptions: what a bank sent that no rule could carry out, until somebody decided it."""

from backoffice.kernel.database import Db
from backoffice.kernel.identifiers import ShownId
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.write import Tx
from backoffice.shield.bank_account.rules import BankingAct, MayNotChange, MayNotOverride, NumberInReason
from backoffice.shield.bank_record import actions, rules, store
from backoffice.shield.bank_record.answers import detail_out, exception_out
from backoffice.shield.bank_record.rules import Decision, ExceptionAct
from backoffice.shield.bank_record.schemas import ApplyIn, CloseIn, ExceptionDetailOut, ExceptionPage, ExceptionsQuery
from backoffice.shield.claim.rules import ClaimAct
from backoffice.shield.payout.rules import IllegalMove, PayoutAct
from backoffice.shield.permissions import Shield
from backoffice.shield.product import SHIELD, Success, pagination, success
from backoffice.shield.promise import rules as promise_rules

door = Doors(SHIELD, tag="Payouts", prefix="/v1/admin/payouts/exceptions")


@door.get("", permission=Shield.PAYOUTS_READ)
async def list_exceptions(query: ExceptionsQuery, db: Db, call: Call) -> Success[ExceptionPage]:
    """What banks sent and nobody could carry out, newest first; `status=open` is what waits for a decision."""
    rows, total = await store.EXCEPTIONS.page(db, query, call)
    listed = [exception_out(row) for row in rows]
    return success({"exceptions": listed, "pagination": pagination(query.number, query.size, total=total)})


@door.get("/{exception_id}", permission=Shield.PAYOUTS_READ, errors=[rules.ExceptionNotFound])
async def get_exception(exception_id: ShownId, db: Db, call: Call) -> Success[ExceptionDetailOut]:
    """One exception with the bank's record, its long numbers masked, and the correction it asks for."""
    return success(await _detail(db, call, exception_id))


@door.post(
    "/{exception_id}/close",
    permission=Shield.PAYOUTS_COMPLETE,
    audit=[ExceptionAct.CLOSED, PayoutAct.COMPLETED, PayoutAct.FAILED, ClaimAct.STATUS_UPDATE],
    errors=[
        rules.ExceptionNotFound,
        rules.AlreadyClosed,
        rules.NotAboutAPayout,
        rules.MayNotBeMoneyBack,
        promise_rules.MayNotComplete,
        promise_rules.OwnPayout,
        rules.OwnPromise,
        IllegalMove,
        promise_rules.ExceedsApproved,
    ],
)
async def close_exception(exception_id: ShownId, body: CloseIn, tx: Tx, call: Call) -> Success[ExceptionDetailOut]:
    """Decide an exception: the payment stands, the money came back, it was settled otherwise, or nothing is to do."""
    await actions.close_exception(tx, exception_id, decision=Decision(body.decision), reason=body.reason)
    return success(await _detail(tx, call, exception_id))


@door.post(
    "/{exception_id}/apply",
    permission=Shield.BANKING_OVERRIDE,
    audit=[ExceptionAct.CLOSED, BankingAct.INFO_UPDATED, PayoutAct.HELD],
    errors=[
        rules.ExceptionNotFound,
        rules.AlreadyClosed,
        rules.NotACorrection,
        rules.CorrectionUnclear,
        rules.AccountReplaced,
        rules.OwnCorrection,
        MayNotChange,
        MayNotOverride,
        NumberInReason,
    ],
)
async def apply_correction(exception_id: ShownId, body: ApplyIn, tx: Tx, call: Call) -> Success[ExceptionDetailOut]:
    """Give the member's account the data its bank asks for, as a second person, and close the exception by that."""
    await actions.apply_correction(tx, call.house, exception_id, reason=body.reason)
    return success(await _detail(tx, call, exception_id))


async def _detail(db: Db, call: Call, exception_id: str) -> ExceptionDetailOut:
    row = await store.get_exception(db, exception_id)
    text = actions.text_of(call.house, row)
    return detail_out(row, text=text, correction=actions.correction_of(call.house, row))
