"""The judge of the writers' run: it must see every wrong placing, or a clean report means nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.helpdesk.replay import Agent, Event, Kind, judge

MIDNIGHT = datetime(2025, 1, 1, tzinfo=UTC)


def at(second: float) -> datetime:
    return MIDNIGHT + timedelta(seconds=second)


def event(kind: Kind, ticket_id: int, second: float, *, agent_id: int | None = None, category: str = "loan") -> Event:
    return Event(kind, ticket_id, category, at(ticket_id), agent_id, at(second))


def one_agent(*, department: str = "loan", active: int = 0) -> dict[int, Agent]:
    return {7: Agent(department, capacity=1, active=active)}


def test_tickets_placed_in_their_order_as_room_appears_are_faultless() -> None:
    verdict = judge(
        [
            event("created", 1, 1),
            event("assigned", 1, 1, agent_id=7),
            event("created", 2, 2),
            event("created", 3, 3),
            event("resolved", 1, 9, agent_id=7),
            event("assigned", 2, 9, agent_id=7),
            event("resolved", 2, 12, agent_id=7),
            event("assigned", 3, 12, agent_id=7),
        ],
        one_agent(),
    )

    assert (verdict.over_capacity, verdict.overtaken, verdict.unplaced) == (0, 0, 0)
    assert (verdict.longest_wait_seconds, verdict.longest_queue) == (0.0, 2)


def test_a_ticket_placed_with_a_full_agent_is_seen() -> None:
    verdict = judge([event("created", 1, 1), event("assigned", 1, 2, agent_id=7)], one_agent(active=1))

    assert verdict.over_capacity == 1


@pytest.mark.parametrize(("department", "overtaken"), [("loan", 1), ("general", 1), ("payment", 0)])
def test_a_younger_ticket_placed_first_counts_where_its_agent_could_take_the_older(
    department: str, overtaken: int
) -> None:
    verdict = judge(
        [
            event("created", 1, 1),
            event("created", 2, 2, category="payment"),
            event("assigned", 2, 3, agent_id=7, category="payment"),
        ],
        one_agent(department=department),
    )

    assert verdict.overtaken == overtaken


def test_waiting_counts_from_the_moment_an_agent_who_could_take_it_has_room() -> None:
    verdict = judge(
        [event("created", 2, 2), event("resolved", 1, 10, agent_id=7), event("assigned", 2, 14, agent_id=7)],
        one_agent(active=1),
    )

    assert verdict.longest_wait_seconds == 4.0


def test_waiting_for_an_agent_of_another_department_does_not_count() -> None:
    verdict = judge([event("created", 1, 1), event("created", 2, 50)], one_agent(department="payment"))

    assert (verdict.longest_wait_seconds, verdict.unplaced) == (0.0, 2)
