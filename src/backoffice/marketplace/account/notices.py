"""What a customer is told of their account, and by which way. What staff note for themselves is not among the facts."""

from datetime import UTC, datetime
from uuid import UUID

from backoffice.kernel.notify.actions import Notice, Recipient, notify
from backoffice.kernel.notify.rules import Channel
from backoffice.kernel.notify.templates import Template
from backoffice.kernel.write import Tx
from backoffice.marketplace.account import rules
from backoffice.marketplace.account.store import AccountRow

SUSPENDED = Template(
    name="marketplace.account_suspended",
    subject="Your account is suspended",
    text="""$greeting

your account is suspended $until. Until then you can't book anything.
The reason: $reason

If you think that this is a mistake, please write to our support.
""",
    facts=frozenset({"greeting", "until", "reason"}),
)
BANNED = Template(
    name="marketplace.account_banned",
    subject="Your account is closed to bookings",
    text="""$greeting

your account is banned: you can't book anything any more.
The reason: $reason

If you think that this is a mistake, please write to our support.
""",
    facts=frozenset({"greeting", "reason"}),
)
REACTIVATED = Template(
    name="marketplace.account_reactivated",
    subject="Your account is active again",
    text="""$greeting

your account is active again. You can book as before.
""",
    facts=frozenset({"greeting"}),
)
FROM_STAFF = Template(
    name="marketplace.message_of_staff", subject="$subject", text="$message", facts=frozenset({"subject", "message"})
)


def address_of(account: AccountRow, channel: Channel) -> str | None:
    """Where this channel finds the customer; the app knows them by the platform's own name."""
    match channel:
        case Channel.EMAIL:
            return account.email
        case Channel.SMS:
            return account.phone
        case Channel.PUSH | Channel.IN_APP:
            return account.external_id or str(account.id)


def way_to(account: AccountRow) -> Channel:
    """How a customer is told where nobody chose: by e-mail, else by SMS, else inside the app."""
    return next(one for one in (Channel.EMAIL, Channel.SMS, Channel.IN_APP) if address_of(account, one))


def recipient(account: AccountRow, channel: Channel) -> Recipient:
    """NoAddress."""
    address = address_of(account, channel)
    if not address:
        raise rules.NoAddress(channel=channel)
    return Recipient(address, account.name or "", account.person)


async def tell_suspended(tx: Tx, account: AccountRow, change: UUID, *, reason: str, until: datetime | None) -> None:
    facts = {"until": f"until the end of {_day(until)} (UTC)" if until else "until further notice", "reason": reason}
    await _tell(tx, account, SUSPENDED, facts, change)


async def tell_banned(tx: Tx, account: AccountRow, change: UUID, *, reason: str) -> None:
    await _tell(tx, account, BANNED, {"reason": reason}, change)


async def tell_reactivated(tx: Tx, account: AccountRow, change: UUID) -> None:
    await _tell(tx, account, REACTIVATED, {}, change)


async def _tell(tx: Tx, account: AccountRow, template: Template, facts: dict[str, str], change: UUID) -> None:
    """`change` is the id of the audit entry of what is told."""
    channel = way_to(account)
    facts = {**facts, "greeting": f"Hello {account.name}," if account.name else "Hello,"}
    await notify(tx, Notice(template, recipient(account, channel), facts, f"account:{change}", channel=channel))


def _day(at: datetime) -> str:
    day = at.astimezone(UTC)
    return f"{day:%B} {day.day}, {day:%Y}"
