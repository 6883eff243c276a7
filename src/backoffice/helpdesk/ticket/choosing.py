"""Choosing an agent for a ticket. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from backoffice.helpdesk.ticket.rules import Category

FALLBACK = Category.GENERAL
"""The department that takes a ticket whose own department has nobody."""
TAKEN_OVER = "{agent} takes over your ticket {code} and will write to you here."
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class Candidate:
    """An active, available agent below capacity."""

    staff_id: int
    username: str
    full_name: str
    department: Category
    capacity: int
    active: int
    last_assigned_at: datetime | None

    @property
    def has_room(self) -> bool:
        return self.active < self.capacity

    @property
    def load(self) -> float:
        """Active tickets by capacity, 0 to 1."""
        return self.active / self.capacity


@dataclass(frozen=True, slots=True)
class Choice:
    agent: Candidate
    reason: str


def choose(candidates: Iterable[Candidate], category: Category) -> Choice | None:
    """The least loaded agent of the ticket's department, else of the fallback; among equals, who waited longest."""
    free = [candidate for candidate in candidates if candidate.has_room]
    own = [candidate for candidate in free if candidate.department is category]
    eligible = own or [candidate for candidate in free if candidate.department is FALLBACK]
    if not eligible:
        return None
    agent = min(eligible, key=lambda one: (one.load, one.last_assigned_at or LONG_AGO, one.staff_id))
    why = f"least loaded of {len(eligible)} available {agent.department} agents ({agent.active} of {agent.capacity})"
    if not own and category is not FALLBACK:
        why += f"; no {category} agent had room"
    return Choice(agent, why)
