"""Settling a payout that left and that a restored database never heard of. The command line does it."""

from backoffice.kernel.actor import system
from backoffice.kernel.audit.entry import Act
from backoffice.kernel.errors import NotFound
from backoffice.kernel.house import House
from backoffice.shield.transfer import store


class LostAct(Act):
    SETTLED = "lost_payout.settled"


class NothingLost(NotFound):
    """No payout under the try {attempt_id} was lost and waits to be settled"""

    attempt_id: str


async def settle_lost(house: House, attempt_id: str, *, because: str) -> None:
    """Somebody found out what came of the money. NothingLost."""
    async with house.database.write(system("shield", "settling a lost payout")) as tx:
        if not await store.set_lost_settled(tx, attempt_id, because):
            raise NothingLost(attempt_id=attempt_id)
        tx.audit(LostAct.SETTLED, attempt_id, reason=because)
