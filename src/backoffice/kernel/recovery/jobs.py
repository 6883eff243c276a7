"""The journal follows the database by the clock: how far it is, numbers it gave out, keys, who may come in."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from backoffice.kernel.database.query import together
from backoffice.kernel.identity.api_keys import KeyAct
from backoffice.kernel.identity.roles import RoleAct
from backoffice.kernel.identity.rules import IdentityAct
from backoffice.kernel.jobs.queue import HOUR, JobRun, periodic
from backoffice.kernel.journal import hold, standing
from backoffice.kernel.journal.book import Kind, Line, line
from backoffice.kernel.lanes import Lane
from backoffice.kernel.recovery import store
from backoffice.kernel.recovery.lacking import lacks
from backoffice.kernel.recovery.parts import parts
from backoffice.kernel.recovery.store import FollowedRow
from backoffice.kernel.write.transaction import Tx

ACCESS = [
    *KeyAct,
    *RoleAct,
    IdentityAct.STAFF_CREATED,
    IdentityAct.PASSWORD_CHANGED,
    IdentityAct.PASSWORD_RESET,
    IdentityAct.TOTP_ENROLLED,
    IdentityAct.TOTP_REMOVED,
    IdentityAct.MEMBERSHIP_GRANTED,
    IdentityAct.MEMBERSHIP_DEACTIVATED,
    IdentityAct.MEMBERSHIP_ACTIVATED,
    IdentityAct.SESSION_REVOKED,
]
"""Acts of which a restore makes the opposite true again."""
OVERLAP = timedelta(seconds=10)
"""A key's time is that of its write's beginning: it may appear so much later."""


@periodic("kernel.keep_journal", every_seconds=5)
async def keep_journal(run: JobRun) -> None:
    """Write down how far the database is; held where the journal was further already."""
    async with run.read() as db:
        found = await standing.look(db, run.house.journal)
    is_behind = found.is_behind or await lacks(run.house, found)
    if is_behind:
        async with run.write() as tx:
            await hold.begin_anew(tx, standing.RESTORED, moment=found.standing.at, looked_at=found.standing.looked_at)
    run.house.journal.server = found.standing.server
    if is_behind:
        return
    async with run.write() as tx:
        tx.send_ahead(standing.delete_steps(tx))
        followed = await store.lock_followed(tx)
        lines, now, reached = await _news(tx, followed, told=run.house.journal.reached, server=found.standing.server)
        await run.house.journal.write(*lines)
        run.house.journal.reached.update(reached)
        await store.set_followed(tx, found.standing, now)


async def _news(
    tx: Tx, followed: FollowedRow, *, told: Mapping[str, int], server: str
) -> tuple[list[Line], FollowedRow, dict[str, int]]:
    """What to write down, how far that is, and the sequences that moved since this process told of them."""
    began = datetime.now(UTC)
    erasing = {act for part in parts() for act in part.erasing}
    sequences, seal, keys, acts = await together(
        store.list_sequences(tx),
        store.find_newest_seal(tx),
        store.list_keys(tx, since=followed.looked_at - OVERLAP),
        store.list_acts(tx, [*map(str, ACCESS), *erasing], after_seal=followed.seal),
    )
    reached = {row.name: row.reached for row in sequences if told.get(row.name) != row.reached}
    now = FollowedRow(followed.number + 1, seal, began)
    lines = [line(Kind.MARK, number=now.number, sequences=reached, server=server)]
    if keys:
        lines.append(line(Kind.KEY, keys=[key.hex() for key in keys]))
    for part in parts():
        if received := await part.list_received(tx, followed.looked_at - OVERLAP):
            lines.append(line(Kind.RECEIVED, names=received))
    for act in acts:
        kind = Kind.ERASED if act.action in erasing else Kind.ACCESS
        facts = {"product": act.product, "act": act.action, "subject": act.subject, "by": act.actor_id}
        lines.append(line(kind, entry=str(act.id), done_at=act.at.isoformat(), **facts))
    return lines, now, reached


@periodic("kernel.forget_journal", every_seconds=HOUR, at_second=29 * 60, lane=Lane.BULK)
async def forget_journal(run: JobRun) -> None:
    """The journal reaches back as far as somebody might restore."""
    before = (datetime.now(UTC) - timedelta(days=run.house.settings.journal_days)).date()
    await asyncio.to_thread(run.house.journal.forget, before=before)
