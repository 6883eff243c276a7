"""What becomes of a gateway's event, and what is a refusal of its news. Pure: no SQL, no clock, no HTTP.

received --> done         carried out, or known already
   |   |---> set_aside    kept, shown, acted on by nobody: unknown, or not as we have it
   |   |---> stuck        it failed, or comes too early: tried again, at last left for people
   ^------- by staff, from set_aside and stuck
"""

from datetime import timedelta
from enum import StrEnum

from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import Conflict, NotFound, Unauthenticated
from backoffice.kernel.lanes import JobName, Lane
from backoffice.kernel.moves import Transitions

TAKE = JobName("marketplace.take_gateway_event", Lane.SENDING)
LARGEST_WEBHOOK_BYTES = 1_000_000
MOST_TRIES = 16
LONGEST_WAIT = timedelta(hours=6)
KEPT = timedelta(days=90)
"""How long events stay, what nobody carried out included."""
LONGEST_PROBLEM = 500
UNKNOWN_KIND = "nobody here knows this kind of event"
NOT_ASKED_FOR = "no refund here was asked for under this key: somebody gave the money back at the gateway itself"
LOST = "this refund left before the database was restored: it comes into the books at night, or was settled by hand"
NOT_DECIDED = "the gateway gave back money for a refund that nobody decided"
CAME_TOO = "an earlier try of this refund came through after all, beside the one on its way: look at the gateway"
TWICE = "the gateway gave the money back once more under another reference: look at the gateway"
NO_ROOM = "a refund that had failed was carried out after all, and what it gave back is promised elsewhere by now"
UNDONE = "the gateway could not carry out a refund that it had confirmed: the customer may not have the money"


class Status(StrEnum):
    RECEIVED = "received"
    DONE = "done"
    SET_ASIDE = "set_aside"
    STUCK = "stuck"


TRANSITIONS: Transitions[Status] = {
    Status.RECEIVED: frozenset({Status.DONE, Status.SET_ASIDE, Status.STUCK}),
    Status.STUCK: frozenset({Status.DONE, Status.SET_ASIDE, Status.RECEIVED}),
    Status.SET_ASIDE: frozenset({Status.RECEIVED}),
    Status.DONE: frozenset(),
}


class GatewayEventAct(Act):
    VIEWED = "gateway_event.viewed"
    RETRIED = "gateway_event.retried"


class WrongSignature(Unauthenticated):
    """The signature is missing, too old, or not that of this body"""


class GatewayEventNotFound(NotFound):
    """Gateway event not found"""

    event_id: str


class EventCarriedOut(Conflict):
    """This event was carried out already"""

    event_id: str


class NewsDiffers(Conflict):
    """{problem}"""

    problem: str


class NewsTooEarly(Conflict):
    """{problem}"""

    problem: str


def wait_after(tries: int) -> timedelta | None:
    """Until a stuck event is tried again: 1, 2, 4 ... minutes, at the longest six hours; None when it is left."""
    return None if tries >= MOST_TRIES else min(timedelta(minutes=2 ** min(tries - 1, 12)), LONGEST_WAIT)
