"""Folding the kept totals of WhatsApp users, so that reading one stays one small step."""

from backoffice.helpdesk.customer import store
from backoffice.kernel.jobs.queue import folding

fold_customer_tally = folding("helpdesk.fold_customer_tally", store.fold_tally, every_seconds=10)
