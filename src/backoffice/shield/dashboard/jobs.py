"""Folding the dashboard's sums, so that reading them stays a few small steps."""

from backoffice.kernel.jobs.queue import folding
from backoffice.shield.dashboard import store

fold_dashboard_sums = folding("shield.fold_dashboard_sums", store.fold_sums, every_seconds=5)
