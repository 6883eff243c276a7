"""What asks for a takedown and what decides it. Each runs inside one write and holds customer and review first."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from backoffice.kernel.audit.entry import personal
from backoffice.kernel.identifiers import uuid7
from backoffice.kernel.write import Tx
from backoffice.marketplace.customer import rules as customer_rules
from backoffice.marketplace.customer.actions import hold as hold_customer
from backoffice.marketplace.review import moderating
from backoffice.marketplace.review import rules as review_rules
from backoffice.marketplace.review.rules import Status as ReviewStatus
from backoffice.marketplace.review.store import ReviewRow
from backoffice.marketplace.takedown import evidence, notices, rules, store
from backoffice.marketplace.takedown.evidence import EvidenceRow, NewEvidence
from backoffice.marketplace.takedown.notices import Sent
from backoffice.marketplace.takedown.rules import Decision, Event, Party, Status, TakedownAct, Verdict
from backoffice.marketplace.takedown.store import RequestRow

ACTORS = {Party.VENDOR: "vendor", Party.REVIEWER: "customer"}


async def file_request(tx: Tx, new: dict[str, Any]) -> RequestRow:
    """A vendor's request to take a review down, one at a time for each review. Sent again it is the same one.

    What was rejected is appealed, not asked for anew. ReviewNotFound, UserDeleted, NotPublished, RequestOpen,
    DecidedAlready, RequestExists.
    """
    review = await moderating.hold(tx, new["review_id"])
    known = await store.find_called(tx, new["external_id"])
    if known is not None:
        return _same(known, review, new)
    await hold_customer(tx, review.customer_id)
    _check_asked_for(review, await store.find_latest_of(tx, review.id))
    about = {"id": uuid7(), "vendor_id": review.vendor_id, "customer_id": review.customer_id}
    request = await store.insert_request(tx, {**new, **about})
    if request is None:
        raise rules.RequestExists(external_id=new["external_id"])
    event_id = await store.insert_event(tx, request.id, Event.REQUESTED, actor="vendor", reason=request.reason_code)
    tx.audit(
        TakedownAct.REQUESTED,
        request.id,
        after={
            "review_id": review.id,
            "vendor_id": review.vendor_id,
            "reason_code": request.reason_code,
            "reason_description": personal(new["reason_description"]),
        },
        person=customer_rules.person(review.customer_id),
    )
    await notices.tell_received(tx, request.id, event_id)
    return request


def _same(known: RequestRow, review: ReviewRow, new: dict[str, Any]) -> RequestRow:
    if (known.review_id, known.reason_code) != (review.id, new["reason_code"]):
        raise rules.RequestExists(external_id=new["external_id"])
    return known


def _check_asked_for(review: ReviewRow, latest: RequestRow | None) -> None:
    if latest is not None and latest.status is Status.OPEN:
        raise rules.RequestOpen(request_number=latest.number)
    if review.status is not ReviewStatus.PUBLISHED:
        raise rules.NotPublished(review_status=review.status)
    if latest is not None and latest.status is Status.REJECTED:
        raise rules.DecidedAlready(request_number=latest.number)


@dataclass(frozen=True, slots=True)
class Held:
    """A request and its review, which nobody else moves until this write ends."""

    request: RequestRow
    review: ReviewRow


async def hold(tx: Tx, request_id: UUID) -> Held:
    """The request and its review, and before them the customer, held until this write ends. RequestNotFound."""
    review_id = await store.find_review_id(tx, request_id)
    if review_id is None:
        raise rules.RequestNotFound(request_id=str(request_id))
    review = await moderating.hold(tx, review_id)
    return Held(await store.lock_request(tx, request_id), review)


async def resolve_request(tx: Tx, held: Held, *, verdict: Verdict) -> Sent:
    """Decide a request that is open: the review, its history, the vendor's rating and whoever is told follow in one.

    Who was written to. After an appeal another moderator decides.
    AlreadyResolved, AnotherModerator.
    """
    request = held.request
    if request.resolved_at is not None:
        raise rules.AlreadyResolved(
            current_status=request.status,
            resolved_at=rules.moment(request.resolved_at),
            resolved_by=request.resolved_by or 0,
        )
    rules.check_decider(tx.actor.staff_id, decided_by=await store.find_decider(tx, request.id))
    became = await _apply(tx, held, verdict=verdict)
    tx.send_ahead(store.set_resolved(tx, request, verdict, became=became))
    tx.send_ahead(store.insert_decision(tx, request.id, verdict))
    event = Event.ACCEPTED if verdict.decision is Decision.ACCEPT else Event.REJECTED
    details = {"action": verdict.action} if verdict.action else {}
    event_id = await store.insert_event(tx, request.id, event, actor="staff", **details)
    written = {"reason": verdict.reason, "admin_notes": verdict.notes}
    tx.audit(
        TakedownAct.RESOLVED,
        request.id,
        before={"status": request.status},
        after={
            "status": rules.DECIDED[verdict.decision],
            "action": verdict.action,
            "review_status": became,
            **{name: personal(text) for name, text in written.items() if text is not None},
        },
        person=customer_rules.person(request.customer_id),
    )
    tell_reviewer = rules.tells_reviewer(verdict.tell_reviewer, verdict.action, appealed_by=request.appealed_by)
    sent = await notices.tell_resolved(tx, request.id, event_id, vendor=verdict.tell_vendor, reviewer=tell_reviewer)
    tx.send_ahead(store.set_notified(tx, request.id, vendor=sent.vendor.any, reviewer=sent.reviewer.any))
    return sent


async def _apply(tx: Tx, held: Held, *, verdict: Verdict) -> ReviewStatus:
    """What the decision makes of the review; how it is seen from then on.

    After an appeal the second decision holds, a milder one too: what was taken down because of this request is shown
    again, or only hidden. What staff removed by another door meanwhile stays removed.
    """
    request, review = held.request, held.review
    is_ours = request.appealed_at is not None and await store.took_it_down(tx, request)
    kept = ReviewStatus.PUBLISHED if is_ours else review.status
    to = rules.BECAME[verdict.action] if verdict.action else kept
    is_milder = is_ours and (review.status, to) == (ReviewStatus.REMOVED, ReviewStatus.HIDDEN)
    for move in [ReviewStatus.PUBLISHED, to] if is_milder else [to]:
        if move in review_rules.TRANSITIONS[review.status]:
            await moderating.moderate(tx, review, move, reason=verdict.reason, request_id=request.id)
            review = replace(review, status=move)
    return review.status


async def appeal_request(tx: Tx, request_id: UUID, by: Party, *, reason: str) -> None:
    """Whom it went against asks for another decision, once: the request is open again. Sent again it is the same one.

    RequestNotFound, UserDeleted, NotResolved, NotTheirsToAppeal, AppealedAlready, AppealTooLate.
    """
    request = (await hold(tx, request_id)).request
    await hold_customer(tx, request.customer_id)
    if request.status is Status.OPEN and request.appealed_by is by:
        return
    waited = datetime.now(UTC) - (request.resolved_at or datetime.now(UTC))
    rules.check_appeal(request.status, by, appealed_at=request.appealed_at, waited=waited)
    await store.set_appealed(tx, request, by, reason=reason)
    event_id = await store.insert_event(tx, request.id, Event.APPEALED, actor=ACTORS[by])
    tx.audit(
        TakedownAct.APPEALED,
        request.id,
        before={"status": request.status},
        after={"status": Status.OPEN, "appealed_by": by, "appeal": personal(reason)},
        person=customer_rules.person(request.customer_id),
    )
    await notices.tell_appealed(tx, request.id, event_id, by=by)


async def add_evidence(tx: Tx, new: NewEvidence) -> EvidenceRow:
    """Keep what the vendor shows, until it is decided. The very same is one piece, however often it is sent.

    RequestNotFound, UserDeleted, RequestDecided, TooMuchEvidence.
    """
    request = (await hold(tx, new.request_id)).request
    await hold_customer(tx, request.customer_id)
    there = await evidence.list_evidence(tx, request.id)
    known = next((one for one in there if one.sha256 == new.sha256), None)
    if known is not None:
        return known
    rules.check_open_to_proof(request.status, len(there))
    evidence_id = await evidence.insert_evidence(tx, new)
    event = Event.EVIDENCE_ADDED
    tx.send_ahead(store.insert_event(tx, request.id, event, actor="vendor", type=new.type, evidence=evidence_id))
    tx.audit(
        TakedownAct.EVIDENCE_ADDED,
        request.id,
        after={"evidence_id": evidence_id, "type": new.type, "sha256": new.sha256.hex()},
        person=customer_rules.person(request.customer_id),
    )
    return await evidence.get_evidence(tx, request.id, new.sha256)
