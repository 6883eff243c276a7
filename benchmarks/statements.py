"""The statements of the warm doors, taken from the product's own stores: twins and pgbench run the same ones."""

from typing import Any

from backoffice.helpdesk.ticket import listing
from backoffice.helpdesk.ticket.rules import Category, Status
from backoffice.kernel.actor import system
from backoffice.kernel.database import Db, Query
from backoffice.kernel.identity.store import confirm_session

Statement = tuple[str, dict[str, Any]]
SHOWN = {"status": Status.CLOSED.value, "category": Category.PAYMENT.value}
"""What the list is filtered by: a fifth of all tickets."""
PAGE_SIZE = 20
CONNECTION: Any = None
NOWHERE = Db(CONNECTION)
"""A statement is built without a connection; only running it needs one."""


def _of(query: Query[Any]) -> Statement:
    return query.sql, query.params


SESSION = confirm_session(NOWHERE, system("helpdesk", "bench")).sql
ASKS = {
    "list": [
        _of(listing.list_page(NOWHERE, SHOWN, limit=PAGE_SIZE, offset=0)),
        _of(listing.TOTALS.kept(NOWHERE, SHOWN)),
    ],
    "detail": [
        _of(listing.get_detail(NOWHERE, 0)),
        _of(listing.list_conversation(NOWHERE, 0)),
        _of(listing.list_activities(NOWHERE, 0)),
    ],
}
