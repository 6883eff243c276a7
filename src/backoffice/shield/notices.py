"""What shield writes to members and staff, and when. No number in a message but an account's last digits.

A deactivation is told without a word of fault, and never where the reason is death. A changed bank account is told
always, also at every address that was the member's lately: whoever changed both would tell only themselves. A changed
address is told to both, and neither message names the other.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from backoffice.kernel.gateways.return_codes import meaning
from backoffice.kernel.notify.actions import Notice, Recipient, notify
from backoffice.kernel.notify.templates import Template
from backoffice.kernel.write import Tx
from backoffice.shield.access.store import list_active_with_role
from backoffice.shield.permissions import ROLES, Shield

PAYOUT_ROLES = sorted(role for role, permissions in ROLES.items() if Shield.PAYOUTS_CREATE in permissions)

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


@dataclass(frozen=True, slots=True)
class Addressee:
    """The member a message goes to, `person` being the data subject it is about."""

    person: str
    name: str
    first_name: str
    email: str


@dataclass(frozen=True, slots=True)
class AccountChange:
    """`id` is that of the change's audit entry; it is told at the former addresses too."""

    id: UUID
    at: datetime
    bank_name: str
    last_digits: str
    former_emails: list[str]


@dataclass(frozen=True, slots=True)
class BankNews:
    """What a bank said of an attempt to pay."""

    attempt_id: str
    payout_id: str
    amount: str
    code: str


async def tell_deactivated(tx: Tx, to: Addressee, deactivation_id: str, *, at: datetime, because: str) -> None:
    facts = {"name": to.first_name, "date": _day(at), "because": because}
    await notify(tx, _to(to, DEACTIVATED, facts, f"deactivated:{deactivation_id}"))


async def tell_account_changed(tx: Tx, to: Addressee, change: AccountChange) -> None:
    """One message for each address of the member, for each change."""
    facts = {
        "name": to.first_name,
        "date": _day(change.at),
        "bank_name": change.bank_name,
        "last_digits": change.last_digits,
    }
    await notify(
        tx,
        *(
            _to(replace(to, email=email), ACCOUNT_CHANGED, facts, f"bank_account_changed:{change.id}:{number}")
            for number, email in enumerate([to.email, *change.former_emails])
        ),
    )


async def tell_email_changed(tx: Tx, to: Addressee, *, former: str, change: UUID) -> None:
    """The member as they are now, and the address that was theirs; `change` is the id of the change's audit entry."""
    facts = {"name": to.first_name, "date": _day(datetime.now(UTC))}
    await notify(
        tx,
        _to(to, EMAIL_CHANGED, facts, f"email_changed:{change}:now"),
        _to(replace(to, email=former), EMAIL_CHANGED, facts, f"email_changed:{change}:before"),
    )


async def tell_returned(tx: Tx, news: BankNews) -> None:
    await _tell_of_attempt(tx, PAYOUT_RETURNED, news)


async def tell_correction_wanted(tx: Tx, news: BankNews) -> None:
    await _tell_of_attempt(tx, CORRECTION_WANTED, news)


async def tell_exception(tx: Tx, reading: str, *, code: str, sentence: str) -> None:
    """Once for each reading of a file, by the first exception."""
    facts = {"code": f"{code}: {meaning(code)}" if code else "no code", "sentence": sentence}
    await _tell_payout_staff(tx, BANK_EXCEPTION, facts, once_for=reading)


async def _tell_of_attempt(tx: Tx, template: Template, news: BankNews) -> None:
    facts = {"payout_id": news.payout_id, "amount": news.amount, "code": news.code, "meaning": meaning(news.code)}
    await _tell_payout_staff(tx, template, facts, once_for=news.attempt_id)


async def _tell_payout_staff(tx: Tx, template: Template, facts: dict[str, str], *, once_for: str) -> None:
    """Everybody active whose role handles payouts."""
    await notify(
        tx,
        *(
            Notice(
                template,
                Recipient(one.email, one.full_name, f"staff:{one.id}"),
                {**facts, "name": one.full_name},
                f"{template.name}:{once_for}:{one.id}",
            )
            for one in await list_active_with_role(tx, PAYOUT_ROLES)
        ),
    )


def _to(to: Addressee, template: Template, facts: dict[str, str], key: str) -> Notice:
    return Notice(template, Recipient(to.email, to.name, to.person), facts, key)


def _day(at: datetime) -> str:
    day = at.astimezone(UTC)
    return f"{day:%B} {day.day}, {day:%Y}"
