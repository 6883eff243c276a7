"""The usage page's door. It answers bare JSON."""

from datetime import UTC, datetime

from backoffice.helpdesk.permissions import Desk
from backoffice.helpdesk.product import HELPDESK
from backoffice.helpdesk.usage import rules, store
from backoffice.helpdesk.usage.answers import Usage, figures_out
from backoffice.helpdesk.usage.schemas import UsageOut, UsageQuery
from backoffice.kernel.database import Db, together
from backoffice.kernel.web import Call, Doors

door = Doors(HELPDESK, tag="Usage", prefix="/api/v1/usage")


@door.get("/stats", permission=Desk.USAGE_VIEW, errors=[rules.DatesReversed])
async def get_usage(query: UsageQuery, db: Db, call: Call) -> UsageOut:
    """What was received, answered and spent in a period, up to this moment."""
    now = datetime.now(UTC)
    first, last = rules.period(query.start_date, query.end_date, today=now.date())
    rows, customers = await together(store.list_counted(db, first, last), store.count_customers(db))
    usage = Usage.of(first, last, customers=customers, rows=rows)
    return {"status": "success", "data": figures_out(usage), "requested_by": call.caller.label, "timestamp": now}
