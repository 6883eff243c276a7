"""Who may look at a background job. Pure: no SQL, no clock, no HTTP."""

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


def check_may_see(actor: Actor, creator_id: int | None) -> None:
    """Whoever asked for it may, and who may see all."""
    if actor.id != creator_id and not actor.can(Market.JOBS_VIEW_ALL):
        raise NotYourJob(required_permission=Market.JOBS_VIEW_ALL)
