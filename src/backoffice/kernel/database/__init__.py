"""PostgreSQL: `read()`, `write(actor)`, statements with typed rows, migrations, and the embedded server."""

from backoffice.kernel.database.compose import Composed, Listing
from backoffice.kernel.database.pool import Database
from backoffice.kernel.database.query import Db, NoRow, Query, together
from backoffice.kernel.database.totals import Totals
from backoffice.kernel.database.transaction import (
    CommitRefused,
    TransactionOpen,
    Tx,
    UndeclaredAct,
    outside_transaction,
)

__all__ = [
    "CommitRefused",
    "Composed",
    "Database",
    "Db",
    "Listing",
    "NoRow",
    "Query",
    "Totals",
    "TransactionOpen",
    "Tx",
    "UndeclaredAct",
    "outside_transaction",
    "together",
]
