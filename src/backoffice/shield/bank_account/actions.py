"""What payouts need of a bank account: its numbers, and saying that it can't be paid as it stands."""

from dataclasses import dataclass, field

from backoffice.kernel.database import Tx
from backoffice.kernel.house import House
from backoffice.shield.bank_account import store
from backoffice.shield.bank_account.store import AccountRow


@dataclass(frozen=True, slots=True)
class Numbers:
    """They show in no representation."""

    account: str = field(repr=False)
    routing: str = field(repr=False)


def open_numbers(house: House, row: AccountRow) -> Numbers:
    """The whole numbers, for the rail that pays and for nobody else."""
    return Numbers(
        account=house.keys.decrypt(row.account_key_id, row.account_sealed, bound_to=row.id).decode(),
        routing=house.keys.decrypt(row.routing_key_id, row.routing_sealed, bound_to=row.id).decode(),
    )


async def set_unverified(tx: Tx, account_id: str, because: str) -> None:
    """Whoever is paid to it next must have it verified anew."""
    await store.set_unverified(tx, account_id)
    tx.record(f"bank account unverified, {because}", account_id)


async def set_correction_pending(tx: Tx, account_id: str, because: str) -> None:
    """The bank wants other data: staff correct it before the next payout."""
    await store.set_correction_pending(tx, account_id)
    tx.record(f"bank account to be corrected, {because}", account_id)
