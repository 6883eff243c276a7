"""A customer with everything a customer can have, each text with a canary in it."""

from dataclasses import dataclass
from typing import Any

import pytest

from backoffice.kernel.notify.actions import Notice, Recipient, notify
from backoffice.kernel.notify.templates import Template
from tests.marketplace.making import Given, Path

THEIRS = "Canarytheirs"
NOT_THEIRS = "Canarystaff"
VENDORS = "Canaryvendor"
WORDS = """
    WITH b AS (UPDATE marketplace.booking SET notes = %(theirs)s, street = %(theirs)s, requirements = ARRAY[%(theirs)s],
                      landmark = %(theirs)s WHERE customer_id = %(id)s),
         p AS (UPDATE marketplace.payment SET failure_reason = %(theirs)s WHERE customer_id = %(id)s),
         d AS (UPDATE marketplace.dispute SET admin_notes = %(staff)s, resolution = %(staff)s,
                      vendor_response = %(vendor)s WHERE customer_id = %(id)s)
    INSERT INTO marketplace.review (booking_id, customer_id, vendor_id, service_id, rating, title, comment,
                                    vendor_response, vendor_responded_at)
    SELECT id, customer_id, vendor_id, service_id, 4, %(theirs)s, %(theirs)s, %(vendor)s, now()
      FROM marketplace.booking WHERE customer_id = %(id)s
"""
SEEN = """
    WITH began AS (
        INSERT INTO marketplace.session (id, external_id, customer_id, device_type, device_name, ip_address, user_agent,
                                         location)
             VALUES ('sess_' || %(id)s, 's' || %(id)s, %(id)s, 'mobile', %(theirs)s, '192.0.2.7', %(theirs)s,
                     %(theirs)s)
          RETURNING id
    )
    INSERT INTO marketplace.activity (customer_id, type, session_id, ip_address, user_agent, location)
    SELECT %(id)s, 'login', id, '192.0.2.7', %(theirs)s, %(theirs)s FROM began
"""
SAID = """
    WITH d AS (SELECT id FROM marketplace.dispute WHERE customer_id = %(id)s),
         m AS (INSERT INTO marketplace.dispute_message (dispute_id, sender, message)
               SELECT id, who, words FROM d, (VALUES ('user', %(theirs)s), ('vendor', %(vendor)s)) AS said(who, words)),
         e AS (INSERT INTO marketplace.dispute_evidence (dispute_id, sender, type, description, filename, content_type,
                                                         size_bytes, sha256, file_id)
               SELECT id, who, 'image', words, words, 'image/png', 1, sha256(words::bytea), %(file)s
                 FROM d, (VALUES ('user', %(theirs)s), ('vendor', %(vendor)s)) AS said(who, words)),
         n AS (INSERT INTO marketplace.dispute_note (dispute_id, staff_id, note)
               SELECT d.id, s.id, %(staff)s FROM d, (SELECT min(id) AS id FROM kernel.staff) s WHERE s.id IS NOT NULL)
    INSERT INTO marketplace.dispute_decision (dispute_id, became, resolution)
    SELECT id, 'open', %(staff)s FROM d
"""
TAKEN_DOWN = """
    WITH q AS (INSERT INTO marketplace.takedown_request (id, number, review_id, vendor_id, customer_id, reason_code,
                                                         reason_description, vendor_notes, admin_notes, appeal)
               SELECT gen_random_uuid(), 'TR-' || id, id, vendor_id, customer_id, 'other', %(vendor)s, %(vendor)s,
                      %(staff)s, %(theirs)s
                 FROM marketplace.review WHERE customer_id = %(id)s
            RETURNING id, review_id),
         e AS (INSERT INTO marketplace.takedown_evidence (request_id, type, description, content, filename,
                                                          content_type, size_bytes, sha256, file_id, thumbnail_id)
               SELECT id, 'image', %(vendor)s, %(vendor)s, %(vendor)s, 'image/png', 1, sha256('x'), %(file)s, %(file)s
                 FROM q),
         d AS (INSERT INTO marketplace.takedown_decision (request_id, decision, resolution, admin_notes, staff_id)
               SELECT q.id, 'reject', %(staff)s, %(staff)s, s.id
                 FROM q, (SELECT min(id) AS id FROM kernel.staff) s WHERE s.id IS NOT NULL)
    INSERT INTO marketplace.review_moderation (review_id, became, reason)
    SELECT review_id, 'hidden', %(staff)s FROM q
"""
WALLET = """
    INSERT INTO marketplace.wallet_entry (customer_id, ledger, amount, cause, about)
         VALUES (%(id)s, 'wallet', 500, 'goodwill', 'a')
"""
DECIDED = """
    UPDATE marketplace.referral SET decision = 'released', decided_at = now(), decision_reason = %(staff)s
     WHERE referred_id = %(id)s
"""
TO_THE_APP = Template(name="marketplace.tests", subject="Hello", text="$words", facts=frozenset({"words"}))


@dataclass(frozen=True)
class Whole:
    """The customer, and what of theirs there is."""

    customer: dict[str, Any]
    booking: dict[str, Any]
    dispute: dict[str, Any]

    @property
    def id(self) -> int:
        return int(self.customer["id"])


async def make_whole(path: Path, given: Given, *, name: str = THEIRS) -> Whole:
    await given.staff()
    customer = await path.customer(name=name, email=f"{name}{path.count}@example.com".lower())
    friend = await path.customer(phone=f"+14155550{path.count:03d}")
    code = (await path.post(f"customers/{friend['id']}/referral-code"))["referral_code"]
    await path.post("referrals", user_id=customer["id"], referral_code=code)
    booking = await path.booking(customer["id"], (await path.service())["id"])
    await path.payment(booking)
    await path.move(booking, "confirmed", "in_progress", "completed")
    dispute = await path.dispute(customer, booking, subject=name, description=name)
    words = {"id": customer["id"], "theirs": name, "staff": NOT_THEIRS, "vendor": VENDORS}
    file_id = await given.house.files.keep(b"x", "image/png")
    shown = await given.house.files.keep(b"y", "image/png")
    async with given.write() as tx:
        tx.record("made", "for a test")
        await tx.run(WORDS, **words)
        await tx.run(SAID, **words, file=file_id)
        await tx.run(TAKEN_DOWN, **words, file=shown)
        await tx.run(WALLET, id=customer["id"])
        await tx.run(DECIDED, id=customer["id"], staff=NOT_THEIRS)
        await tx.run(SEEN, id=customer["id"], theirs=name)
        to = Recipient(customer["external_id"], name, f"marketplace:{customer['id']}")
        await notify(tx, Notice(TO_THE_APP, to, {"words": name}, f"tests:{customer['id']}"))
    return Whole(customer, booking, dispute)


@pytest.fixture
async def whole(path: Path, given: Given) -> Whole:
    return await make_whole(path, given)
