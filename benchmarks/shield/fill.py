"""Fills a shield to scale: members, claims and audit entries by COPY, what follows from them by PostgreSQL itself.

Ids that follow from another row's have the same hex behind their own prefix.
"""

from datetime import UTC, datetime

from rich.progress import Progress

from backoffice.kernel.audit.store import count_days
from backoffice.kernel.encryption.keyring import KeyRing
from backoffice.shield.permissions import Role
from benchmarks.filling import drop_indexes, empty_again, insert_staff, load, remember, run_each, unguarded
from benchmarks.ground import ENCRYPTION_KEYS
from benchmarks.product import NOWHERE, Connection
from benchmarks.shield.content import ADMINS, CORRECTED_EACH, Content

VERSION = 1
FOLLOWS = {
    "shield.subscription": b"""
        INSERT INTO shield.subscription (id, member_id, plan_id, enrolled_at, ended_at, next_billing_date,
                                         payment_method)
             SELECT 'sub_' || right(id, 32), id,
                    CASE WHEN hashtext(id) % 3 = 0 THEN 'plan_premium' ELSE 'plan_basic' END, signup_date,
                    CASE WHEN status = 'deactivated' THEN last_activity END,
                    CASE WHEN status = 'active' THEN last_activity END, 'card_ending_4242'
               FROM shield.member WHERE status <> 'pending' ORDER BY id
        """,
    "shield.deactivation": b"""
        INSERT INTO shield.deactivation (id, member_id, reason, effective_at, notifies_member, notification_sent,
                                         decided_by, decided_at, took_effect_at)
             SELECT 'deact_' || right(id, 32), id, 'non_payment', last_activity, true, true, 1, last_activity,
                    last_activity
               FROM shield.member WHERE status = 'deactivated' ORDER BY id
        """,
    "shield.bank_account": b"""
        INSERT INTO shield.bank_account (id, member_id, bank_name, account_holder_name, account_type, account_key_id,
                                         account_sealed, account_index, account_last_four, routing_key_id,
                                         routing_sealed, routing_last_four, routing_is_valid, verified_at,
                                         verification_method, changed_at, added_at, updated_at)
             SELECT 'bank_' || right(id, 32), id, 'Chase Bank', first_name || ' ' || last_name, 'checking', 'bench',
                    sha256(id::bytea), sha256(email::bytea), ssn_last_four, 'bench', sha256(id::bytea),
                    reverse(ssn_last_four), true, signup_date, 'micro_deposits', signup_date, signup_date, signup_date
               FROM shield.member WHERE hashtext(id) % 10 > -4 ORDER BY id
        """,
    "shield.premium_payment": b"""
        INSERT INTO shield.premium_payment (id, external_id, member_id, amount_minor, method, paid_at, recorded_at)
             SELECT 'premium_' || month || right(id, 31), external_id || '_' || month, id, 1499,
                    'card_ending_4242', paid, paid
               FROM shield.member,
                    LATERAL (SELECT month, signup_date + make_interval(months => month) AS paid
                               FROM generate_series(0, 1) AS month) AS payments
              WHERE status <> 'pending' ORDER BY id
        """,
    "shield.coverage": b"""
        INSERT INTO shield.coverage (id, member_id, begins_at, ends_at) OVERRIDING SYSTEM VALUE
             SELECT coverage_id, member_id, min(approved_at), max(approved_at) + interval '3 months'
               FROM shield.claim WHERE coverage_id IS NOT NULL GROUP BY coverage_id, member_id
        """,
    "shield.claim_document": b"""
        INSERT INTO shield.claim_document (id, claim_id, type, filename, content_type, size_bytes, sha256, file_id,
                                           uploaded_at)
             SELECT 'doc_' || right(id, 32), id, 'termination_letter', 'letter.pdf', 'application/pdf', 20000,
                    sha256(id::bytea), right(id, 32) || '.pdf', submitted_at
               FROM shield.claim ORDER BY id
        """,
    "shield.claim_note": b"""
        INSERT INTO shield.claim_note (id, claim_id, author_id, content, is_internal, created_at)
             SELECT 'note_' || right(id, 32), id, 1, 'Called the employer', true, decided_at
               FROM shield.claim WHERE status = 'denied' ORDER BY id
        """,
    "shield.payout": b"""
        INSERT INTO shield.payout (id, claim_id, member_id, bank_account_id, amount_minor, method, status, created_by,
                                   completed_by, initiated_at, completed_at, updated_at)
             SELECT 'payout_' || right(c.id, 32), c.id, c.member_id, b.id, c.amount_approved_minor,
                    CASE WHEN b.id IS NULL THEN 'check' ELSE 'ach' END,
                    CASE WHEN c.status = 'paid' THEN 'completed' ELSE 'pending' END, 1,
                    CASE WHEN c.status = 'paid' THEN 2 END, c.decided_at,
                    CASE WHEN c.status = 'paid' THEN c.decided_at + interval '2 days' END, c.decided_at
               FROM shield.claim c LEFT JOIN shield.bank_account b ON b.member_id = c.member_id
              WHERE c.status IN ('approved', 'paid') ORDER BY c.id
        """,
}
"""Tables that follow from members and claims, in the order in which they need each other."""
SUMS = (
    b"""
    INSERT INTO shield.member_claims (member_id, total, pending, approved, denied, paid, paid_out_minor)
         SELECT c.member_id, count(*), count(*) FILTER (WHERE c.status IN ('pending', 'under_review')),
                count(*) FILTER (WHERE c.status = 'approved'), count(*) FILTER (WHERE c.status = 'denied'),
                count(*) FILTER (WHERE c.status = 'paid'), coalesce(sum(c.amount_paid_minor), 0)
           FROM shield.claim c GROUP BY c.member_id
    """,
    b"INSERT INTO shield.member_tally SELECT status, count(*) FROM shield.member GROUP BY status",
    b"INSERT INTO shield.claim_tally SELECT status, count(*) FROM shield.claim GROUP BY status",
    b"""
    INSERT INTO shield.subscriber_tally
         SELECT plan_id, count(*) FROM shield.subscription WHERE ended_at IS NULL GROUP BY plan_id
    """,
    b"""
    INSERT INTO shield.payout_tally
         SELECT status, (completed_at AT TIME ZONE 'UTC')::date, count(*), sum(amount_minor)
           FROM shield.payout GROUP BY 1, 2
    """,
    b"SELECT kernel.fold_sums(k) FROM kernel.kept_sum k",
    b"""
    INSERT INTO shield.dashboard_sum
         SELECT 'member.new', (signup_date AT TIME ZONE 'UTC')::date, count(*), 0 FROM shield.member GROUP BY 2
         UNION ALL
         SELECT 'claim.decided', 'infinity', count(*), sum(extract(epoch FROM decided_at - submitted_at) * 1000)
           FROM shield.claim WHERE decided_at IS NOT NULL
    """,
    b"""
    INSERT INTO kernel.audit_tally
         SELECT product, actor_id, action, count(*) FROM kernel.audit_entry GROUP BY 1, 2, 3
    """,
    b"CREATE TABLE public.filled_tally AS TABLE kernel.audit_tally",
)
FORGET = (
    b"DELETE FROM kernel.audit_entry WHERE product = 'shield' AND at > (SELECT filled_at FROM public.filled)",
    b"TRUNCATE kernel.audit_tally",
    b"INSERT INTO kernel.audit_tally TABLE public.filled_tally",
)


def fill(db: Connection, scale: int, progress: Progress) -> None:
    """`scale` members, twice as many claims, ten times as many audit entries."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    content = Content(scale, end=midnight, keys=KeyRing(ENCRYPTION_KEYS))
    tables = {
        "shield.member": (
            scale,
            "id, external_id, email, first_name, last_name, phone, street, city, state, zip, country, date_of_birth, "
            "ssn_last_four, employment_status, employer_name, annual_income_minor, status, signup_source, signup_date, "
            "last_activity",
            content.member_lines(),
        ),
        "shield.claim": (
            content.claims,
            "id, external_id, member_id, plan_id, type, reason, termination_date, submitted_at, status, "
            "amount_requested_minor, amount_approved_minor, amount_paid_minor, approved_by, approved_at, "
            "coverage_id, decided_at, updated_at",
            content.claim_lines(),
        ),
        "kernel.data_key": (scale // CORRECTED_EACH, "data_subject, key_id, wrapped", content.key_lines()),
        "kernel.audit_entry": (
            content.entries,
            "id, at, product, actor_kind, actor_id, actor_label, action, subject, data_subject, before, after, reason, "
            "address, agent, request_id, digest",
            content.entry_lines(),
        ),
    }
    with unguarded(db):
        for number in range(1, ADMINS + 1):
            insert_staff(db, number, f"admin_{number}", product="shield", role=Role.SUPER_ADMIN)
        indexes = drop_indexes(db, [*tables, *FOLLOWS])
        load(db, tables, progress=progress)
        run_each(db, "what follows", statements=FOLLOWS.values(), progress=progress)
        run_each(db, "indexes and sums", statements=[*indexes, *SUMS], progress=progress)
        counting = count_days(NOWHERE, before=content.end)
        while db.execute(counting.sql, counting.params).rowcount:
            continue
        run_each(db, "vacuum", statements=[b"VACUUM ANALYZE"], progress=progress)
        remember(db, VERSION, scale)


def forget(db: Connection, scale: int) -> None:
    """Delete what looks at members have left in the audit log, and take back its sums."""
    db.execute("SET session_replication_role = replica")
    if empty_again(db):
        for statement in FORGET:
            db.execute(statement)
        db.execute("VACUUM ANALYZE kernel.audit_entry, kernel.audit_tally")
