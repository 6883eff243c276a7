"""How a message to a customer travels. Pure: no SQL, no clock, no HTTP.

queued --> sending --> sent --> delivered --> read
   ^         |  |        |
   |         v  +--------+----> failed
   +----- unknown ---------------^

A delivery status is the word of WhatsApp itself: it settles a message from any state before it, and never goes back.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from backoffice.helpdesk.whatsapp.payload import Button, DeliveryState, DeliveryStatus
from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import Invalid, NotFound
from backoffice.kernel.lanes import JobName, Lane
from backoffice.kernel.moves import Transitions

SEND = JobName("helpdesk.send_outbound", Lane.SENDING)
WINDOW = timedelta(hours=24)
"""How long after a customer's message WhatsApp takes anything but templates."""
GIVE_UP_AFTER = timedelta(hours=24)
"""How long a message that WhatsApp does not take for now is tried again."""
MOST_RESENDS = 3
"""Each resend of an uncertain message may be a duplicate: after these it has failed."""
LONGEST_TEXT = 4096
LONGEST_QUESTION = 1024
LONGEST_VARIABLE = 1024
"""Characters of a template's body, its own words and ours together."""
VARIABLE = "{{1}}"
OPTED_OUT = "The customer has opted out of messages"
NEVER_CONFIRMED = "WhatsApp never confirmed it"
TRACKER = re.compile(r"bo:([1-9][0-9]{0,17})", re.ASCII)


class Status(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Purpose(StrEnum):
    """Who speaks: the assistant, an agent, the house itself, a broadcast, or the confirmation of STOP."""

    BOT = "bot"
    AGENT = "agent"
    NOTICE = "notice"
    BROADCAST = "broadcast"
    OPT_OUT = "opt_out"


class Kind(StrEnum):
    TEXT = "text"
    BUTTONS = "buttons"
    TEMPLATE = "template"


TRANSITIONS: Transitions[Status] = {
    Status.QUEUED: frozenset({Status.SENDING, Status.SENT, Status.DELIVERED, Status.READ, Status.FAILED}),
    Status.SENDING: frozenset(
        {Status.SENT, Status.DELIVERED, Status.READ, Status.FAILED, Status.QUEUED, Status.UNKNOWN}
    ),
    Status.UNKNOWN: frozenset({Status.SENT, Status.DELIVERED, Status.READ, Status.FAILED, Status.QUEUED}),
    Status.SENT: frozenset({Status.DELIVERED, Status.READ, Status.FAILED}),
    Status.DELIVERED: frozenset({Status.READ}),
    Status.READ: frozenset(),
    Status.FAILED: frozenset(),
}


class OutboxAct(Act):
    RESENT = "outbound.resent"


class OutboundNotFound(NotFound):
    """Message with ID {outbound_id} not found"""

    outbound_id: int


class NotUncertain(Invalid):
    """Only a message whose delivery is unknown can be sent again; this one is {status}."""

    status: str


class TooLongForTemplate(Invalid):
    """The template has room for {fits} characters, this text has {length}. Shorten it, or send it in parts."""

    fits: int
    length: int


@dataclass(frozen=True, slots=True)
class Question:
    """Words with one to three buttons to answer by."""

    body: str
    buttons: tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """Words of the house to a customer, about a ticket or about themselves."""

    whatsapp_user_id: int
    text: str
    ticket_id: int | None = None


@dataclass(frozen=True, slots=True)
class Intent:
    """Something to be sent, before it has an id."""

    purpose: Purpose
    kind: Kind
    payload: Mapping[str, Any]
    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one try to send came to."""

    status: Status
    wa_message_id: str | None = None
    error: str | None = None


@dataclass(slots=True)
class Told:
    """How far the statuses of one webhook bring a message, and when each step happened."""

    status: Status
    wa_message_id: str
    error: str | None = None
    times: dict[str, Any] = field(default_factory=dict)


def lock_of(whatsapp_user_id: int) -> str:
    """What keeps the jobs that send to one customer in their order."""
    return f"whatsapp-out:{whatsapp_user_id}"


def before(status: Status) -> list[Status]:
    """The states from which a message may come to this one."""
    return [old for old, news in TRANSITIONS.items() if status in news]


def tracker_of(outbound_id: int) -> str:
    """What travels with a message and comes back with its statuses, before we know WhatsApp's id for it."""
    return f"bo:{outbound_id}"


def id_of(tracker: str | None) -> int | None:
    """Our own id in a tracker; None for whatever we did not write."""
    found = TRACKER.fullmatch(tracker or "")
    return int(found[1]) if found else None


def told_by(statuses: list[DeliveryStatus], *, status: Status, wa_message_id: str | None) -> Told | None:
    """Where a message stands after these statuses, in whatever order they come; None when they tell nothing new.

    A failure counts only for the try we know of: an earlier one may fail while the message is on its way again.
    """
    told: Told | None = None
    for one in sorted(statuses, key=lambda each: each.occurred_at):
        to = Status(one.status.value)
        other_try = wa_message_id not in (None, one.wa_message_id)
        if to not in TRANSITIONS[status] or (one.status is DeliveryState.FAILED and other_try):
            continue
        status = to
        told = told or Told(to, one.wa_message_id)
        told.status = to
        told.times[to] = one.occurred_at
        if one.status is DeliveryState.FAILED:
            told.error = one.error or "Not delivered"
    return told


def template_room(name: str, text: str) -> int | None:
    """How many characters of ours the configured template takes beside its own; None without a template."""
    return max(0, LONGEST_VARIABLE - len(text.replace(VARIABLE, ""))) if name else None


def on_one_line(text: str) -> str:
    """As WhatsApp takes a template's variable: no line breaks, no tabs, no rows of spaces."""
    return " ".join(text.split())


def check_fits_template(text: str, room: int) -> None:
    """What would be cut is refused before anybody believes that it was sent."""
    length = len(on_one_line(text))
    if length > room:
        raise TooLongForTemplate(fits=room, length=length)


def is_unwanted(purpose: Purpose, *, opted_out: bool, no_offers: bool) -> bool:
    """Whether the customer has asked for silence: about everything but the confirmation of it, or about offers."""
    return (opted_out and purpose is not Purpose.OPT_OUT) or (no_offers and purpose is Purpose.BROADCAST)


def shorten(text: str, most: int) -> str:
    """As much of the text as WhatsApp takes."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
