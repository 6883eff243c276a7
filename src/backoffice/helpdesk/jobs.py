"""Every job of the helpdesk: importing this module makes them known to a worker."""

from backoffice.helpdesk.broadcast import jobs as broadcast
from backoffice.helpdesk.conversation import jobs as conversation
from backoffice.helpdesk.outbox import jobs as outbox

MODULES = (broadcast, conversation, outbox)
