"""The helpdesk's doors: its capabilities' doors, in the order in which paths are tried."""

from backoffice.helpdesk.access import api as access
from backoffice.helpdesk.broadcast import api as broadcast
from backoffice.helpdesk.conversation import api as conversation
from backoffice.helpdesk.customer import api as customer
from backoffice.helpdesk.intake import api as intake
from backoffice.helpdesk.knowledge import api as knowledge
from backoffice.helpdesk.search import api as search
from backoffice.helpdesk.team import api as team
from backoffice.helpdesk.testing_mode import api as testing_mode
from backoffice.helpdesk.ticket import api as ticket
from backoffice.helpdesk.usage import api as usage

DOORS = [
    access.door,
    team.door,
    ticket.door,
    conversation.door,
    intake.door,
    customer.door,
    knowledge.door,
    testing_mode.door,
    broadcast.door,
    usage.door,
    search.door,
]
