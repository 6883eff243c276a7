"""Comparing one refund with what its gateway says of it, and closing a difference that somebody looked into."""

from collections.abc import Sequence
from uuid import UUID

from backoffice.kernel.audit.entry import personal
from backoffice.kernel.gateways.payments import PaymentGateway, Refunded, RefundOutcome, Refused
from backoffice.kernel.write import Tx
from backoffice.marketplace.customer import rules as customer_rules
from backoffice.marketplace.reconciling import rules, store
from backoffice.marketplace.reconciling.rules import DifferenceAct, Status
from backoffice.marketplace.refund import actions as refunds
from backoffice.marketplace.refund import rules as refund_rules
from backoffice.marketplace.refund.store import RefundRow

Answers = Sequence[RefundOutcome | None]
"""What a gateway says of each try of a refund, the first one first."""


async def ask_gateway(gateway: PaymentGateway, refund: RefundRow) -> Answers:
    """Outside any transaction. GatewayUnavailable."""
    return [await gateway.find_refund(refunds.order_of(refund, tries=number)) for number in range(1, refund.tries + 1)]


async def compare(tx: Tx, refund_id: UUID, said: Answers) -> rules.Kind | None:
    """Take the gateway's word for what was unknown, note where it contradicts ours, end what differs no more.

    A refund that was tried again since it was asked about is left for the next time.
    """
    refund = await refunds.hold(tx, refund_id)
    *earlier, latest = said
    if refund.tries != len(said):
        return None
    if latest is not None:
        refund = await refunds.settle(tx, refund_id, latest, key=refund_rules.key_of(refund_id, refund.tries))
    kind = rules.difference(refund.status, latest, earlier=tuple(earlier))
    known = await store.find_open(tx, refund_id)
    if known is not None and known.kind is not kind:
        await store.set_ended(tx, known.id, Status.GONE, why=None)
        _audit(tx, DifferenceAct.GONE, known.id, refund)
    if (
        kind is not None
        and (known is None or known.kind is not kind)
        and not await store.was_closed(tx, refund_id, kind)
    ):
        told = next((one for one in said if isinstance(one, Refunded | Refused)), None)
        word = told.reference if isinstance(told, Refunded) else told.code if told else None
        _audit(tx, DifferenceAct.FOUND, await store.insert_difference(tx, refund, kind, said=word), refund)
    return kind


async def close_difference(tx: Tx, difference_id: int, *, why: str) -> UUID:
    """Somebody found out what it is. The refund it is of. DifferenceNotFound, DifferenceEnded.

    Its customer is held first, as by whoever writes about them.
    """
    await refunds.hold(tx, await store.get_refund_id(tx, difference_id))
    found = await store.lock_difference(tx, difference_id)
    if found.status is not Status.OPEN:
        raise rules.DifferenceEnded(current_status=found.status)
    await store.set_ended(tx, difference_id, Status.CLOSED, why=why)
    tx.audit(
        DifferenceAct.CLOSED,
        difference_id,
        after={"refund_id": str(found.refund_id), "kind": found.kind, "reason": personal(why)},
        person=customer_rules.person(found.customer_id),
    )
    return found.refund_id


def _audit(tx: Tx, act: DifferenceAct, difference_id: int, refund: RefundRow) -> None:
    tx.audit(
        act,
        difference_id,
        after={"refund_id": str(refund.id), "status": refund.status, "amount": refund.amount_minor},
        person=customer_rules.person(refund.customer_id),
    )
