"""PostgreSQL: `read()` on pooled connections, statements with typed rows, migrations, and the embedded server."""

from backoffice.kernel.database.compose import Composed, Listing, search
from backoffice.kernel.database.pages import Pages, tally
from backoffice.kernel.database.query import Db, NoRow, Query, together

__all__ = [
    "Composed",
    "Db",
    "Listing",
    "NoRow",
    "Pages",
    "Query",
    "search",
    "tally",
    "together",
]
