"""The judgement after the storm: what was captured, what callers were told, and what the gateway has recorded."""

from collections import Counter
from pathlib import Path

import orjson

from backoffice.marketplace.refund.port import SANDBOX_FOLDER
from benchmarks.kills.findings import Connection, Finding, number
from benchmarks.kills.marketplace.rounds import CAPTURED, Books

SUMS = """
    SELECT count(*)
      FROM marketplace.payment p JOIN marketplace.booking b ON b.id = p.booking_id,
           LATERAL (SELECT coalesce(sum(amount_minor) FILTER (WHERE status = 'processed'), 0) AS back,
                           coalesce(sum(amount_minor) FILTER (WHERE status IN ('pending', 'approved')), 0) AS waiting
                      FROM marketplace.refund WHERE payment_id = p.id) r
     WHERE p.id = ANY (%(payments)s::text[]) AND (
"""
WRONG = {
    "payments that give back more than was captured": "r.back + r.waiting > p.captured_minor)",
    "payments that do not know their refunds": "r.back <> p.refunded_minor OR r.waiting <> p.reserved_minor)",
    "payments or bookings whose status says otherwise": """
        p.status <> CASE r.back WHEN 0 THEN 'success' WHEN p.captured_minor THEN 'refunded'
                    ELSE 'partially_refunded' END
        OR b.payment_status <> CASE p.status WHEN 'success' THEN 'paid' ELSE p.status END)
    """,
}
TRIES = """
    SELECT id || CASE n WHEN 1 THEN '' ELSE '.' || n END, amount_minor,
           CASE WHEN n < tries THEN 'refused' WHEN status = 'processed' THEN 'refunded' ELSE 'refused' END
      FROM marketplace.refund, generate_series(1, tries) n
     WHERE payment_id = ANY (%(payments)s::text[]) AND status IN ('processed', 'failed')
"""
RESOLVED = """
    SELECT count(*) FROM marketplace.dispute d
     WHERE d.booking_id IN (SELECT booking_id FROM marketplace.payment WHERE id = ANY (%(payments)s::text[]))
       AND (d.status = 'resolved') <> (1 = (SELECT count(*) FROM marketplace.refund r WHERE r.dispute_id = d.id
                                               AND r.status <> 'rejected' AND r.amount_minor = d.refund_amount_minor))
"""
CANCELLED = """
    SELECT p.booking_id FROM marketplace.payment p JOIN marketplace.booking b ON b.id = p.booking_id
     WHERE p.id = ANY (%(payments)s::text[]) AND b.status = 'cancelled'
"""
CALLED_OFF = """
    SELECT count(*) FROM marketplace.payment p JOIN marketplace.booking b ON b.id = p.booking_id,
           LATERAL (SELECT count(*) AS given FROM marketplace.refund r
                     WHERE r.payment_id = p.id AND r.origin = 'booking') r
     WHERE p.id = ANY (%(payments)s::text[]) AND given > CASE b.status WHEN 'cancelled' THEN 1 ELSE 0 END
"""
WALLETS = """
    SELECT count(*) FROM marketplace.customer c
     WHERE id = ANY (%(customers)s::bigint[])
       AND (wallet_minor <> coalesce((SELECT sum(amount) FROM marketplace.wallet_entry w
                                       WHERE w.customer_id = c.id AND ledger = 'wallet'), 0)
            OR wallet_minor <> coalesce((SELECT sum(amount_minor) FROM marketplace.goodwill g
                                          WHERE g.customer_id = c.id AND status = 'granted'), 0))
"""
UNTOLD_ENDS = """
    SELECT count(*) FROM marketplace.refund r WHERE payment_id = ANY (%(payments)s::text[]) AND r.status = 'processed'
       AND 1 <> (SELECT count(*) FROM kernel.audit_entry e
                  WHERE product = 'marketplace' AND action = 'refund.processed' AND subject = 'refund:' || r.id)
"""
WAITING = """
    SELECT (SELECT count(*) FROM marketplace.refund
             WHERE payment_id = ANY (%(payments)s::text[]) AND status = 'approved')
         + (SELECT count(*) FROM procrastinate.procrastinate_jobs
             WHERE task_name = 'marketplace.send_refund' AND status IN ('todo', 'doing'))
"""


def is_settled(db: Connection, books: Books) -> bool:
    """Whether the gateway's word is known of every refund of the storm, and no job of one is left lying."""
    return number(db, WAITING, payments=books.payments) == 0


def count(data: Path, db: Connection, *, books: Books) -> list[Finding]:
    """Every promise with the number of times it was broken, then what is only good to know."""
    return [*_payments(db, books), *_told(db, books), *_gateway(data, db, books=books), *_left_over(db, books)]


def _payments(db: Connection, books: Books) -> list[Finding]:
    full = number(db, f"{SUMS} r.back + r.waiting > p.captured_minor - 400000)", payments=books.payments)
    return [
        Finding("payments", len(books.payments)),
        Finding("how their gateways behaved", ", ".join(f"{one} {many}" for one, many in books.gateways.items())),
        Finding(f"of {CAPTURED} given back to within 400000", full),
        *(Finding(what, number(db, f"{SUMS} {how}", payments=books.payments), 0) for what, how in WRONG.items()),
        Finding("disputes resolved without their one refund", number(db, RESOLVED, payments=books.payments), 0),
        Finding("bookings cancelled", len(books.cancelled)),
        Finding("bookings cancelled of which not one was told", _wrongly_cancelled(db, books), 0),
        Finding("bookings that gave back their rest twice", number(db, CALLED_OFF, payments=books.payments), 0),
        Finding("wallets that are not their credits", number(db, WALLETS, customers=books.customers), 0),
    ]


def _wrongly_cancelled(db: Connection, books: Books) -> int:
    """Those of which nobody was told, more than one, or somebody and it is not so."""
    cancelled = [booking for (booking,) in db.execute(CANCELLED, {"payments": books.payments}).fetchall()]
    return sum((Counter(cancelled) - Counter(books.cancelled)).values()) + sum(
        (Counter(books.cancelled) - Counter(cancelled)).values()
    )


def _told(db: Connection, books: Books) -> list[Finding]:
    asked = """
        SELECT coalesce(external_id, reason), id::text FROM marketplace.refund
         WHERE payment_id = ANY (%(payments)s::text[]) AND dispute_id IS NULL AND origin <> 'booking'
    """
    rows = db.execute(asked, {"payments": books.payments}).fetchall()
    given = "SELECT reason, id::text FROM marketplace.goodwill WHERE customer_id = ANY (%s::bigint[])"
    credits = db.execute(given, [books.customers]).fetchall()
    return [
        Finding("calls answered", books.answered),
        Finding("of these refused", books.refused),
        Finding("requests until they were answered", books.tries),
        Finding("refunds asked for", len(rows)),
        Finding("keys that made two refunds or credits", len(rows + credits) - len(dict(rows + credits)), 0),
        Finding("refunds or credits of which nobody was told", _untold(rows + credits, books), 0),
        Finding("refunds and credits told and not there", _missing(rows + credits, books), 0),
    ]


def _untold(rows: list[tuple[str, str]], books: Books) -> int:
    told = books.refunds | books.credits
    return sum(told.get(key) != known for key, known in rows)


def _missing(rows: list[tuple[str, str]], books: Books) -> int:
    return len({*books.refunds.values(), *books.credits.values()} - {known for _, known in rows})


def _gateway(data: Path, db: Connection, *, books: Books) -> list[Finding]:
    """Each refund that the sandbox was asked for is one file, named by its key. The demo's refunds leave as well."""
    files = [orjson.loads(file.read_bytes()) for file in (data / SANDBOX_FOLDER).glob("*.json")]
    kept = {one["key"]: (one["amount_minor"], one["outcome"]) for one in files if one["payment"].startswith("storm_")}
    rows = db.execute(TRIES, {"payments": books.payments}).fetchall()
    recorded = {key: (minor, outcome) for key, minor, outcome in rows}
    back = sum(minor for minor, outcome in kept.values() if outcome == "refunded")
    ours = "SELECT coalesce(sum(refunded_minor), 0) FROM marketplace.payment WHERE id = ANY (%(payments)s::text[])"
    return [
        Finding("refunds that the gateway took or refused", len(kept)),
        Finding("of them not recorded, or otherwise", len(kept.items() - recorded.items()), 0),
        Finding("recorded and never asked for there", len(recorded.items() - kept.items()), 0),
        Finding("minor units that went back", back),
        Finding("of them not recorded as refunded", back - number(db, ours, payments=books.payments), 0),
    ]


def _left_over(db: Connection, books: Books) -> list[Finding]:
    failed = """
        SELECT count(*) FROM procrastinate.procrastinate_jobs
         WHERE task_name = 'marketplace.send_refund' AND status = 'failed'
    """
    differing = """
        SELECT count(*) FROM marketplace.refund_difference d LEFT JOIN marketplace.refund r ON r.id = d.refund_id
         WHERE coalesce(d.payment_id, r.payment_id) = ANY (%(payments)s::text[])
    """
    stuck = """
        SELECT count(*) FROM marketplace.refund WHERE payment_id = ANY (%(payments)s::text[]) AND status = 'approved'
    """
    return [
        Finding("refunds still on their way", number(db, stuck, payments=books.payments), 0),
        Finding("refunds done that the record does not tell once", number(db, UNTOLD_ENDS, payments=books.payments), 0),
        Finding("differences from the gateway's books", number(db, differing, payments=books.payments), 0),
        Finding("refund jobs that gave up", number(db, failed), 0),
    ]
