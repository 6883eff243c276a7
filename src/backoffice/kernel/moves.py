"""Tables of the moves a status may make. The same pairs stand in a trigger; a test compares the two."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

S = TypeVar("S", bound=StrEnum)
Transitions = Mapping[S, frozenset[S]]


def pairs(transitions: Transitions[S]) -> set[str]:
    """`old>new` for every allowed move, as the trigger's arguments say it."""
    return {f"{old}>{new}" for old, news in transitions.items() for new in news}
