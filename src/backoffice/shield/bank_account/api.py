"""The staff doors of bank accounts (contract, 4), and the search by account number."""

from backoffice.kernel.identifiers import ShownId
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.web.lock import KeyRule
from backoffice.kernel.write import Tx
from backoffice.shield.access.store import get_admin
from backoffice.shield.bank_account import actions, confirming, rules
from backoffice.shield.bank_account.actions import WantedAccount
from backoffice.shield.bank_account.answers import banking_out, found_out, kept_out
from backoffice.shield.bank_account.rules import BankingAct
from backoffice.shield.bank_account.schemas import (
    BankingIn,
    BankingOut,
    ConfirmIn,
    DestinationOut,
    FoundPage,
    SearchIn,
    UpdatedOut,
)
from backoffice.shield.member.answers import audited_out
from backoffice.shield.member.rules import MemberNotFound
from backoffice.shield.payout.rules import PayoutAct
from backoffice.shield.permissions import Shield
from backoffice.shield.product import SHIELD, Success, pagination, success

door = Doors(SHIELD, tag="Banking", prefix="/v1/admin")


@door.get(
    "/users/{user_id}/banking",
    permission=Shield.USERS_READ,
    audit=[BankingAct.VIEWED],
    errors=[MemberNotFound, rules.AccountNotFound],
)
async def get_banking(user_id: ShownId, tx: Tx) -> Success[BankingOut]:
    """Where a member is paid to, numbers masked. That somebody looked is audited."""
    return success(banking_out(await actions.view_account(tx, user_id)))


# The table of idempotency keys hashes bodies under what stands beside them: short numbers could be guessed from it.
# Nothing is lost without the key: the same details sent again change nothing.
@door.patch(
    "/users/{user_id}/banking",
    permission=Shield.USERS_WRITE,
    key=KeyRule.IGNORED,
    audit=[BankingAct.INFO_UPDATED, PayoutAct.HELD],
    errors=[MemberNotFound, rules.MayNotChange, rules.MayNotOverride, rules.DetailsMissing, rules.NumberInReason],
)
async def update_banking(user_id: ShownId, body: BankingIn, tx: Tx, call: Call) -> Success[UpdatedOut]:
    """Change where a member is paid to: it must be verified anew, and their pending payouts wait."""
    wanted = WantedAccount(body.details(), body.skip_verification, body.change_reason)
    done = await actions.change_account(tx, call.house, user_id, wanted=wanted)
    entry = audited_out(done.entry, await get_admin(tx, tx.actor.id)) if done.entry else None
    return success({**kept_out(done.account), "audit_entry": entry})


@door.post(
    "/users/{user_id}/banking/confirm",
    permission=Shield.BANKING_OVERRIDE,
    audit=[BankingAct.CONFIRMED, PayoutAct.RELEASED],
    errors=[
        MemberNotFound,
        rules.AccountNotFound,
        rules.ChangedMeanwhile,
        rules.OwnChange,
        rules.OwnClaim,
        rules.NumberInReason,
    ],
)
async def confirm_banking(user_id: ShownId, body: ConfirmIn, tx: Tx, call: Call) -> Success[DestinationOut]:
    """Say that money may go to a changed account. Who changed it can't, nor who approved what is to be paid."""
    done = await confirming.confirm_account(tx, call.house, user_id, version=body.version, reason=body.reason)
    entry = audited_out(done.entry, await get_admin(tx, tx.actor.id)) if done.entry else None
    shown = banking_out(done.account)
    return success({**shown, "released_payouts": done.released, "held_payouts": done.held, "audit_entry": entry})


@door.post("/banking/search", permission=Shield.BANKING_WRITE, audit=[BankingAct.SEARCHED], key=KeyRule.IGNORED)
async def search_banking(body: SearchIn, tx: Tx, call: Call) -> Success[FoundPage]:
    """The accounts with exactly this number, found by a keyed hash of it. The search is audited, not the number."""
    number, offset = body.account_number.get_secret_value(), (body.page - 1) * body.limit
    found = await actions.search_accounts(tx, call.house.keys, number=number, limit=body.limit, offset=offset)
    page = pagination(body.page, body.limit, total=found.total)
    return success({"accounts": [found_out(row) for row in found.accounts], "pagination": page})
