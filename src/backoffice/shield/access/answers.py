"""People of shield's staff as its answers show them."""

from uuid import UUID

from backoffice.kernel.identifiers import shown
from backoffice.shield.access.schemas import ActorOut


def actor_out(public_id: UUID | None, name: str | None) -> ActorOut | None:
    """None where nobody did it."""
    return {"admin_id": shown("admin", public_id), "admin_name": name or ""} if public_id else None
