"""PostgreSQL: `read()` on pooled connections, statements with typed rows, migrations, and the embedded server."""

from backoffice.kernel.database.compose import Composed, Listing, search
from backoffice.kernel.database.pages import Pages, tally
from backoffice.kernel.database.query import Db, NoRow, Query, together
from backoffice.kernel.database.totals import Totals

__all__ = [
    "Composed",
    "Db",
    "Listing",
    "NoRow",
    "Pages",
    "Query",
    "Totals",
    "search",
    "tally",
    "together",
]
