"""The judgement after the storm: what was approved, what callers were told, and what the rail itself has recorded."""

import orjson

from backoffice.shield.transfer.rails import SANDBOX_FOLDER
from benchmarks.kills.desk import Desk
from benchmarks.kills.findings import Connection, Finding, number
from benchmarks.kills.shield.rounds import Books

TRIES = """
SELECT a.id, a.status = 'returned', p.status = 'completed' AND a.status <> 'returned', p.amount_minor,
       p.completed_by IS NOT NULL
  FROM shield.payout_attempt a JOIN shield.payout p ON p.id = a.payout_id
 WHERE a.rail = 'sandbox' AND (p.claim_id = ANY (%(claims)s::text[]) OR a.id = ANY (%(moved)s::text[]))
"""


def is_settled(db: Connection, books: Books) -> bool:
    """Whether every payout of the storm has come to an end and no job of one is left lying."""
    waiting = number(
        db,
        """
        SELECT (SELECT count(*) FROM shield.payout
                 WHERE claim_id = ANY (%(claims)s::text[]) AND status IN ('pending', 'processing'))
             + (SELECT count(*) FROM shield.payout_attempt WHERE rail = 'sandbox' AND status IN ('intended', 'sent'))
             + (SELECT count(*) FROM procrastinate.procrastinate_jobs
                 WHERE task_name IN ('shield.send_payout', 'shield.settle_payout') AND status IN ('todo', 'doing'))
        """,
        claims=books.claims,
    )
    return waiting == 0


def count(desk: Desk, db: Connection, *, books: Books) -> list[Finding]:
    """Every promise with the number of times it was broken, then what is only good to know."""
    return [*_claims(db, books), *_keys(db, books), *_rail(desk, db, books=books), *_left_over(db, books)]


def _claims(db: Connection, books: Books) -> list[Finding]:
    sums = """
        SELECT count(*)
          FROM shield.claim c,
               LATERAL (SELECT coalesce(sum(amount_minor) FILTER (WHERE status = 'completed'), 0) AS completed,
                               coalesce(sum(amount_minor) FILTER (WHERE status NOT IN ('failed', 'cancelled')), 0)
                                   AS live
                          FROM shield.payout WHERE claim_id = c.id) p
         WHERE c.id = ANY (%(claims)s::text[]) AND (
    """
    wrong = {
        "claims promised more than was approved": "p.live > c.amount_approved_minor)",
        "claims whose paid amount is not what was completed": "p.completed <> c.amount_paid_minor)",
        "claims paid without reaching it, or the other way": (
            "(c.status = 'paid') <> (p.completed = c.amount_approved_minor))"
        ),
    }
    full = number(db, f"{sums} p.live > c.amount_approved_minor - 3000)", claims=books.claims)
    return [
        Finding("claims", len(books.claims)),
        Finding("claims filled to within 30 dollars", full),
        *(Finding(what, number(db, f"{sums} {how}", claims=books.claims), 0) for what, how in wrong.items()),
    ]


def _keys(db: Connection, books: Books) -> list[Finding]:
    rows = db.execute(
        "SELECT notes, id FROM shield.payout WHERE claim_id = ANY (%s::text[])", [books.claims]
    ).fetchall()
    keys = [key for key, _ in rows]
    by_one = number(
        db,
        """
        SELECT count(*) FROM shield.payout p
         WHERE claim_id = ANY (%(claims)s::text[]) AND completed_by IN
               (SELECT actor_id FROM kernel.audit_entry
                 WHERE product = 'shield' AND subject = 'payout:' || p.id
                   AND action IN ('payout.created', 'payout.retried'))
        """,
        claims=books.claims,
    )
    return [
        Finding("calls answered", books.answered),
        Finding("of these refused", books.refused),
        Finding("requests until they were answered", books.tries),
        Finding("payouts", len(rows)),
        Finding("keys that made two payouts", len(keys) - len(set(keys)), 0),
        Finding("payouts of which nobody was told", sum(books.paid.get(key) != known for key, known in rows), 0),
        Finding("payouts told and not there", len(set(books.paid.values()) - {known for _, known in rows}), 0),
        Finding("payouts completed by who promised them", by_one, 0),
    ]


def _rail(desk: Desk, db: Connection, *, books: Books) -> list[Finding]:
    """Each movement of money is one file of the sandbox rail, named by its try. The demo's payouts leave as well."""
    files = [orjson.loads(file.read_bytes()) for file in (desk.data / SANDBOX_FOLDER).glob("*.json")]
    moved = {one["reference"]: int(one["amount_minor"]) for one in files}
    tries = db.execute(TRIES, {"claims": books.claims, "moved": list(moved)}).fetchall()
    known = {key: minor for key, _, _, minor, _ in tries}
    stands = sum(moved.get(key, 0) for key, is_returned, _, _, _ in tries if not is_returned)
    by_hand = {key for key, _, _, _, is_by_hand in tries if is_by_hand}
    explained = sum(moved.get(key, 0) for key, _, is_completed, _, _ in tries if is_completed)
    return [
        Finding("movements of money", len(moved)),
        Finding("movements without a try, or of another amount", len(moved.items() - known.items()), 0),
        Finding("tries that never moved and nobody completed by hand", len(known.keys() - moved.keys() - by_hand), 0),
        Finding("cents that left and stayed out", stands),
        Finding("cents of them that no completed payout explains", stands - explained, 0),
    ]


def _left_over(db: Connection, books: Books) -> list[Finding]:
    stuck = "SELECT count(*) FROM shield.payout WHERE claim_id = ANY (%(claims)s::text[]) AND status = 'processing'"
    failed = """
        SELECT count(*) FROM procrastinate.procrastinate_jobs
         WHERE task_name IN ('shield.send_payout', 'shield.settle_payout') AND status = 'failed'
    """
    return [
        Finding("payouts still on their way", number(db, stuck, claims=books.claims), 0),
        Finding("payout jobs that gave up", number(db, failed), 0),
    ]
