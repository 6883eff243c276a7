"""Every job of the helpdesk: importing this module makes them known to a worker."""

from backoffice.helpdesk.broadcast import jobs as broadcast
from backoffice.helpdesk.conversation import jobs as conversation
from backoffice.helpdesk.customer import jobs as customer
from backoffice.helpdesk.outbox import jobs as outbox
from backoffice.helpdesk.ticket import jobs as ticket
from backoffice.helpdesk.usage import jobs as usage

MODULES = (broadcast, conversation, customer, outbox, ticket, usage)
