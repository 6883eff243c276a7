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


def subjects_of(resource_id: str, *, resource_type: str | None, actions: list[str]) -> list[str]:
    """What an entry about this is kept under: of the type, or of any type there are entries of."""
    kinds = {kind_of(action) for action in actions} if resource_type is None else {resource_type}
    return sorted(f"{kind}:{resource_id}" for kind in kinds)
