"""Folding the kept sums of tickets, so that reading a total stays one small step."""

from backoffice.helpdesk.ticket import store
from backoffice.kernel.jobs.queue import folding

fold_ticket_tally = folding("helpdesk.fold_ticket_tally", store.fold_tally, every_seconds=5)
