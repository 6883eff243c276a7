"""Erasing: each statement empties what names a person, or was written by or about them, and leaves its row."""

from dataclasses import dataclass

from backoffice.kernel.database import Query
from backoffice.kernel.write import Tx
from backoffice.marketplace.customer import rules as customer_rules
from backoffice.marketplace.customer.rules import Status


@dataclass(frozen=True, slots=True)
class HeldRow:
    id: int
    external_id: str | None
    status: Status
    bookings_open: int
    disputes_open: int


def lock_customer(tx: Tx, customer_id: int) -> Query[HeldRow]:
    """The customer, held until this write ends: so nothing of theirs begins meanwhile. UserNotFound."""
    return tx.one(
        HeldRow,
        """
        SELECT id, external_id, status, bookings_open, disputes_open
          FROM marketplace.customer WHERE id = %(customer_id)s FOR UPDATE
        """,
        customer_id=customer_id,
        missing=customer_rules.UserNotFound(user_id=customer_id),
    )


def count_open_refunds(tx: Tx, customer_id: int) -> Query[int]:
    """Money that is still to go back to them, goodwill included."""
    return tx.value(
        int,
        """
        SELECT (SELECT count(*) FROM marketplace.refund
                 WHERE customer_id = %(customer_id)s AND status IN ('pending', 'approved'))
             + (SELECT count(*) FROM marketplace.goodwill WHERE customer_id = %(customer_id)s AND status = 'pending')
        """,
        customer_id=customer_id,
    )


def delete_words(tx: Tx, customer_id: int) -> Query[int]:
    """The words of their name that nobody else is called by, from the list that searches forgive typos with."""
    return tx.run(
        """
        DELETE FROM kernel.search_word w
         USING marketplace.customer c
         WHERE c.id = %(customer_id)s AND w.product = 'marketplace' AND w.word = ANY (tsvector_to_array(c.name_words))
           AND NOT EXISTS (SELECT FROM marketplace.customer o
                            WHERE o.id <> c.id AND o.name_words @@ quote_literal(w.word)::tsquery)
           AND NOT EXISTS (SELECT FROM marketplace.vendor v
                            WHERE kernel.search_vector(v.name || ' ' || v.display_name)
                                  @@ quote_literal(w.word)::tsquery)
        """,
        customer_id=customer_id,
    )


def set_erased(tx: Tx, customer_id: int) -> Query[int]:
    """The platform's own name of them stays: so that a second import, or a late call, brings nobody back."""
    return tx.run(
        """
        UPDATE marketplace.customer
           SET status = 'deleted', name = NULL, email = NULL, phone = NULL, profile_picture_url = NULL,
               suspension_reason = NULL, suspended_at = NULL, suspended_until = NULL, identity_document_type = NULL,
               trust_reason = NULL
         WHERE id = %(customer_id)s
        """,
        customer_id=customer_id,
    )


def empty_bookings(tx: Tx, customer_id: int) -> Query[int]:
    """City and state stay: many people live there."""
    return tx.run(
        """
        UPDATE marketplace.booking
           SET street = NULL, apartment = NULL, pincode = NULL, landmark = NULL, latitude = NULL, longitude = NULL,
               notes = NULL, requirements = '{}', images = '[]', cancellation_reason = NULL, admin_notes = NULL
         WHERE customer_id = %(customer_id)s
        """,
        customer_id=customer_id,
    )


def empty_refunds(tx: Tx, customer_id: int) -> Query[int]:
    """What was asked and decided in words, and what finance wrote where a gateway's books differed.

    The reason is a word of the platform or of a resolution, but staff write theirs in full where they give back.
    """
    return tx.run(
        """
        WITH differences AS (
            UPDATE marketplace.refund_difference SET ended_why = NULL
             WHERE refund_id IN (SELECT id FROM marketplace.refund WHERE customer_id = %(customer_id)s)
                OR payment_id IN (SELECT id FROM marketplace.payment WHERE customer_id = %(customer_id)s))
        UPDATE marketplace.refund
           SET description = NULL, evidence = '[]', admin_notes = NULL, decision_reason = NULL, offered_instead = NULL,
               reason = CASE WHEN origin IN ('request', 'dispute') THEN reason ELSE %(erased)s END
         WHERE customer_id = %(customer_id)s
        """,
        customer_id=customer_id,
        erased=customer_rules.ERASED,
    )


def empty_payments(tx: Tx, customer_id: int) -> Query[int]:
    """Why payments failed, as gateways put it in words, and why the bank took money back."""
    return tx.run(
        """
        WITH taken AS (UPDATE marketplace.chargeback SET reason = NULL WHERE customer_id = %(customer_id)s)
        UPDATE marketplace.payment SET failure_reason = NULL WHERE customer_id = %(customer_id)s
        """,
        customer_id=customer_id,
    )


def empty_disputes(tx: Tx, customer_id: int) -> Query[int]:
    """What customer, vendor and staff wrote. That it was, about how much, and how it ended stays."""
    return tx.run(
        """
        UPDATE marketplace.dispute
           SET subject = %(erased)s, description = %(erased)s, vendor_response = NULL, admin_notes = NULL,
               resolution = NULL
         WHERE customer_id = %(customer_id)s
        """,
        customer_id=customer_id,
        erased=customer_rules.ERASED,
    )


def empty_sayings(tx: Tx, customer_id: int) -> Query[int]:
    """Messages and notes of their disputes."""
    return tx.run(
        """
        WITH theirs AS (SELECT id FROM marketplace.dispute WHERE customer_id = %(customer_id)s),
             notes AS (UPDATE marketplace.dispute_note SET note = %(erased)s, attachments = '{}'
                        WHERE dispute_id IN (SELECT id FROM theirs))
        UPDATE marketplace.dispute_message SET message = %(erased)s, attachments = '{}'
         WHERE dispute_id IN (SELECT id FROM theirs)
        """,
        customer_id=customer_id,
        erased=customer_rules.ERASED,
    )


def empty_decisions(tx: Tx, customer_id: int) -> Query[int]:
    """Why disputes were decided so, each time, and why goodwill was given."""
    return tx.run(
        """
        WITH goodwill AS (UPDATE marketplace.goodwill SET reason = %(erased)s WHERE customer_id = %(customer_id)s)
        UPDATE marketplace.dispute_decision SET resolution = NULL
         WHERE dispute_id IN (SELECT id FROM marketplace.dispute WHERE customer_id = %(customer_id)s)
        """,
        customer_id=customer_id,
        erased=customer_rules.ERASED,
    )


def empty_takedowns(tx: Tx, customer_id: int) -> Query[int]:
    """What vendors and staff wrote about their reviews. That it was asked for and how it ended stays."""
    return tx.run(
        """
        WITH theirs AS (SELECT id FROM marketplace.takedown_request WHERE customer_id = %(customer_id)s),
             decisions AS (UPDATE marketplace.takedown_decision SET resolution = NULL, admin_notes = NULL
                            WHERE request_id IN (SELECT id FROM theirs))
        UPDATE marketplace.takedown_request
           SET reason_description = %(erased)s, vendor_notes = NULL, resolution = NULL, admin_notes = NULL,
               appeal = NULL
         WHERE customer_id = %(customer_id)s
        """,
        customer_id=customer_id,
        erased=customer_rules.ERASED,
    )


def empty_evidence(tx: Tx, customer_id: int) -> Query[list[str]]:
    """The files of their disputes, and of requests to take their reviews down, whose rows stay: they are deleted from
    where they lie after this write."""
    return tx.values(
        str,
        """
        WITH disputes AS (
            UPDATE marketplace.dispute_evidence SET description = NULL, filename = %(erased)s
             WHERE dispute_id IN (SELECT id FROM marketplace.dispute WHERE customer_id = %(customer_id)s)
         RETURNING file_id
        ), takedowns AS (
            UPDATE marketplace.takedown_evidence
               SET description = NULL, content = NULL, filename = CASE WHEN file_id IS NOT NULL THEN %(erased)s END
             WHERE request_id IN (SELECT id FROM marketplace.takedown_request WHERE customer_id = %(customer_id)s)
         RETURNING file_id, thumbnail_id
        )
        SELECT coalesce(f.id, '') AS file_id
          FROM (SELECT file_id FROM disputes
                 UNION ALL SELECT unnest(ARRAY[file_id, thumbnail_id]) FROM takedowns) AS f (id)
         WHERE f.id IS NOT NULL
        """,
        customer_id=customer_id,
        erased=customer_rules.ERASED,
    )


def empty_reviews(tx: Tx, customer_id: int) -> Query[int]:
    """The stars stay with the vendor; the vendor's answer goes with the words that it answers, and why staff moderated
    them."""
    return tx.run(
        """
        WITH moderated AS (
            UPDATE marketplace.review_moderation SET reason = NULL
             WHERE review_id IN (SELECT id FROM marketplace.review WHERE customer_id = %(customer_id)s))
        UPDATE marketplace.review
           SET title = NULL, comment = NULL, photos = '{}', vendor_response = NULL, vendor_responded_at = NULL
         WHERE customer_id = %(customer_id)s
        """,
        customer_id=customer_id,
    )


def empty_referrals(tx: Tx, customer_id: int) -> Query[int]:
    """What staff wrote where they decided, and a code that may have been made of their name."""
    return tx.run(
        """
        WITH codes AS (
            UPDATE marketplace.referral_code SET code = 'erased-' || customer_id WHERE customer_id = %(customer_id)s)
        UPDATE marketplace.referral SET decision_reason = NULL
         WHERE (referrer_id = %(customer_id)s OR referred_id = %(customer_id)s) AND decision_reason IS NOT NULL
        """,
        customer_id=customer_id,
    )


def empty_sessions(tx: Tx, customer_id: int) -> Query[int]:
    """None lives on."""
    return tx.run(
        """
        UPDATE marketplace.session
           SET device_name = NULL, browser = NULL, ip_address = NULL, user_agent = NULL, location = NULL,
               ended_at = coalesce(ended_at, clock_timestamp()), ended_by = coalesce(ended_by, 'system')
         WHERE customer_id = %(customer_id)s
        """,
        customer_id=customer_id,
    )


def empty_activity(tx: Tx, customer_id: int) -> Query[int]:
    return tx.run(
        """
        UPDATE marketplace.activity
           SET failure_reason = NULL, ip_address = NULL, user_agent = NULL, location = NULL
         WHERE customer_id = %(customer_id)s
        """,
        customer_id=customer_id,
    )


EMPTYING = (
    delete_words,
    set_erased,
    empty_sessions,
    empty_activity,
    empty_bookings,
    empty_payments,
    empty_refunds,
    empty_disputes,
    empty_sayings,
    empty_decisions,
    empty_reviews,
    empty_takedowns,
    empty_referrals,
)
"""In the order of locks; the words of a name before the name."""
