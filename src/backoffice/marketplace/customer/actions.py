"""What the platform and staff do with customers. Each runs inside one write and holds the customer first."""

from typing import Any

from backoffice.kernel.audit.entry import personal
from backoffice.kernel.write import Tx
from backoffice.marketplace.customer import rules, store
from backoffice.marketplace.customer.rules import Status, UserAct
from backoffice.marketplace.customer.store import CustomerRow


async def hold(tx: Tx, customer_id: int) -> CustomerRow:
    """The customer, held until this write ends, before anything is written of them. UserNotFound; UserDeleted where the
    person was erased: nothing about them comes back."""
    customer = await store.lock_customer(tx, customer_id)
    if customer.status is Status.DELETED:
        raise rules.UserDeleted(user_id=customer_id)
    return customer


async def create_customer(tx: Tx, new: dict[str, Any]) -> int:
    """A customer as their platform knows them. The same external_id again is the same customer. UserExists."""
    with store.taken():
        customer_id = await store.insert_customer(tx, new)
    if customer_id is None:
        known = await store.find_id(tx, new["external_id"])
        assert known is not None, "whoever conflicts is there"
        return known
    after = {name: personal(new[name]) for name in ("name", "email", "phone") if new[name] is not None}
    tx.audit(UserAct.CREATED, customer_id, after=after, person=rules.person(customer_id))
    return customer_id
