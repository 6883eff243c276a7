"""The audit log's doors (contract, 6), and its export."""

from functools import partial

from starlette.responses import StreamingResponse

from backoffice.kernel.audit import listing
from backoffice.kernel.database import Db
from backoffice.kernel.proof.export import AuditAct, Export, exported
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.write import Tx
from backoffice.shield.audit_log.answers import COLUMNS, listed_out
from backoffice.shield.audit_log.schemas import AuditLogQuery, EntriesOut, ExportQuery
from backoffice.shield.permissions import Shield
from backoffice.shield.product import SHIELD, Success, pagination, success

door = Doors(SHIELD, tag="Audit log", prefix="/v1/admin/audit-log")


@door.get("", permission=Shield.AUDIT_READ)
async def list_audit_entries(query: AuditLogQuery, db: Db, call: Call) -> Success[EntriesOut]:
    """What was done, newest first, with the names of whoever did it."""
    rows, total = await listing.LOG.page(db, query, call, **query.shown)
    entries = [listed_out(row, call.house.keys) for row in rows]
    return success({"entries": entries, "pagination": pagination(query.number, query.size, total=total)})


@door.get("/export", permission=Shield.AUDIT_READ, audit=[AuditAct.EXPORTED])
async def export_audit_log(query: ExportQuery, tx: Tx, call: Call) -> StreamingResponse:
    """The same entries as a file. JSON lines end with the seals that prove them; `proof` gives the seals alone."""
    chosen = query.model_dump(mode="json", exclude_none=True)
    person = query.shown["person"]
    tx.audit(AuditAct.EXPORTED, "log", after=chosen, person=person)
    lines = partial(listed_out, keys=call.house.keys)
    return exported(call.house, Export(query.format, query.shown, lines, COLUMNS))
