"""What customers, vendors and staff are written about a dispute, and when; and what other systems are told.

Each takes the id of the timeline's line that it tells of: one event is told once to each, whatever is tried again.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from backoffice.kernel.database import Query, together
from backoffice.kernel.money import INR
from backoffice.kernel.notify.actions import Notice, Recipient, notify
from backoffice.kernel.notify.templates import Template
from backoffice.kernel.webhooks.actions import publish
from backoffice.kernel.write import Tx
from backoffice.marketplace.access import people
from backoffice.marketplace.customer import rules as customer_rules
from backoffice.marketplace.dispute import parties, rules, told
from backoffice.marketplace.dispute.outside import event_data, given_back
from backoffice.marketplace.dispute.parties import PartiesRow
from backoffice.marketplace.dispute.rules import Resolution, Sender, Status
from backoffice.marketplace.dispute.told import MessageRow, ToldRow
from backoffice.marketplace.events import Event
from backoffice.marketplace.permissions import Market

OPENED = Template(
    name="marketplace.dispute_opened",
    subject="We have received your complaint $reference",
    text="""Hello $name,

we have received your complaint "$about". Its number is $reference.

We will decide by $deadline, and write to you before if we have a question.
""",
    facts=frozenset({"name", "reference", "about", "deadline"}),
)
OPENED_ABOUT_VENDOR = Template(
    name="marketplace.dispute_opened_about_vendor",
    subject="A customer complained about a booking of yours: $reference",
    text="""Hello $name,

a customer complained about a booking of yours: "$about". The number of this
complaint is $reference.

Please send us your answer soon. We will decide by $deadline.
""",
    facts=frozenset({"name", "reference", "about", "deadline"}),
)
MOVED = Template(
    name="marketplace.dispute_moved",
    subject="The complaint $reference $news",
    text="""Hello $name,

the complaint $reference, "$about", $news.
$outcome""",
    facts=frozenset({"name", "reference", "about", "news", "outcome"}),
)
ANSWERED = Template(
    name="marketplace.dispute_answered",
    subject="A message about your complaint $reference",
    text="""Hello $name,

our team wrote to you about your complaint $reference:

$message
""",
    facts=frozenset({"name", "reference", "message"}),
)
FOR_STAFF = Template(
    name="marketplace.dispute_for_staff",
    subject="$reference: $news",
    text="""Hello $name,

$news.

    dispute    $reference
    about      $about
    priority   $priority
    to be decided by $deadline
""",
    facts=frozenset({"name", "reference", "about", "news", "priority", "deadline"}),
)
NEWS = {
    Status.OPEN: "is open",
    Status.IN_PROGRESS: "is being looked into",
    Status.RESOLVED: "has been resolved",
    Status.REJECTED: "has been rejected",
    Status.CLOSED: "is closed",
}
OUTCOMES = {
    Resolution.FULL_REFUND: "The whole amount, $amount, goes back to $whom.",
    Resolution.PARTIAL_REFUND: "$amount go back to $whom.",
    Resolution.NO_REFUND: "No money goes back.",
    Resolution.SERVICE_REDO: "The service is to be done again.",
}


@dataclass(frozen=True, slots=True)
class Happened:
    """A line of the timeline, with the dispute as it is told and whom it concerns."""

    event_id: int
    dispute: ToldRow
    parties: PartiesRow


async def _look(tx: Tx, dispute_id: int, event_id: int) -> Happened:
    row, found = await together(told.get_told(tx, dispute_id), parties.get_parties(tx, dispute_id))
    return Happened(event_id, row, found)


async def tell_opened(tx: Tx, dispute_id: int, event_id: int, *, beside: Query[Any]) -> None:
    """Customer, vendor and other systems: a dispute was opened. `beside` is a statement that is sent with it."""
    happened = await _look(tx, dispute_id, event_id)
    row = happened.dispute
    facts = {"reference": row.reference, "about": row.subject, "deadline": _moment(row.resolution_deadline)}
    notices = _to_customer(happened, OPENED, facts) if row.notify_user else []
    notices += _to_vendor(happened, OPENED_ABOUT_VENDOR, facts) if row.notify_vendor else []
    await notify(tx, *notices)
    await publish(tx, Event.DISPUTE_CREATED, event_data(row), beside=beside)


async def tell_moved(tx: Tx, dispute_id: int, event_id: int, *, reopened: bool, beside: Query[Any]) -> None:
    """Customer and vendor, as was wished, and whoever works on it, if somebody else moved it. Decisions by webhook."""
    happened = await _look(tx, dispute_id, event_id)
    row = happened.dispute
    news = "has been opened again" if reopened else NEWS[row.status]
    facts = {"reference": row.reference, "about": row.subject, "news": news}
    to_customer, to_vendor = _outcome(row, whom="you"), _outcome(row, whom="the customer")
    notices = _to_customer(happened, MOVED, {**facts, "outcome": to_customer}) if row.notify_user else []
    notices += _to_vendor(happened, MOVED, {**facts, "outcome": to_vendor}) if row.notify_vendor else []
    notices += await _to_assignee(tx, happened, f"The dispute {news}")
    await notify(tx, *notices)
    if row.status in rules.DECIDED:
        await publish(tx, Event.DISPUTE_RESOLVED, event_data(row), beside=beside)
    else:
        tx.send_ahead(beside)


async def tell_said(tx: Tx, message: MessageRow, event_id: int) -> None:
    """What staff say aloud goes to the customer, what customer or vendor say to whoever works on it."""
    happened = await _look(tx, message.dispute_id, event_id)
    if message.sender is Sender.ADMIN:
        facts = {"reference": happened.dispute.reference, "message": message.message}
        await notify(tx, *_to_customer(happened, ANSWERED, facts))
        return
    who = "customer" if message.sender is Sender.USER else "vendor"
    await tell_assignee(tx, message.dispute_id, event_id, news=f"The {who} wrote a message")


async def tell_assignee(tx: Tx, dispute_id: int, event_id: int, *, news: str) -> None:
    """Whoever works on it, unless they did it themselves."""
    happened = await _look(tx, dispute_id, event_id)
    await notify(tx, *await _to_assignee(tx, happened, news))


async def tell_running_out(tx: Tx, dispute_id: int, event_id: int) -> None:
    """Whoever works on it is reminded; where nobody does, those who may give it to somebody."""
    happened = await _look(tx, dispute_id, event_id)
    news = "The time to decide is running out"
    notices = await _to_assignee(tx, happened, news)
    await notify(tx, *(notices or await _to_managers(tx, happened, news)))


async def tell_escalated(tx: Tx, dispute_id: int, event_id: int) -> None:
    """Managers and whoever works on it: the time to decide is over."""
    happened = await _look(tx, dispute_id, event_id)
    news = "The time to decide is over; the dispute was escalated"
    managers, assignee = await _to_managers(tx, happened, news), await _to_assignee(tx, happened, news)
    await notify(tx, *{one.key: one for one in (*managers, *assignee)}.values())


def _to_customer(happened: Happened, template: Template, facts: dict[str, str]) -> list[Notice]:
    """To the customer, if an address is known."""
    to = happened.parties
    if to.customer_email is None:
        return []
    name = to.customer_name or "customer"
    person = customer_rules.person(to.customer_id)
    return [_notice(happened, template, Recipient(to.customer_email, name, person), facts, "customer")]


def _to_vendor(happened: Happened, template: Template, facts: dict[str, str]) -> list[Notice]:
    to = happened.parties
    if to.vendor_email is None:
        return []
    return [_notice(happened, template, Recipient(to.vendor_email, to.vendor_name or "vendor"), facts, "vendor")]


async def _to_assignee(tx: Tx, happened: Happened, news: str) -> list[Notice]:
    assigned_to = happened.parties.assigned_to
    if assigned_to is None or assigned_to == tx.actor.staff_id:
        return []
    return _to_staff(happened, await people.list_active(tx, [assigned_to]), news)


async def _to_managers(tx: Tx, happened: Happened, news: str) -> list[Notice]:
    """Those who may decide everything about a dispute."""
    managers = await people.list_who_may(tx, Market.DISPUTES_MANAGE, Market.DISPUTES_REFUND)
    return _to_staff(happened, managers, news)


def _to_staff(happened: Happened, staff: list[people.PersonRow], news: str) -> list[Notice]:
    row = happened.dispute
    facts = {
        "reference": row.reference,
        "about": row.subject,
        "news": news,
        "priority": row.priority,
        "deadline": _moment(row.resolution_deadline),
    }
    return [
        _notice(happened, FOR_STAFF, Recipient(one.email, one.full_name, f"staff:{one.id}"), facts, f"staff:{one.id}")
        for one in staff
    ]


def _notice(happened: Happened, template: Template, to: Recipient, facts: dict[str, str], who: str) -> Notice:
    return Notice(template, to, {**facts, "name": to.name}, f"dispute_event:{happened.event_id}:{who}")


def _outcome(row: ToldRow, *, whom: str) -> str:
    """What was decided, in sentences; nothing where nothing is. `whom` is what the reader calls the customer."""
    if row.status not in rules.DECIDED:
        return ""
    decided = OUTCOMES[row.resolution_type] if row.status is Status.RESOLVED and row.resolution_type else None
    sentences = [
        decided.replace("$amount", INR.written(given_back(row))).replace("$whom", whom) if decided else None,
        row.resolution,
    ]
    return "".join(f"\n{sentence}\n" for sentence in sentences if sentence)


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%d %B %Y, %H:%M} UTC"
