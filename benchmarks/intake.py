"""Webhooks: how many signed ones a second are taken in, and how fast the worker answers what they queued."""

from collections.abc import Iterator

from benchmarks.ground import Ground
from benchmarks.plan import Finding, Plan


def intake(plan: Plan, ground: Ground) -> Iterator[Finding]:
    yield Finding("webhook intake", "not yet", "")
