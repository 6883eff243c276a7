"""Replays what the tickets' logs say happened, and judges it: capacity, waiting, order.

Assigning is serialised, so the moments in the logs are in the order in which things became true. Pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from backoffice.helpdesk.ticket.choosing import FALLBACK

Kind = Literal["created", "assigned", "resolved"]


@dataclass(frozen=True, slots=True)
class Event:
    """A ticket was queued by its creation, given to an agent, or resolved by that agent."""

    kind: Kind
    ticket_id: int
    category: str
    queued_at: datetime
    agent_id: int | None
    at: datetime


@dataclass(slots=True)
class Agent:
    department: str
    capacity: int
    active: int

    @property
    def has_room(self) -> bool:
        return self.active < self.capacity

    def may_take(self, category: str) -> bool:
        return self.department in (category, FALLBACK)


@dataclass
class Verdict:
    over_capacity: int = 0
    overtaken: int = 0
    longest_wait_seconds: float = 0.0
    longest_queue: int = 0
    unplaced: int = 0
    _since: dict[int, datetime] = field(default_factory=dict)


def judge(events: Iterable[Event], agents: dict[int, Agent]) -> Verdict:
    """`agents` are as they were before the first event; they are counted up and down on the way."""
    verdict, queue = Verdict(), dict[int, Event]()
    for event in events:
        agent = agents[event.agent_id] if event.agent_id is not None else None
        if event.kind == "created":
            queue[event.ticket_id] = event
        elif agent is not None and event.kind == "assigned":
            _place(event, agent, queue=queue, verdict=verdict)
        elif agent is not None:
            agent.active -= 1
        verdict.longest_queue = max(verdict.longest_queue, len(queue))
        _note_room(event.at, queue, agents=agents, verdict=verdict)
    verdict.unplaced = len(queue)
    return verdict


def _place(event: Event, agent: Agent, *, queue: dict[int, Event], verdict: Verdict) -> None:
    waiting = queue.pop(event.ticket_id)
    place = (waiting.queued_at, waiting.ticket_id)
    verdict.overtaken += any(
        (one.queued_at, one.ticket_id) < place for one in queue.values() if agent.may_take(one.category)
    )
    agent.active += 1
    verdict.over_capacity += agent.active > agent.capacity
    since = verdict._since.pop(event.ticket_id, None)
    if since is not None:
        verdict.longest_wait_seconds = max(verdict.longest_wait_seconds, (event.at - since).total_seconds())


def _note_room(at: datetime, queue: dict[int, Event], *, agents: dict[int, Agent], verdict: Verdict) -> None:
    """Since when each waiting ticket has an agent who could take it; as long as nobody could, it waits rightly."""
    free = {agent.department for agent in agents.values() if agent.has_room}
    if not free:
        verdict._since.clear()
        return
    for ticket_id, waiting in queue.items():
        if waiting.category in free or FALLBACK in free:
            verdict._since.setdefault(ticket_id, at)
        else:
            verdict._since.pop(ticket_id, None)
