"""Entries of the ledgers. Balances are their sums, which a trigger keeps; one below zero fails the write."""

from dataclasses import dataclass

from backoffice.kernel.database import Query
from backoffice.kernel.write import Tx
from backoffice.marketplace.wallet.rules import Cause, Ledger


@dataclass(frozen=True, slots=True)
class NewEntry:
    """`amount` is minor units or points, negative where they go; `about` names what moved it, once for each cause."""

    customer_id: int
    amount: int
    cause: Cause
    about: str
    ledger: Ledger = Ledger.WALLET


def insert_entry(tx: Tx, new: NewEntry) -> Query[int]:
    """The entry's id. The customer is held."""
    return tx.value(
        int,
        """
        INSERT INTO marketplace.wallet_entry (customer_id, ledger, amount, cause, about, staff_id)
             VALUES (%(customer_id)s, %(ledger)s, %(amount)s, %(cause)s, %(about)s, %(staff_id)s)
          RETURNING id
        """,
        customer_id=new.customer_id,
        ledger=new.ledger,
        amount=new.amount,
        cause=new.cause,
        about=new.about,
        staff_id=tx.actor.staff_id,
    )
