"""What vendor and reviewer are told of a takedown, by e-mail and inside the app, and what other systems are told.

Each takes the id of the timeline's line that it tells of: one event is told once to each, whatever is tried again.
Nothing here can be about what staff note for themselves: it is made of rows without a place for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from backoffice.kernel.database import together
from backoffice.kernel.notify.actions import Notice, Recipient, notify
from backoffice.kernel.notify.rules import Channel
from backoffice.kernel.notify.templates import Template
from backoffice.kernel.webhooks.actions import publish
from backoffice.kernel.write import Tx
from backoffice.marketplace.account.notices import address_of
from backoffice.marketplace.account.store import AccountRow, lock_account
from backoffice.marketplace.customer.rules import Status as AccountStatus
from backoffice.marketplace.events import Event
from backoffice.marketplace.review.rules import Status as ReviewStatus
from backoffice.marketplace.takedown import told
from backoffice.marketplace.takedown.outside import event_data
from backoffice.marketplace.takedown.rules import Party, Status
from backoffice.marketplace.takedown.told import PartiesRow, ToldRow
from backoffice.marketplace.vendor.rules import person as vendor_person

RECEIVED = Template(
    name="marketplace.takedown_received",
    subject="We have received your request $number",
    text="""$greeting

we have received your request to take down a review of "$service". Its number is
$number. We look at the review and at what you sent, and write to you once it is
decided.
""",
    facts=frozenset({"greeting", "number", "service"}),
)
RESOLVED = Template(
    name="marketplace.takedown_resolved",
    subject="Your request $number $news",
    text="""$greeting

your request $number to take down a review of "$service" $news.
$outcome""",
    facts=frozenset({"greeting", "number", "service", "news", "outcome"}),
)
TO_REVIEWER = Template(
    name="marketplace.takedown_told_to_reviewer",
    subject="About your review of $service",
    text="""$greeting

we were asked to take down your review of "$service" and looked at it ($number).
$outcome""",
    facts=frozenset({"greeting", "number", "service", "outcome"}),
)
APPEALED = Template(
    name="marketplace.takedown_appealed",
    subject="We look at $number once more",
    text="""$greeting

we have received your appeal. Somebody who did not decide before looks at the
request $number about the review of "$service" and writes to you.
""",
    facts=frozenset({"greeting", "number", "service"}),
)
NEWS = {Status.ACCEPTED: "was accepted", Status.REJECTED: "was not accepted"}
OUTCOMES = {
    ReviewStatus.PUBLISHED: "The review is shown as it was written.",
    ReviewStatus.HIDDEN: "The review is no longer shown.",
    ReviewStatus.REMOVED: "The review has been removed.",
}


@dataclass(frozen=True, slots=True)
class Ways:
    """By which ways somebody was written to."""

    email: bool = False
    in_app: bool = False

    @property
    def any(self) -> bool:
        return self.email or self.in_app


@dataclass(frozen=True, slots=True)
class Sent:
    vendor: Ways = Ways()
    reviewer: Ways = Ways()


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody with every address that is known of them."""

    name: str | None = field(repr=False)
    person: str
    addresses: Mapping[Channel, str] = field(repr=False)

    @property
    def ways(self) -> Ways:
        return Ways(Channel.EMAIL in self.addresses, Channel.IN_APP in self.addresses)

    def notices(self, template: Template, facts: Mapping[str, str], *, key: str) -> list[Notice]:
        """The same by each way."""
        said = {**facts, "greeting": f"Hello {self.name}," if self.name else "Hello,"}
        return [
            Notice(template, Recipient(address, self.name or "", self.person), said, f"{key}:{way}", channel=way)
            for way, address in self.addresses.items()
        ]


NOBODY = Reader(None, "", {})


async def tell_received(tx: Tx, request_id: UUID, event_id: int) -> None:
    """The vendor: the request is here."""
    row, parties = await together(told.get_told(tx, request_id), told.get_parties(tx, request_id))
    facts = {"number": row.number, "service": parties.service_name}
    await notify(tx, *_vendor(parties).notices(RECEIVED, facts, key=_key(event_id, "vendor")))


async def tell_appealed(tx: Tx, request_id: UUID, event_id: int, *, by: Party) -> None:
    """Whoever appealed: somebody else looks at it."""
    row, parties = await together(told.get_told(tx, request_id), told.get_parties(tx, request_id))
    to = _vendor(parties) if by is Party.VENDOR else _reviewer(await lock_account(tx, row.customer_id))
    facts = {"number": row.number, "service": parties.service_name}
    await notify(tx, *to.notices(APPEALED, facts, key=_key(event_id, by)))


async def tell_resolved(tx: Tx, request_id: UUID, event_id: int, *, vendor: bool, reviewer: bool) -> Sent:
    """Vendor and reviewer where it is wished, and other systems in any case; who was written to."""
    row, parties = await together(told.get_told(tx, request_id), told.get_parties(tx, request_id))
    facts = {"number": row.number, "service": parties.service_name, "outcome": _outcome(row)}
    who_asked = _vendor(parties) if vendor else NOBODY
    who_wrote = _reviewer(await lock_account(tx, row.customer_id)) if reviewer else NOBODY
    await notify(
        tx,
        *who_asked.notices(RESOLVED, {**facts, "news": NEWS[row.status]}, key=_key(event_id, "vendor")),
        *who_wrote.notices(TO_REVIEWER, facts, key=_key(event_id, "reviewer")),
    )
    await publish(tx, Event.TAKEDOWN_RESOLVED, event_data(row))
    return Sent(who_asked.ways, who_wrote.ways)


def _vendor(parties: PartiesRow) -> Reader:
    addresses = {Channel.IN_APP: parties.vendor_external_id or str(parties.vendor_id)}
    if parties.vendor_email is not None:
        addresses[Channel.EMAIL] = parties.vendor_email
    return Reader(parties.vendor_name, vendor_person(parties.vendor_id), addresses)


def _reviewer(account: AccountRow) -> Reader:
    """Nobody is told who was erased."""
    if account.status is AccountStatus.DELETED:
        return NOBODY
    found = {way: address_of(account, way) for way in (Channel.EMAIL, Channel.IN_APP)}
    return Reader(account.name, account.person, {way: address for way, address in found.items() if address})


def _outcome(row: ToldRow) -> str:
    said = [OUTCOMES[row.review_status], row.resolution]
    return "".join(f"\n{sentence}\n" for sentence in said if sentence)


def _key(event_id: int, who: str) -> str:
    return f"takedown_event:{event_id}:{who}"
