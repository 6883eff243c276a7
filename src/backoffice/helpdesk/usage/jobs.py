"""Folding what was counted into days, so that reading a period stays one small step."""

from backoffice.helpdesk.usage import store
from backoffice.kernel.jobs.queue import folding

fold_usage = folding("helpdesk.fold_usage", store.fold_usage, every_seconds=10)
