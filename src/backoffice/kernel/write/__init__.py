"""Writing: one transaction with its audit entries and its jobs, which commits only what it recorded."""

from backoffice.kernel.write.database import Database
from backoffice.kernel.write.transaction import (
    CommitRefused,
    JobRow,
    TransactionOpen,
    Tx,
    UndeclaredAct,
    outside_transaction,
)

__all__ = ["CommitRefused", "Database", "JobRow", "TransactionOpen", "Tx", "UndeclaredAct", "outside_transaction"]
