"""How the stories of the demo stand in the tables: the columns that are filled, and each row in their order."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from psycopg.types.json import Jsonb

from backoffice.marketplace.booking.rules import PaymentStatus, Status
from backoffice.marketplace.catalogue.rules import Pricing
from backoffice.marketplace.customer.rules import Status as CustomerStatus
from backoffice.marketplace.demo import takedowns
from backoffice.marketplace.demo.bookings import PLATFORM_FEE, ZONE, Booking, Customer, Offer, Payment, Vendor
from backoffice.marketplace.demo.details import DETAILS, PICTURES_AT, description, details, subcategory
from backoffice.marketplace.demo.disputes import ENDED, Dispute, Refund
from backoffice.marketplace.demo.offers import pricing_of
from backoffice.marketplace.demo.people import FIRMS, LANDMARKS, REGRETS, STREETS, SUSPENDED_FOR, THANKS
from backoffice.marketplace.demo.talk import DECISIONS, EVIDENCE, MESSAGES
from backoffice.marketplace.demo.visits import ACTIVITY, SESSIONS, Visits
from backoffice.marketplace.dispute.rules import REFUNDING, Source
from backoffice.marketplace.payment.rules import Gateway
from backoffice.marketplace.payment.rules import Status as PaidStatus
from backoffice.marketplace.refund.rules import RequestedBy
from backoffice.marketplace.refund.rules import Status as RefundStatus
from backoffice.marketplace.vendor.rules import Verification

Row = tuple[Any, ...]
COMMISSION = 150
SO_SO = 3
DECLINED = "Declined by the bank"
VERIFIED = {Verification.VERIFIED: 86, Verification.PENDING: 10, Verification.REJECTED: 4}
SHOWN = {PaidStatus.SUCCESS: PaymentStatus.PAID, PaidStatus.FAILED: PaymentStatus.FAILED}
"""What a booking says of its payments where none was given back; the database corrects it where one was."""
COLUMNS = {
    "marketplace.vendor": (
        "id, external_id, name, display_name, email, phone, logo_url, city, verification_status, registered_at"
    ),
    "marketplace.service": (
        "id, external_id, vendor_id, name, category, subcategory, description, pricing_type, base_price_minor, "
        "duration_minutes, created_at"
    ),
    "marketplace.customer": (
        "id, external_id, name, email, phone, status, suspension_reason, suspended_at, suspended_until, "
        "email_verified_at, phone_verified_at, identity_document_type, identity_verified_at, registered_at, "
        "last_login_at, last_active_at, logins, device_type, profile_picture_url"
    ),
    "marketplace.booking": (
        "id, external_id, reference, customer_id, vendor_id, service_id, status, scheduled_at, time_zone, "
        "duration_minutes, street, city, state, pincode, landmark, latitude, longitude, base_minor, tax_minor, "
        "platform_fee_minor, discount_minor, amount_minor, commission_permille, payment_status, payment_method, "
        "is_prepaid, cancellation_reason, cancelled_by, cancelled_at, completed_at, created_at, updated_at, " + DETAILS
    ),
    "marketplace.booking_move": "booking_id, became, moved_by, staff_id, moved_at",
    "marketplace.payment": (
        "id, external_id, booking_id, customer_id, amount_minor, method, gateway, gateway_payment_id, status, "
        "failure_reason, captured_minor, created_at, completed_at"
    ),
    "marketplace.dispute": (
        "id, external_id, reference, customer_id, vendor_id, booking_id, payment_id, source, type, category, status, "
        "priority, subject, description, amount_disputed_minor, refund_requested, refund_amount_minor, assigned_to, "
        "resolution_deadline, reminded_at, escalated_at, vendor_response, vendor_responded_at, resolution, "
        "resolution_type, resolved_at, resolved_by, created_at, updated_at"
    ),
    "marketplace.dispute_event": "dispute_id, event, actor_kind, staff_id, details, at",
    "marketplace.refund": (
        "id, number, payment_id, booking_id, customer_id, vendor_id, dispute_id, origin, status, requested_minor, "
        "amount_minor, reason, requested_by, requested_by_id, requested_at, decided_by, decided_at, decision_reason, "
        "sends, first_sent_at, last_sent_at, gateway_refund_id, failure_code, failure_reason, processed_at, "
        "description, evidence"
    ),
    "marketplace.review": (
        "id, status, external_id, booking_id, customer_id, vendor_id, service_id, rating, title, comment, "
        "helpful_count, created_at, photos, vendor_response, vendor_responded_at, updated_at"
    ),
    "marketplace.takedown_request": takedowns.REQUESTS,
    "marketplace.takedown_event": takedowns.EVENTS,
    "marketplace.takedown_decision": takedowns.DECISIONS,
    "marketplace.takedown_evidence": takedowns.EVIDENCE,
    "marketplace.review_moderation": takedowns.MODERATIONS,
    "marketplace.dispute_message": MESSAGES,
    "marketplace.dispute_evidence": EVIDENCE,
    "marketplace.dispute_decision": DECISIONS,
    "marketplace.session": SESSIONS,
    "marketplace.activity": ACTIVITY,
    "marketplace.wallet_entry": "customer_id, ledger, amount, cause, about, at",
}


def phone(number: int) -> str:
    """Every number another one, none of them in order."""
    return f"+919{(number * 7_919 + 100_000_007) % 1_000_000_000:09d}"


def vendor(one: Vendor, random: Random) -> Row:
    firm = f"{one.owner.split()[-1]} {random.choice(FIRMS)}"
    [verified] = random.choices([*VERIFIED], [*VERIFIED.values()])
    email = f"{one.owner.lower().replace(' ', '.')}.{one.id}@vendors.example"
    shown = f"{firm}, {one.town[0]}"
    logo = f"{PICTURES_AT}/vendors/{one.id}.png"
    return (one.id, f"vendor-{one.id}", firm, shown, email, phone(one.id), logo, one.town[0], verified, one.joined)


def service(one: Offer, number: int) -> Row:
    pricing: Pricing = pricing_of(one.category)
    facts = (one.name, one.category, subcategory(one), description(one), pricing, one.price_minor, one.minutes)
    return (one.id, f"service-{number}", one.vendor.id, *facts, one.vendor.joined)


def customer(one: Customer, came: Visits, *, random: Random) -> Row:
    email = f"{one.name.lower().replace(' ', '.')}.{one.id}@mail.example"
    suspended: Row = (None, None, None)
    if one.standing is CustomerStatus.SUSPENDED:
        suspended = (random.choice(SUSPENDED_FOR), one.last, None)
    is_known = random.random() < 0.3
    verified = (
        one.email_verified,
        one.soon(minutes=1 + one.id % 7) if random.random() < 0.95 else None,
        random.choice(("aadhaar", "pan", "driving_licence")) if is_known else None,
        one.soon(minutes=one.id % 20_000) if is_known else None,
    )
    names = (one.id, f"user-{one.id}", one.name, email, phone(1_000_000 + one.id))
    picture = f"{PICTURES_AT}/users/{one.id}.jpg" if one.id % 3 else None
    seen = (one.joined, one.last, one.last, came.count, came.device.type)
    return (*names, one.standing, *suspended, *verified, *seen, picture)


def booking(one: Booking, reference: str, *, random: Random) -> Row:
    status, offer = one.moves[-1].became, one.offer
    city, state, pincode, latitude, longitude = one.customer.town
    place = (
        *(f"{random.randint(1, 400)} {random.choice(STREETS)}", city, state, f"{pincode}{random.randint(1, 99):03d}"),
        *(random.choice(LANDMARKS), latitude + random.uniform(-0.1, 0.1), longitude + random.uniform(-0.1, 0.1)),
    )
    shown = one.paid or (one.payments[-1] if one.payments else None)
    is_off = status is Status.CANCELLED
    end = (one.cancelled_for, one.moves[-1].by, one.moves[-1].at) if is_off else (None, None, None)
    return (
        *(one.id, f"booking-{one.id}", reference, one.customer.id, offer.vendor.id, offer.id, status, one.scheduled),
        *(ZONE, offer.minutes, *place, offer.price_minor, one.tax_minor, PLATFORM_FEE, one.discount_minor),
        *(one.amount_minor, COMMISSION, SHOWN.get(shown.status, PaymentStatus.PENDING) if shown else "pending"),
        *(shown.method if shown else None, one.is_prepaid, *end, one.at(Status.COMPLETED)),
        *(one.created, one.moves[-1].at, *details(one, random)),
    )


def moves(one: Booking) -> list[Row]:
    return [(one.id, move.became, move.by, move.staff_id, move.at) for move in one.moves]


def payment(one: Payment, of: Booking) -> Row:
    is_paid, is_ended = one.status is PaidStatus.SUCCESS, one.status is not PaidStatus.PENDING
    known = (one.id, f"payment-{one.id}", of.id, of.customer.id, of.amount_minor, one.method)
    failure = DECLINED if one.status is PaidStatus.FAILED else None
    outcome = (one.status, failure, of.amount_minor if is_paid else 0, one.at, one.at if is_ended else None)
    return (*known, Gateway.SANDBOX, f"sbx_{one.id}", *outcome)


def dispute(one: Dispute, reference: str) -> Row:
    of, (kind, category, subject, description) = one.booking, one.words
    asked = one.resolution in REFUNDING or kind == "refund_request"
    amount = one.refund.amount_minor if one.refund else of.amount_minor if asked else None
    ended = (ENDED[one.resolution] if one.resolution else None, one.resolution, one.decided)
    return (
        *(one.id, f"dispute-{one.id}", reference, of.customer.id, of.offer.vendor.id, of.id, of.paid and of.paid.id),
        *(Source.CUSTOMER, kind, category, one.status, one.priority, subject, description, of.amount_minor, asked),
        *(amount, one.assigned_to, one.deadline, one.reminded, one.escalated),
        *(one.answer or (None, None)),
        *(*ended, one.assigned_to if one.decided else None, one.opened, one.events[-1].at),
    )


def events(one: Dispute, number: str | None) -> list[Row]:
    """The timeline, with the refund that a resolution brought just before it."""
    told: list[Row] = [(one.id, each.name, each.actor, each.staff_id, each.details, each.at) for each in one.events]
    if one.refund and number:
        details = {"refund": number, "amount": one.refund.amount_minor}
        before = next(place for place, row in enumerate(told) if row[5] == one.decided)
        told.insert(before, (one.id, "refund_approved", "staff", one.decided_by, details, one.decided))
    return told


def refund(one: Refund, number: str) -> Row:
    of, status = one.booking, one.status
    assert of.paid is not None, "only what was paid is given back"
    is_sent = status in (RefundStatus.PROCESSED, RefundStatus.FAILED)
    sent = (1, one.decided, one.decided) if is_sent else (0, None, None)
    is_done, is_refused = status is RefundStatus.PROCESSED, status is RefundStatus.FAILED
    failure = ("insufficient_balance", "The gateway's balance is too low") if is_refused else (None, None)
    asked_by = one.decided_by if one.dispute_id else None
    return (
        *(one.id, number, of.paid.id, of.id, of.customer.id, of.offer.vendor.id, one.dispute_id, one.origin, status),
        *(one.amount_minor, one.amount_minor, one.reason, one.by, asked_by, one.asked, one.decided_by, one.decided),
        *(one.said, *sent, f"rfnd_{one.id}" if is_done else None, *failure, one.decided if is_done else None),
        *(_shown_for(one) if one.by is RequestedBy.USER else (None, Jsonb([]))),
    )


def _shown_for(one: Refund) -> Row:
    """What a customer wrote and showed when they asked."""
    picture = {"type": "image", "url": f"{PICTURES_AT}/refunds/{one.id}.jpg"}
    return ("This is not what I had booked; please see the picture.", Jsonb([picture]))


def review(one: Booking, random: Random, *, now: datetime) -> Row:
    """Of those who are not content more are answered."""
    said = one.review
    assert said is not None, "asked for those that were reviewed"
    about = (said.id, said.status, f"review-{one.id}", one.id, one.customer.id, one.offer.vendor.id, one.offer.id)
    photos = [f"{PICTURES_AT}/reviews/{one.id}.jpg"] if one.customer.id % 6 == 0 else []
    answered = said.at + timedelta(hours=random.uniform(1, 70))
    answer: Row = (None, None, said.at)
    if answered < now and random.random() < (0.5 if said.rating <= SO_SO else 0.2):
        answer = (random.choice(REGRETS if said.rating <= SO_SO else THANKS), answered, answered)
    return (*about, said.rating, said.title, said.comment, random.randint(0, 12), said.at, photos, *answer)


def purse(one: Customer, random: Random) -> list[Row]:
    """Points for joining; for some, money from before or for their patience, and what they spent."""
    told: list[Row] = [(one.id, "loyalty", 100 + one.booked * 25, "opening", "joined", one.joined)]
    if random.random() < 0.25:
        told.append((one.id, "wallet", 20_000, "opening", f"before-{one.id}", one.joined))
        if random.random() < 0.4:
            told.append((one.id, "wallet", -10_000, "spend", f"voucher-{one.id}", one.last))
    if random.random() < 0.04:
        told.append((one.id, "wallet", 50_000, "goodwill", f"call-{one.id}", one.last))
    return told
