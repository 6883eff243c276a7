"""Folding the kept sums of claims, so that reading a total stays one small step."""

from backoffice.kernel.jobs.queue import folding
from backoffice.shield.claim import store

fold_claim_tally = folding("shield.fold_claim_tally", store.fold_tally, every_seconds=5)
