"""What shield writes to members and staff, and when. No number in a message but an account's last digits.

A deactivation is told without a word of fault, and never where the reason is death. A changed bank account is told
always, also at every address that was the member's lately: whoever changed both would tell only themselves. A changed
address is told to both, and neither message names the other.
"""

from datetime import UTC, datetime
from uuid import UUID

from backoffice.kernel.gateways.return_codes import meaning
from backoffice.kernel.notify.actions import Notice, Recipient, notify
from backoffice.kernel.notify.templates import Template
from backoffice.kernel.write import Tx
from backoffice.shield.access.store import list_active_with_role
from backoffice.shield.bank_account.store import AccountRow
from backoffice.shield.member import rules as member_rules
from backoffice.shield.member.former_emails import list_former_emails
from backoffice.shield.member.rules import DeactivationReason
from backoffice.shield.member.store import DeactivationRow, MemberRow
from backoffice.shield.payout.attempts import AttemptRow
from backoffice.shield.payout.rules import money
from backoffice.shield.permissions import ROLES, Shield

PAYOUT_ROLES = sorted(role for role, permissions in ROLES.items() if Shield.PAYOUTS_CREATE in permissions)
ENDED_BECAUSE = {
    DeactivationReason.USER_REQUESTED: ", as you asked",
    DeactivationReason.NON_PAYMENT: ", because premiums for your plan are unpaid",
}
"""Every other reason is left to a conversation."""

DEACTIVATED = Template(
    name="shield.member_deactivated",
    subject="Your Shield membership has ended",
    text="""Hello $name,

your Shield membership ended on $date$because.

No further premiums will be billed. If you have any question, please contact
our support. We are happy to help.

The Shield team
""",
    facts=frozenset({"name", "date", "because"}),
)
ACCOUNT_CHANGED = Template(
    name="shield.bank_account_changed",
    subject="Your bank account at Shield was changed",
    text="""Hello $name,

the bank account that Shield pays you to was changed on $date. It is now:

    $bank_name, account number ending in $last_digits

If this was you, there is nothing to do. If it was not, please contact our
support right away.

We never ask for a password or a whole account number by e-mail.

The Shield team
""",
    facts=frozenset({"name", "date", "bank_name", "last_digits"}),
)
EMAIL_CHANGED = Template(
    name="shield.email_changed",
    subject="Your e-mail address at Shield was changed",
    text="""Hello $name,

the e-mail address that Shield writes to you at was changed on $date. This
message goes to the new address and to the one before it.

If this was you, there is nothing to do. If it was not, please contact our
support right away.

The Shield team
""",
    facts=frozenset({"name", "date"}),
)
PAYOUT_RETURNED = Template(
    name="shield.payout_returned",
    subject="A payout came back: $code",
    text="""Hello $name,

the bank returned a payout, and it is marked as failed.

    payout   $payout_id
    amount   $amount USD
    code     $code: $meaning

Please look at the member's bank account before the payout is tried again.
""",
    facts=frozenset({"name", "payout_id", "amount", "code", "meaning"}),
)
CORRECTION_WANTED = Template(
    name="shield.payout_correction_wanted",
    subject="A bank asks for a correction: $code",
    text="""Hello $name,

a payout arrived, and the bank asks for other data next time.

    payout   $payout_id
    amount   $amount USD
    code     $code: $meaning

Nothing is paid to this account before somebody has corrected it.
""",
    facts=frozenset({"name", "payout_id", "amount", "code", "meaning"}),
)

BANK_EXCEPTION = Template(
    name="shield.payout_exception",
    subject="The bank sent something that waits for a decision",
    text="""Hello $name,

a file of the bank holds records that no rule could carry out. The first of them:

    $code
    $sentence

Please look at the payout exceptions, and decide each. Until then nothing more is
paid of the claims they are about.
""",
    facts=frozenset({"name", "code", "sentence"}),
)


async def tell_deactivated(tx: Tx, member: MemberRow, leaving: DeactivationRow) -> None:
    facts = {
        "name": member.first_name,
        "date": _day(leaving.effective_at),
        "because": ENDED_BECAUSE.get(leaving.reason, ""),
    }
    await notify(tx, Notice(DEACTIVATED, _to(member, member.email), facts, f"deactivated:{leaving.id}"))


async def tell_account_changed(tx: Tx, member: MemberRow, account: AccountRow, *, change: UUID) -> None:
    """One message for each address of the member, for each change, by the id of its audit entry."""
    facts = {
        "name": member.first_name,
        "date": _day(account.changed_at),
        "bank_name": account.bank_name,
        "last_digits": account.account_last_four,
    }
    since = datetime.now(UTC) - member_rules.FORMER_EMAIL_KEPT
    addresses = [member.email, *await list_former_emails(tx, member.id, since=since)]
    await notify(
        tx,
        *(
            Notice(ACCOUNT_CHANGED, _to(member, email), facts, f"bank_account_changed:{change}:{number}")
            for number, email in enumerate(addresses)
        ),
    )


async def tell_email_changed(tx: Tx, member: MemberRow, *, former: str, change: UUID) -> None:
    """The member as they are now, and the address that was theirs; `change` is the id of the change's audit entry."""
    facts = {"name": member.first_name, "date": _day(datetime.now(UTC))}
    await notify(
        tx,
        Notice(EMAIL_CHANGED, _to(member, member.email), facts, f"email_changed:{change}:now"),
        Notice(EMAIL_CHANGED, _to(member, former), facts, f"email_changed:{change}:before"),
    )


async def tell_returned(tx: Tx, attempt: AttemptRow, code: str) -> None:
    await _tell_payout_staff(tx, PAYOUT_RETURNED, attempt, code=code)


async def tell_correction_wanted(tx: Tx, attempt: AttemptRow, code: str) -> None:
    await _tell_payout_staff(tx, CORRECTION_WANTED, attempt, code=code)


async def tell_exception(tx: Tx, reading: str, *, code: str, sentence: str) -> None:
    """Everybody active whose role handles payouts, each once for each reading of a file, by the first exception."""
    facts = {"code": f"{code}: {meaning(code)}" if code else "no code", "sentence": sentence}
    await notify(
        tx,
        *(
            Notice(
                BANK_EXCEPTION,
                Recipient(one.email, one.full_name, f"staff:{one.id}"),
                {**facts, "name": one.full_name},
                f"{BANK_EXCEPTION.name}:{reading}:{one.id}",
            )
            for one in await list_active_with_role(tx, PAYOUT_ROLES)
        ),
    )


async def _tell_payout_staff(tx: Tx, template: Template, attempt: AttemptRow, *, code: str) -> None:
    """Everybody active whose role handles payouts, each once for each try to pay."""
    facts = {
        "payout_id": attempt.payout_id,
        "amount": money(attempt.amount_minor),
        "code": code,
        "meaning": meaning(code),
    }
    await notify(
        tx,
        *(
            Notice(
                template,
                Recipient(one.email, one.full_name, f"staff:{one.id}"),
                {**facts, "name": one.full_name},
                f"{template.name}:{attempt.id}:{one.id}",
            )
            for one in await list_active_with_role(tx, PAYOUT_ROLES)
        ),
    )


def _to(member: MemberRow, email: str) -> Recipient:
    return Recipient(email, member.name, member_rules.person(member.id))


def _day(at: datetime) -> str:
    day = at.astimezone(UTC)
    return f"{day:%B} {day.day}, {day:%Y}"
