"""Sending: the intent is committed first, the mail server is called outside any transaction, the outcome is noted."""

from datetime import UTC, datetime

import structlog

from backoffice.kernel.house import House
from backoffice.kernel.jobs.queue import HOUR, MINUTE, JobRun, job, periodic
from backoffice.kernel.lanes import Lane
from backoffice.kernel.notify import actions, channels, rules, store
from backoffice.kernel.notify.actions import Claimed
from backoffice.kernel.notify.rules import Outcome, Status

log = structlog.get_logger("backoffice.notify")


@job(rules.SEND, attempts=50, outward=True)
async def send_notification(run: JobRun, *, notice_id: str) -> None:
    """Send one message. A crash between call and record leaves it `sending`, which the next run calls unknown."""
    async with run.write() as tx:
        claimed = await actions.claim(tx, notice_id)
    if claimed is None:
        return
    outcome = await _send(run.house, claimed)
    async with run.write() as tx:
        await actions.settle(tx, claimed.row, outcome)
    if outcome.status is not Status.SENT:
        log.warning("notification not sent", notice=notice_id, status=outcome.status, cause=outcome.error)


async def _send(house: House, claimed: Claimed) -> Outcome:
    letter = actions.open_letter(house.keys, claimed)
    if letter is None:
        return Outcome(Status.FAILED, rules.ERASED)
    try:
        await channels.hand_over(house.settings, letter)
    except channels.NotTaken as why:
        return rules.postponed(datetime.now(UTC) - claimed.row.queued_at, str(why))
    except channels.Refused as why:
        return Outcome(Status.FAILED, str(why))
    except channels.Uncertain as why:
        return Outcome(Status.UNKNOWN, str(why))
    return Outcome(Status.SENT)


@periodic("kernel.empty_old_notifications", every_seconds=HOUR, at_second=23 * MINUTE, lane=Lane.BULK)
async def empty_old_notifications(run: JobRun) -> None:
    """Texts are kept 30 days after their message was sent or given up."""
    async with run.write() as tx:
        if count := await store.empty_old(tx, days=rules.TEXT_KEPT_DAYS):
            tx.record("notification texts emptied", count)
