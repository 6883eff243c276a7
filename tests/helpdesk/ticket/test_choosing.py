"""Choosing an agent, for any team anybody can think of."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from backoffice.helpdesk.ticket.choosing import FALLBACK, Candidate, choose
from backoffice.helpdesk.ticket.rules import Category

TIMES = st.none() | st.integers(0, 5).map(lambda minutes: datetime(2026, 1, 1, 12, minutes, tzinfo=UTC))


@st.composite
def candidates(draw: st.DrawFn) -> list[Candidate]:
    """A team, some of them full; a manual assignment may have filled somebody above capacity."""
    return [
        Candidate(
            staff_id=number,
            username=f"agent_{number}",
            full_name=f"Agent {number}",
            department=draw(st.sampled_from(Category)),
            capacity=draw(st.integers(1, 4)),
            active=draw(st.integers(0, 6)),
            last_assigned_at=draw(TIMES),
        )
        for number in range(1, draw(st.integers(0, 8)) + 1)
    ]


@given(candidates(), st.sampled_from(Category))
def test_nobody_is_chosen_who_is_full_or_neither_of_the_department_nor_general(
    team: list[Candidate], category: Category
) -> None:
    choice = choose(team, category)

    if choice is not None:
        assert choice.agent.active < choice.agent.capacity
        assert choice.agent.department in (category, FALLBACK)


@given(candidates(), st.sampled_from(Category))
def test_a_general_agent_is_chosen_only_when_the_department_has_no_room(
    team: list[Candidate], category: Category
) -> None:
    choice = choose(team, category)
    own = [one for one in team if one.department is category and one.has_room]

    if own:
        assert choice is not None
        assert choice.agent.department is category


@given(candidates(), st.sampled_from(Category))
def test_no_colleague_of_the_chosen_one_is_less_busy_or_as_busy_and_waiting_longer(
    team: list[Candidate], category: Category
) -> None:
    choice = choose(team, category)

    if choice is not None:
        chosen = choice.agent
        colleagues = [one for one in team if one.department is chosen.department and one.has_room]
        assert all(chosen.load <= one.load for one in colleagues)
        for equal in (one for one in colleagues if one.load == chosen.load):
            assert chosen.last_assigned_at is None or (
                equal.last_assigned_at is not None and chosen.last_assigned_at <= equal.last_assigned_at
            )


@given(candidates(), st.sampled_from(Category))
def test_the_order_in_which_agents_are_listed_decides_nothing(team: list[Candidate], category: Category) -> None:
    there, back = choose(team, category), choose(team[::-1], category)

    assert (there and there.agent.staff_id) == (back and back.agent.staff_id)
