"""Every job of the helpdesk: importing this module makes them known to a worker."""

from backoffice.helpdesk.ticket import jobs as ticket

MODULES = (ticket,)
