"""The staff doors of backups (remaining endpoints, 4.2)."""

from backoffice.kernel.backup import rules
from backoffice.kernel.backup.actions import request_backup as request
from backoffice.kernel.backup.listing import BACKUPS
from backoffice.kernel.backup.rules import BackupAct
from backoffice.kernel.backup.store import get_state
from backoffice.kernel.database import Db
from backoffice.kernel.task import Status
from backoffice.kernel.task.store import find_usual_seconds
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.web.lock import KeyRule
from backoffice.kernel.write import Tx
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.product import MARKETPLACE, Success, meta, success
from backoffice.marketplace.system.backup_shapes import (
    BackupIn,
    BackupsPage,
    BackupsQuery,
    RequestedOut,
    backup_out,
    standing_out,
)

backup_door = Doors(MARKETPLACE, tag="System", prefix="/api/v1/admin/system")


@backup_door.post(
    "/backup",
    permission=Market.SYSTEM_BACKUP,
    key=KeyRule.REQUIRED,
    audit=[BackupAct.REQUESTED],
    errors=[rules.OneBackupAnHour, rules.NothingToFollow, rules.IncrementalNotOurs],
)
async def request_backup(body: BackupIn, tx: Tx) -> Success[RequestedOut]:
    """A backup, made in the background and restored on trial at once: the job's id leads to it. One an hour."""
    task_id = await request(tx, body.backup_type, with_uploads=body.include_uploads, description=body.description)
    usual = await find_usual_seconds(tx, product=MARKETPLACE.name, kind=f"{body.backup_type}_backup")
    return success({"job_id": task_id, "status": Status.PENDING, "estimated_duration_seconds": usual})


@backup_door.get("/backups", permission=Market.SYSTEM_BACKUP)
async def list_backups(query: BackupsQuery, db: Db, call: Call) -> BackupsPage:
    """Every backup that held its trial, newest first, and which moments can be restored to."""
    rows, state, total = await BACKUPS.page(db, query, call, beside=get_state(db))
    return {
        "success": True,
        "data": [backup_out(row) for row in rows],
        "meta": {**meta(query.number, query.size, total=total), "standing": standing_out(state)},
    }
