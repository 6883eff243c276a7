"""How the log's entries are named and told apart. Pure: no SQL, no clock, no HTTP."""

from backoffice.kernel.errors import NotFound

PERSONS = "marketplace:"
"""What the data subject of a customer begins with; the customer's id follows."""


class AuditEntryNotFound(NotFound):
    """Audit entry not found"""

    entry_id: str


def kind_of(action: str) -> str:
    """`user.viewed` is about a user."""
    return action.partition(".")[0]


def subjects_of(resource_id: str, *, actions: list[str]) -> list[str]:
    """What an entry about this may be kept under: as any kind of thing that there are entries of."""
    return sorted({f"{kind_of(action)}:{resource_id}" for action in actions})
