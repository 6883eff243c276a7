"""What a run measures, and how long it takes over it."""

from dataclasses import dataclass
from pathlib import Path

CASES = {
    "helpdesk": ("idle", "list", "detail", "growth", "depth", "writers", "swamped", "intake", "hanging"),
    "marketplace": (
        *("customers", "finding", "bookings", "disputes", "everything", "lists", "booking", "takedowns", "analytics"),
        *("market", "customer", "peer"),
    ),
    "shield": ("users", "search", "claims", "stats", "audit", "user"),
}
"""Of each product, in the order in which they are measured. What a look at a user writes would be in the way before."""
BY_NAME = frozenset({"peer"})
"""Measured only where it is asked for by its own name: it installs packages that the product does not have."""
EVERY_CASE = frozenset(case for cases in CASES.values() for case in cases) - BY_NAME


@dataclass(frozen=True)
class Plan:
    """`scale` is the number of tickets, and of members.

    `seconds` is the length of one measurement; a comparison takes `rounds` of them for each side, in turn.
    """

    scale: int = 1_000_000
    data: Path = Path("var/bench")
    cases: frozenset[str] = EVERY_CASE
    seconds: float = 4.0
    rounds: int = 3
    tickets: int = 10_000
    connections: int = 8


@dataclass(frozen=True)
class Finding:
    """One line of the report. `goal` is what it should be, `met` whether it is; without a goal it only informs."""

    case: str
    what: str
    value: str
    goal: str = ""
    met: bool = True
