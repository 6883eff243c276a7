"""What customers and vendors are told of what staff did with a booking. What staff note is not among the facts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from backoffice.kernel.database import Db, Query
from backoffice.kernel.money import INR
from backoffice.kernel.notify.actions import Notice, Recipient, notify
from backoffice.kernel.notify.templates import Template
from backoffice.kernel.webhooks.actions import publish
from backoffice.kernel.write import Tx
from backoffice.marketplace.account.notices import recipient, way_to
from backoffice.marketplace.account.store import AccountRow, lock_account
from backoffice.marketplace.booking.rules import Status
from backoffice.marketplace.customer.rules import Status as AccountStatus
from backoffice.marketplace.events import Event
from backoffice.marketplace.refund.rules import Status as RefundStatus
from backoffice.marketplace.refund.store import RefundRow

MOVED = Template(
    name="marketplace.booking_moved",
    subject="Your booking $reference $news",
    text="""$greeting

your booking $reference, $service on $day, $news.
$outcome""",
    facts=frozenset({"greeting", "reference", "service", "day", "news", "outcome"}),
)
TO_VENDOR = Template(
    name="marketplace.booking_told_to_vendor",
    subject="The booking $reference $news",
    text="""$greeting

the booking $reference, $service on $day, $news.
$outcome""",
    facts=frozenset({"greeting", "reference", "service", "day", "news", "outcome"}),
)
NEWS = {
    Status.CONFIRMED: "is confirmed",
    Status.IN_PROGRESS: "has begun",
    Status.COMPLETED: "is completed",
    Status.CANCELLED: "is cancelled",
    Status.DISPUTED: "is being looked into",
}


@dataclass(frozen=True, slots=True)
class Readers:
    """Who is told."""

    customer: bool = True
    vendor: bool = True


@dataclass(frozen=True, slots=True)
class ToldRow:
    id: str
    external_id: str | None
    reference: str
    status: Status
    customer_id: int
    vendor_id: int
    service: str
    scheduled_at: datetime
    time_zone: str
    cancellation_reason: str | None = field(repr=False)
    vendor_name: str
    vendor_email: str | None = field(repr=False)


def get_told(db: Db, booking_id: str) -> Query[ToldRow]:
    return db.one(
        ToldRow,
        """
        SELECT b.id, b.external_id, b.reference, b.status, b.customer_id, b.vendor_id, s.name AS service,
               b.scheduled_at, b.time_zone, b.cancellation_reason, v.display_name AS vendor_name,
               v.email AS vendor_email
          FROM marketplace.booking b
          JOIN marketplace.service s ON s.id = b.service_id
          JOIN marketplace.vendor v ON v.id = b.vendor_id
         WHERE b.id = %(booking_id)s
        """,
        booking_id=booking_id,
    )


async def tell_moved(tx: Tx, booking_id: str, move_id: int, *, to: Readers) -> None:
    """The customer, the vendor, and other systems, each once for each move."""
    row = await get_told(tx, booking_id)
    await _tell(tx, row, move_id, to=to)


async def tell_cancelled(tx: Tx, booking_id: str, move_id: int, *, given: Sequence[RefundRow], to: Readers) -> None:
    """The same, with the reason and what becomes of the money."""
    row = await get_told(tx, booking_id)
    await _tell(tx, row, move_id, to=to, given=given)


async def _tell(tx: Tx, row: ToldRow, move_id: int, *, to: Readers, given: Sequence[RefundRow] = ()) -> None:
    account = await lock_account(tx, row.customer_id)
    notices = _to_customer(row, account, move_id, outcome=_outcome(row, given)) if to.customer else []
    notices += _to_vendor(row, move_id, outcome=_outcome(row, ())) if to.vendor else []
    await notify(tx, *notices)
    await publish(tx, Event.BOOKING_MOVED, _event_data(row, given))


def _to_customer(row: ToldRow, account: AccountRow, move_id: int, *, outcome: str) -> list[Notice]:
    """By the way to them that is known; nobody is told who was erased."""
    if account.status is AccountStatus.DELETED:
        return []
    channel = way_to(account)
    greeting = f"Hello {account.name}," if account.name else "Hello,"
    facts = _facts(row, greeting, outcome)
    return [Notice(MOVED, recipient(account, channel), facts, f"booking_move:{move_id}:user", channel=channel)]


def _to_vendor(row: ToldRow, move_id: int, *, outcome: str) -> list[Notice]:
    """By e-mail, where the vendor has one."""
    if row.vendor_email is None:
        return []
    facts = _facts(row, f"Hello {row.vendor_name},", outcome)
    return [Notice(TO_VENDOR, Recipient(row.vendor_email, row.vendor_name), facts, f"booking_move:{move_id}:vendor")]


def _facts(row: ToldRow, greeting: str, outcome: str) -> dict[str, str]:
    return {
        "greeting": greeting,
        "reference": row.reference,
        "service": row.service,
        "day": local_time(row.scheduled_at, row.time_zone),
        "news": NEWS[row.status],
        "outcome": outcome,
    }


def _outcome(row: ToldRow, given: Sequence[RefundRow]) -> str:
    """Why it is off, and what goes back; nothing where it is not off."""
    if row.status is not Status.CANCELLED:
        return ""
    waiting = sum(one.amount_minor for one in given if one.status is RefundStatus.PENDING)
    going = sum(one.amount_minor for one in given) - waiting
    sentences = [
        f"The reason: {row.cancellation_reason}",
        f"We give back {INR.written(going)}. It goes to where you paid from; that can take some days."
        if going
        else None,
        f"A refund of {INR.written(waiting)} is being looked at; we write to you about it." if waiting else None,
    ]
    return "".join(f"\n{sentence}\n" for sentence in sentences if sentence)


def _event_data(row: ToldRow, given: Sequence[RefundRow]) -> dict[str, object]:
    """What a webhook tells: ids, codes and amounts, nothing that somebody wrote."""
    return {
        "id": row.id,
        "external_id": row.external_id,
        "booking_number": row.reference,
        "status": row.status,
        "user_id": row.customer_id,
        "vendor_id": row.vendor_id,
        "refund_amount_cents": sum(one.amount_minor for one in given),
    }


def local_time(at: datetime, zone: str) -> str:
    """The time of day that was agreed on: `14 December 2026, 10:00 (Asia/Kolkata)`."""
    return f"{at.astimezone(_zone(zone)):%d %B %Y, %H:%M} ({zone})"


def _zone(name: str) -> tzinfo:
    """Zones stand as a name, or as the offset that was sent."""
    if name[0] not in "+-":
        return ZoneInfo(name)
    hours, minutes = name[1:].split(":")[:2]
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-offset if name[0] == "-" else offset)
