"""How many rows a bulk act may have, how each may end, and why one is refused. Pure: no SQL, no clock, no HTTP."""

from collections.abc import Mapping
from enum import StrEnum

from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import Conflict, Forbidden, Invalid, NotFound

MOST_ROWS = 10_000
TYPE = "bulk_operation"


class Outcome(StrEnum):
    """`failed` is for a reason of ours: the next rows are done all the same, and a retry takes it up again."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


class BulkStart(Act):
    STARTED = "bulk.started"
    UNDO_STARTED = "bulk.undo_started"


class MayNotDo(Forbidden):
    """You may not do this: that needs {required_permission}"""

    required_permission: str


class NothingSelected(Invalid):
    """Nothing fits what was selected"""


class TooManySelected(Invalid):
    """A bulk act changes {most} rows at most; select fewer"""

    most: int


class SelectionChanged(Conflict):
    """Rows expected: {expected}, rows that fit by now: {found}. Look again before you change them"""

    expected: int
    found: int


class BulkNotFound(NotFound):
    """There is no such bulk act"""

    job_id: str


class NothingLeft(Conflict):
    """There is nothing left of this bulk act to be done"""


class WordsForgotten(Conflict):
    """What was said of this bulk act is forgotten a day after its end: start a new one for the rows that are left"""


class PermissionLost(Forbidden):
    """Whoever started this may no longer do it ({required_permission}): what was not done yet stays as it is"""

    required_permission: str


class CannotUndo(Conflict):
    """This bulk act can't be taken back: {because}"""

    because: str
    undone_as: str | None = None


class RowHeld(Conflict):
    """Somebody else was at work on it all the time: try again"""


class ChangedSince(Conflict):
    """It was changed since, so it stays as it is"""


class NoInverse(Conflict):
    """What was done to it can't be taken back"""


def check_size(found: int, *, expected: int | None) -> None:
    """`expected` is how many somebody saw who chose them. NothingSelected, TooManySelected, SelectionChanged."""
    if found == 0:
        raise NothingSelected
    if found > MOST_ROWS:
        raise TooManySelected(most=MOST_ROWS)
    if expected is not None and expected != found:
        raise SelectionChanged(expected=expected, found=found)


def waiting_of(counts: Mapping[Outcome, int]) -> int:
    return counts.get(Outcome.WAITING, 0)
