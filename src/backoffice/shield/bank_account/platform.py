"""The platform's doors of bank accounts: the member's own changes, and the micro-deposits that verify them."""

from backoffice.kernel.identifiers import ShownId
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.web.lock import KeyRule
from backoffice.kernel.write import Tx
from backoffice.shield.bank_account import actions, rules, verifying
from backoffice.shield.bank_account.actions import WantedAccount
from backoffice.shield.bank_account.answers import kept_out
from backoffice.shield.bank_account.rules import BankingAct
from backoffice.shield.bank_account.schemas import AmountsIn, BankAccountIn, ConfirmedOut, KeptOut, SentOut
from backoffice.shield.member.rules import MemberNotFound
from backoffice.shield.payout.rules import PayoutAct
from backoffice.shield.permissions import Scope
from backoffice.shield.product import SHIELD, Success, success

door = Doors(SHIELD, tag="Platform: bank accounts", prefix="/v1/platform/members")


# Sent again, these two change nothing. Their bodies stay out of the table of idempotency keys: see api.py.
@door.put(
    "/{member_id}/bank-account",
    scope=Scope.BANKING_SUBMIT,
    key=KeyRule.IGNORED,
    audit=[BankingAct.INFO_UPDATED, PayoutAct.HELD],
    errors=[MemberNotFound],
)
async def put_bank_account(member_id: ShownId, body: BankAccountIn, tx: Tx, call: Call) -> Success[KeptOut]:
    """The account a member is paid to, new or changed; it is unverified then. Sent again, nothing changes."""
    done = await actions.change_account(tx, call.house, member_id, wanted=WantedAccount(body.details()))
    return success(kept_out(done.account))


@door.post(
    "/{member_id}/bank-account/micro-deposits",
    scope=Scope.BANKING_SUBMIT,
    key=KeyRule.IGNORED,
    audit=[BankingAct.DEPOSITS_SENT],
    errors=[MemberNotFound, rules.AccountNotFound, rules.AlreadyVerified, rules.RoutingInvalid],
)
async def record_micro_deposits(member_id: ShownId, body: AmountsIn, tx: Tx, call: Call) -> Success[SentOut]:
    """The two amounts that were sent to the account; they replace an earlier pair. Sent again, nothing changes."""
    left = await verifying.record_deposits(tx, call.house.keys, member_id, amounts=body.pair)
    return success({"user_id": member_id, "tries_left": left})


@door.post(
    "/{member_id}/bank-account/micro-deposits/confirm",
    scope=Scope.BANKING_SUBMIT,
    audit=[BankingAct.VERIFIED, BankingAct.DEPOSITS_REFUSED],
    errors=[MemberNotFound, rules.AccountNotFound, rules.NoDeposits, rules.NoTriesLeft],
)
async def confirm_micro_deposits(member_id: ShownId, body: AmountsIn, tx: Tx, call: Call) -> Success[ConfirmedOut]:
    """Whether these are the amounts that arrived. After three wrong answers a new pair is needed."""
    done = await verifying.confirm_deposits(tx, call.house.keys, member_id, amounts=body.pair)
    return success(
        {
            "user_id": member_id,
            "verified": done.is_verified,
            "verification_method": "micro_deposits" if done.is_verified else None,
            "tries_left": done.tries_left,
        }
    )
