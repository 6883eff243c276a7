"""Forgetting a customer, inside one write that holds them first."""

from typing import Any

from backoffice.kernel.database import together
from backoffice.kernel.encryption import data_key
from backoffice.kernel.webhooks.actions import publish
from backoffice.kernel.write import Tx
from backoffice.marketplace.customer import rules as customer_rules
from backoffice.marketplace.customer.rules import Status
from backoffice.marketplace.events import Event
from backoffice.marketplace.privacy import rules, store
from backoffice.marketplace.privacy.rules import PrivacyAct


async def anonymize(tx: Tx, customer_id: int) -> None:
    """Names, addresses and words are emptied, and the key of what is sealed about them is destroyed. Rows and the audit
    log stay; a customer who was forgotten already stays so.

    UserNotFound, UserHasOpenMatters.
    """
    customer = await store.lock_customer(tx, customer_id)
    if customer.status is Status.DELETED:
        return
    refunds = await store.count_open_refunds(tx, customer_id)
    rules.check_nothing_open(bookings=customer.bookings_open, disputes=customer.disputes_open, refunds=refunds)
    person = customer_rules.person(customer_id)
    files, *_ = await together(
        store.empty_evidence(tx, customer_id), *(empty(tx, customer_id) for empty in store.EMPTYING)
    )
    if files:
        tx.defer(rules.DELETE_EVIDENCE, file_ids=files)
    told: dict[str, Any] = {"user_id": customer_id, "external_id": customer.external_id}
    await publish(tx, Event.USER_ANONYMIZED, told, beside=data_key.destroy_key(tx, person))
    tx.audit(
        PrivacyAct.ANONYMIZED,
        customer_id,
        before={"status": customer.status},
        after={"status": Status.DELETED},
        person=person,
    )
