"""What the desk's warm doors ask, and the desk as load runs see it."""

from urllib.parse import urlencode

from backoffice.helpdesk.permissions import ROLES, Role
from backoffice.helpdesk.product import HELPDESK
from backoffice.helpdesk.ticket import listing
from backoffice.helpdesk.ticket.rules import Category, Status
from backoffice.kernel.actor import Actor, ActorKind
from benchmarks.helpdesk.content import ADMIN_ID, MESSAGES_EACH
from benchmarks.helpdesk.fill import VERSION, fill, forget
from benchmarks.product import NOWHERE, Door, Tested

TICKETS = "/helpdesk/api/v1/tickets"
SHOWN = {"status": Status.CLOSED.value, "category": Category.PAYMENT.value}
"""What the list is filtered by: a fifth of all tickets."""
PAGE_SIZE = 20
LIST = f"{TICKETS}?{urlencode({**SHOWN, 'limit': PAGE_SIZE})}"

DESK = Tested(
    HELPDESK,
    Actor(ActorKind.STAFF, ADMIN_ID, "admin", "helpdesk", Role.SUPER_ADMIN, ROLES[Role.SUPER_ADMIN]),
    version=VERSION,
    fill=fill,
    forget=forget,
    contents=lambda tickets: f"{tickets:,} tickets, {tickets * MESSAGES_EACH:,} messages",
    doors={
        "list": Door(
            LIST,
            asks=lambda _: [
                listing.TICKETS.rows(NOWHERE, SHOWN, limit=PAGE_SIZE),
                listing.TICKETS.total(NOWHERE, SHOWN),
            ],
        ),
        "detail": Door(
            TICKETS + "/{}",
            asks=lambda ticket: [
                listing.get_detail(NOWHERE, int(ticket)),
                listing.list_conversation(NOWHERE, int(ticket)),
                listing.list_activities(NOWHERE, int(ticket)),
            ],
        ),
    },
)
