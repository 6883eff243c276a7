"""Tables of the moves a status may make. The same pairs stand in a trigger; a test compares the two."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TypeVar

from backoffice.kernel.errors import Refusal

S = TypeVar("S", bound=StrEnum)
Transitions = Mapping[S, frozenset[S]]


def pairs(transitions: Transitions[S]) -> set[str]:
    """`old>new` for every allowed move, as the trigger's arguments say it."""
    return {f"{old}>{new}" for old, news in transitions.items() for new in news}


def check(transitions: Transitions[S], *, old: S, new: S, refusal: Callable[[], Refusal]) -> None:
    """Raise the product's own refusal where the move is not among the transitions.

    It is made only then: history that comes in asks this of a million moves.
    """
    if new not in transitions[old]:
        raise refusal()
