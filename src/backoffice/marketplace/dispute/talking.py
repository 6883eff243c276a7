"""What customers, vendors and staff say aloud, and what is shown as evidence. Each runs inside one write."""

from backoffice.kernel.audit.entry import personal
from backoffice.kernel.write import Tx
from backoffice.marketplace.customer import rules as customer_rules
from backoffice.marketplace.customer.actions import hold as hold_customer
from backoffice.marketplace.dispute import actions, notices, rules, store, told
from backoffice.marketplace.dispute.rules import DisputeAct, Event, Party, Sender
from backoffice.marketplace.dispute.store import DisputeRow
from backoffice.marketplace.dispute.told import EvidenceRow, MessageRow, NewEvidence, NewMessage

ACTORS = {Sender.USER: "customer", Sender.VENDOR: "vendor", Sender.ADMIN: "staff"}


async def add_message(tx: Tx, new: NewMessage) -> MessageRow:
    """Say something aloud; the others are told. What the platform sends again is said once.

    DisputeNotFound, DisputeClosed, NoVendor, MessageExists, UserDeleted.
    """
    dispute, _ = await actions.hold(tx, new.dispute_id)
    await hold_customer(tx, dispute.customer_id)
    message_id = await told.insert_message(tx, new)
    if message_id is None:
        return await _said_before(tx, new)
    rules.check_open_to_words(dispute.status)
    _check_takes_part(dispute, new.sender)
    message = await told.get_message(tx, message_id)
    await store.set_touched(tx, dispute.id)
    event_id = await store.insert_event(
        tx, dispute.id, Event.MESSAGE_ADDED, actor=ACTORS[new.sender], message=message_id
    )
    tx.audit(
        DisputeAct.MESSAGE_ADDED,
        dispute.id,
        after={"message_id": message_id, "sender": new.sender, "message": personal(new.message)},
        person=customer_rules.person(dispute.customer_id),
    )
    await notices.tell_said(tx, message, event_id)
    return message


async def _said_before(tx: Tx, new: NewMessage) -> MessageRow:
    """The message that has this name already, if it says the same."""
    known = await told.get_message_called(tx, new.external_id)
    if (known.dispute_id, known.sender, known.message) != (new.dispute_id, new.sender, new.message):
        raise rules.MessageExists(external_id=new.external_id or "")
    return known


def _check_takes_part(dispute: DisputeRow, sender: str) -> None:
    if sender == Party.VENDOR and dispute.vendor_id is None:
        raise rules.NoVendor


async def add_evidence(tx: Tx, new: NewEvidence) -> EvidenceRow:
    """Keep what customer or vendor show. The very same bytes are one piece of evidence, however often they are sent.

    DisputeNotFound, DisputeClosed, NoVendor, UserDeleted.
    """
    dispute, _ = await actions.hold(tx, new.dispute_id)
    await hold_customer(tx, dispute.customer_id)
    evidence_id = await told.insert_evidence(tx, new)
    if evidence_id is not None:
        rules.check_open_to_proof(dispute.status)
        _check_takes_part(dispute, new.sender)
        await store.set_touched(tx, dispute.id)
        actor = ACTORS[Sender(new.sender)]
        event_id = await store.insert_event(tx, dispute.id, Event.EVIDENCE_ADDED, actor=actor, evidence=evidence_id)
        tx.audit(
            DisputeAct.EVIDENCE_ADDED,
            dispute.id,
            after={"evidence_id": evidence_id, "sender": new.sender, "sha256": new.sha256.hex()},
            person=customer_rules.person(dispute.customer_id),
        )
        await notices.tell_assignee(tx, dispute.id, event_id, news=f"The {actor} sent evidence")
    return await told.get_evidence(tx, dispute.id, new.sha256)


async def respond(tx: Tx, dispute_id: int, response: str) -> None:
    """The vendor's side of it; another answer replaces the first.

    DisputeNotFound, DisputeClosed, NoVendor, UserDeleted.
    """
    dispute, _ = await actions.hold(tx, dispute_id)
    await hold_customer(tx, dispute.customer_id)
    _check_takes_part(dispute, Party.VENDOR)
    if not await store.set_vendor_response(tx, dispute_id, response):
        return
    rules.check_open_to_proof(dispute.status)
    event_id = await store.insert_event(tx, dispute_id, Event.VENDOR_RESPONDED, actor="vendor")
    tx.audit(
        DisputeAct.VENDOR_RESPONDED,
        dispute_id,
        after={"vendor_response": personal(response)},
        person=customer_rules.person(dispute.customer_id),
    )
    await notices.tell_assignee(tx, dispute_id, event_id, news="The vendor answered")
