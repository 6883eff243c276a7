"""Comparing one refund with what its gateway says of it, and closing a difference that somebody looked into."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from backoffice.kernel.approval import Proposal, agree, withdraw
from backoffice.kernel.audit.entry import personal
from backoffice.kernel.gateways.payments import (
    GatewayDiffers,
    OtherAmount,
    PaymentGateway,
    Refunded,
    Refused,
)
from backoffice.kernel.write import Tx
from backoffice.marketplace.customer import rules as customer_rules
from backoffice.marketplace.payment import actions as payments
from backoffice.marketplace.payment.store import PaymentRow
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.reconciling import rules, store
from backoffice.marketplace.reconciling.rules import Difference, DifferenceAct, Kind, Said, Status
from backoffice.marketplace.reconciling.store import DifferenceRow
from backoffice.marketplace.refund import actions as refunds
from backoffice.marketplace.refund import rules as refund_rules
from backoffice.marketplace.refund import store as refund_store
from backoffice.marketplace.refund.given import count_given, count_unknown
from backoffice.marketplace.refund.left import check_taken_in
from backoffice.marketplace.refund.rules import Status as RefundStatus
from backoffice.marketplace.refund.rules import needs_two
from backoffice.marketplace.refund.store import RefundRow

Answers = Sequence[Said]
"""What a gateway says of each try of a refund, the first one first."""


async def ask_gateway(gateway: PaymentGateway, refund: RefundRow) -> Answers:
    """Outside any transaction. GatewayUnavailable."""
    return [await _ask(gateway, refund, tries=number) for number in range(1, refund.tries + 1)]


async def _ask(gateway: PaymentGateway, refund: RefundRow, *, tries: int) -> Said:
    try:
        return await gateway.find_refund(refunds.order_of(refund, tries=tries))
    except GatewayDiffers as differs:
        return differs.given


async def compare(tx: Tx, refund_id: UUID, said: Answers) -> Kind | None:
    """Take the gateway's word for what was unknown, note where it contradicts ours, end what differs no more.

    Another amount than ours is never taken: it waits for somebody to look into it. A refund that was tried again since
    it was asked about is left for the next time.
    """
    refund = await refunds.hold(tx, refund_id)
    if refund.tries != len(said):
        return None
    latest = said[-1]
    if latest is not None and not isinstance(latest, OtherAmount):
        refund = await refunds.settle(tx, refund_id, latest, key=refund_rules.key_of(refund_id, refund.tries))
    found = rules.differences(refund.status, said, reference=refund.gateway_refund_id)
    await _note(tx, refund, found)
    return found[0].kind if found else None


async def note_other_amount(tx: Tx, refund: RefundRow, given: OtherAmount) -> bool:
    """A gateway tells by itself that it gave another amount; told again, it is listed once. The refund is held.

    False where one under another name of the gateway is listed of this refund: this one was given beside it.
    """
    known = await store.find_open(tx, refund.id)
    if known is not None and known.kind is Kind.AMOUNT_DIFFERS and known.said != given.reference:
        return False
    await _note_told(tx, refund, Difference(Kind.AMOUNT_DIFFERS, given), known=known)
    return True


async def note_undone(tx: Tx, refund_id: UUID, why: Refused) -> None:
    """A gateway tells by itself that it could not carry out what it had confirmed, however long ago."""
    refund = await refunds.hold(tx, refund_id)
    tx.record("refund compared", refund_id)
    if refund.status is RefundStatus.PROCESSED:
        known = await store.find_open(tx, refund.id)
        await _note_told(tx, refund, Difference(Kind.REFUSED_AT_GATEWAY, why), known=known)


async def note_done(tx: Tx, refund: RefundRow, told: Refunded | OtherAmount) -> None:
    """A gateway tells by itself that it did a try that failed by our books, however long ago. The refund is held.

    Where something else of the refund stops its payment already, that is looked into first.
    """
    known = await store.find_open(tx, refund.id)
    if known is None or known.kind not in rules.REOPENS:
        await _note(tx, refund, [Difference(Kind.DONE_THOUGH_FAILED, told)])


async def _note_told(tx: Tx, refund: RefundRow, told: Difference, *, known: DifferenceRow | None) -> None:
    """What was told of the latest try ends no difference of an earlier one: it is found once that one is closed."""
    if known is None or known.kind is not Kind.DONE_THOUGH_FAILED:
        await _note(tx, refund, [told])


async def _note(tx: Tx, refund: RefundRow, found: Sequence[Difference]) -> None:
    """List what differs, one at a time; end what was listed before and is gone. What was closed is not found anew."""
    known = await store.find_open(tx, refund.id)
    if known is not None:
        if any(known.is_of(one) for one in found):
            return
        await store.set_ended(tx, known.id, Status.GONE, customer_id=refund.customer_id, why=None)
        await withdraw(tx, DifferenceAct.CLOSED, str(known.id))
        _audit(tx, DifferenceAct.GONE, known.id, refund)
    for one in found:
        if not await store.was_closed(tx, refund.id, one):
            _audit(tx, DifferenceAct.FOUND, await store.insert_difference(tx, refund, one), refund)
            return


async def close_difference(tx: Tx, difference_id: int, *, why: str, thresholds: Mapping[str, int]) -> None:
    """Somebody found out what it is. DifferenceNotFound, DifferenceEnded, AgreedAlready, LeftBeforeRestore,
    RestoreNotSettled.

    Customer, payment and refund are held first, as by whoever writes about them. Where it lets much money go back again
    it stays open until a second person agrees. What a gateway gave otherwise than our books say counts from then on:
    RefundExceedsBalance names what has to end before.
    """
    subject = await store.get_subject(tx, difference_id)
    payment = await payments.hold(tx, subject.payment_id)
    refund = await refund_store.lock_refund(tx, subject.refund_id) if subject.refund_id else None
    found = await store.lock_difference(tx, difference_id)
    if found.status is not Status.OPEN:
        raise rules.DifferenceEnded(current_status=found.status)
    if found.kind is Kind.UNKNOWN_HERE:
        await check_taken_in(tx, payment)
    if found.kind in rules.REOPENS and not await _is_agreed(tx, found, payment, thresholds=thresholds):
        return
    if found.said is not None and found.said_minor is not None and found.said_currency is not None:
        await _count(tx, found, payment, refund, given=OtherAmount(found.said, found.said_minor, found.said_currency))
    await store.set_ended(tx, difference_id, Status.CLOSED, customer_id=payment.customer_id, why=why)
    of = {"refund_id": str(refund.id)} if refund else {"payment_id": payment.id}
    tx.audit(
        DifferenceAct.CLOSED,
        difference_id,
        after={**of, "kind": found.kind, "reason": personal(why)},
        person=customer_rules.person(payment.customer_id),
    )


async def _is_agreed(tx: Tx, found: DifferenceRow, payment: PaymentRow, *, thresholds: Mapping[str, int]) -> bool:
    """Whether enough people agree to close it: two, where all that went back of its booking is above the threshold.

    What gateways gave beyond our books counts as gone back; in another currency it is always much.
    """
    by_our_books = payment.refunded_minor + payment.reserved_minor + await refund_store.sum_beside(tx, payment)
    gone = by_our_books + await store.sum_beyond(tx, payment.id)
    is_comparable = found.said_currency in (None, payment.currency)
    if is_comparable and not needs_two(gone, payment.currency, thresholds=thresholds):
        await withdraw(tx, DifferenceAct.CLOSED, str(found.id))
        return True
    payload = {
        "payment_id": payment.id,
        "kind": found.kind,
        "gateway_said": found.said,
        "gateway_amount_minor": found.said_minor,
        "gateway_currency": found.said_currency,
    }
    proposal = Proposal(DifferenceAct.CLOSED, str(found.id), payload, permission=Market.REFUNDS_APPROVE)
    return (await agree(tx, proposal)).is_reached


async def _count(
    tx: Tx, found: DifferenceRow, payment: PaymentRow, refund: RefundRow | None, *, given: OtherAmount
) -> None:
    """What the gateway gave is in the books from now on, in the refund that it differs from or in one of its own.

    In another currency nobody can say how much of ours it is: what is on its way is done with its own amount, so that
    it neither leaves again nor waits for ever. So is one whose earlier try gave it, if it has not left since. Of a
    refund that failed here nothing else counts: what it gave may have come back since.
    """
    is_ours = given.currency == payment.currency
    if refund is not None and (found.kind is Kind.AMOUNT_DIFFERS or _waits_unsent(found, refund)):
        if is_ours:
            await count_given(tx, refund, reference=given.reference, amount_minor=given.amount_minor)
        elif refund.status is RefundStatus.APPROVED:
            await refunds.settle(tx, refund.id, Refunded(given.reference))
    if found.kind is Kind.UNKNOWN_HERE and is_ours:
        refund_id = await count_unknown(tx, payment, reference=given.reference, amount_minor=given.amount_minor)
        if refund_id is not None:
            await store.set_refund(tx, found.id, refund_id)


def _waits_unsent(found: DifferenceRow, refund: RefundRow) -> bool:
    """Whether an earlier try gave money of a refund that was approved once more and has not left since."""
    is_unsent = refund.status is RefundStatus.APPROVED and refund.first_sent_at is None
    return found.kind is Kind.DONE_THOUGH_FAILED and is_unsent


def _audit(tx: Tx, act: DifferenceAct, difference_id: int, refund: RefundRow) -> None:
    tx.audit(
        act,
        difference_id,
        after={"refund_id": str(refund.id), "status": refund.status, "amount": refund.amount_minor},
        person=customer_rules.person(refund.customer_id),
    )
