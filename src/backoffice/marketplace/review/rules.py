"""What a review may become. Pure: no SQL, no clock, no HTTP.

visible <--> hidden --> removed
   ^____________________^            removed is soft: it can be shown again
"""

from enum import StrEnum

from backoffice.kernel.moves import Transitions


class Status(StrEnum):
    VISIBLE = "visible"
    HIDDEN = "hidden"
    REMOVED = "removed"


TRANSITIONS: Transitions[Status] = {
    Status.VISIBLE: frozenset({Status.HIDDEN, Status.REMOVED}),
    Status.HIDDEN: frozenset({Status.VISIBLE, Status.REMOVED}),
    Status.REMOVED: frozenset({Status.VISIBLE}),
}
