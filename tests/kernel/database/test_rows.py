"""Rows made of rows: a dataclass in a dataclass takes a column for each of its own fields."""

from dataclasses import FrozenInstanceError, dataclass
from enum import StrEnum
from typing import Any

import pytest

from backoffice.kernel.database.rows import columns_of, maker_of, part_of, values_of


class Size(StrEnum):
    SMALL = "small"


@dataclass(frozen=True, slots=True)
class Agent:
    id: int
    size: Size | None


@dataclass(frozen=True, slots=True)
class Ticket:
    id: int
    agent: Agent | None
    size: Size


@dataclass(frozen=True, slots=True)
class Detail(Ticket):
    notes: list[str]


def test_a_row_within_a_row_takes_its_columns_in_its_place() -> None:
    assert [name for name, _ in columns_of(Ticket)] == ["id", "agent_id", "agent_size", "size"]
    assert maker_of(Ticket)((1, 2, "small", "small")) == Ticket(1, Agent(2, Size.SMALL), Size.SMALL)


def test_a_row_within_a_row_is_none_where_its_first_column_is_null() -> None:
    assert maker_of(Ticket)((1, None, None, "small")) == Ticket(1, None, Size.SMALL)


def test_a_larger_row_begins_with_the_values_of_a_smaller_one() -> None:
    ticket = Ticket(1, Agent(2, None), Size.SMALL)

    assert Detail(**values_of(ticket), notes=["hi"]) == Detail(1, ticket.agent, Size.SMALL, ["hi"])


def test_a_part_of_a_row_has_no_more_than_its_own_fields() -> None:
    assert part_of(Ticket, Detail(1, None, Size.SMALL, ["hi"])) == Ticket(1, None, Size.SMALL)


@dataclass(frozen=True)
class Listed:
    id: int
    title: str | None


@dataclass(frozen=True, slots=True)
class Kept:
    id: int


@dataclass(frozen=True, slots=True)
class Checked:
    id: int

    def __post_init__(self) -> None:
        if self.id < 0:
            raise ValueError("an id below zero")


@pytest.mark.parametrize(("row", "values"), [(Listed, (1, None)), (Kept, (1,)), (Detail, (1, 2, None, "small", []))])
def test_a_row_is_what_its_class_makes_and_can_not_be_written_to(row: Any, values: tuple[Any, ...]) -> None:
    made = maker_of(row)(values)

    assert type(made) is row
    assert hash(made) == hash(row(*values)) if row is not Detail else made == Detail(1, Agent(2, None), Size.SMALL, [])
    with pytest.raises(FrozenInstanceError):
        made.id = 2


def test_a_row_that_checks_itself_does_so() -> None:
    with pytest.raises(ValueError, match="below zero"):
        maker_of(Checked)((-1,))
