"""Who may look at a background job, end it and take it back. Pure: no SQL, no clock, no HTTP."""

from collections.abc import Iterable
from uuid import UUID

from backoffice.kernel.actor import Actor
from backoffice.kernel.errors import Forbidden, NotFound
from backoffice.marketplace.permissions import Market


class JobNotFound(NotFound):
    """Background job not found"""

    job_id: str


class NotYourJob(Forbidden):
    """This is somebody else's job: that needs {required_permission}"""

    required_permission: str


def not_found(job_id: UUID) -> JobNotFound:
    return JobNotFound(job_id=str(job_id))


def check_may(actor: Actor, creator_id: int | None, *, permission: Market) -> None:
    """Whoever asked for it may, and whoever has the permission to do so with everybody's. NotYourJob."""
    if actor.id != creator_id and not actor.can(permission):
        raise NotYourJob(required_permission=permission)


def may_open(actor: Actor, *, opens: Iterable[str]) -> bool:
    """Whether somebody gets the link to what a job wrote: who may still read what is in it, whoever asked for it.

    Seeing everybody's jobs opens nobody's personal values.
    """
    return all(actor.can(permission) for permission in opens)
