"""What staff do with background jobs: their own, and everybody's where they have the permission for that."""

from datetime import datetime
from uuid import UUID

from backoffice.kernel import task
from backoffice.kernel.task import HeldRow
from backoffice.kernel.write import Tx
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.task import rules


async def _hold(tx: Tx, job_id: UUID, permission: Market) -> HeldRow:
    """JobNotFound, NotYourJob."""
    held = await task.hold(tx, job_id, missing=rules.not_found(job_id))
    rules.check_may(tx.actor, held.creator_id, permission=permission)
    return held


async def cancel_job(tx: Tx, job_id: UUID, *, reason: str | None) -> datetime:
    """When it ended. JobNotFound, NotYourJob, CannotCancel."""
    return await task.cancel(tx, await _hold(tx, job_id, Market.JOBS_CANCEL), reason=reason)


async def delete_job(tx: Tx, job_id: UUID) -> None:
    """JobNotFound, NotYourJob, CannotDelete."""
    await task.remove(tx, await _hold(tx, job_id, Market.JOBS_DELETE))


async def retry_job(tx: Tx, job_id: UUID) -> UUID:
    """The new job's id. It runs as whoever asks now, who may be somebody else. JobNotFound, NotYourJob, CannotRetry."""
    return await task.retry(tx, await _hold(tx, job_id, Market.JOBS_VIEW_ALL))
