"""Fills a marketplace to scale, by statements that PostgreSQL runs alone. The same for the same scale every time."""

from pathlib import Path

from rich.progress import Progress

from backoffice.marketplace.permissions import Role
from benchmarks.filling import drop_indexes, empty_again, insert_staff, remember, run_each, unguarded
from benchmarks.product import Connection

VERSION = 3
STAFF = 20
"""Of whom the last is the one who looks."""
BOOKINGS_EACH = 5
VENDOR_EVERY, SERVICE_EVERY, DISPUTE_EVERY, TAKEDOWN_EVERY = 200, 100, 5, 10
"""A vendor for so many customers, a service, a dispute, a request to take a review down."""
SLICE = 20_000
ROWS = Path(__file__).with_name("fill.sql")
SLICED = "SELECT marketplace.recount(array_agg(id)) FROM marketplace.customer WHERE id BETWEEN %(first)s AND %(last)s"
TABLES = (
    "customer",
    "vendor",
    "service",
    "booking",
    "payment",
    "review",
    "dispute",
    "dispute_event",
    "takedown_request",
)
LEARN = b"""
    INSERT INTO kernel.search_word (product, word, forms)
    SELECT DISTINCT 'marketplace', word, kernel.typo_forms(word)
      FROM marketplace.customer, unnest(tsvector_to_array(name_words)) AS word
    ON CONFLICT DO NOTHING
"""
MONTHS = """
    SELECT marketplace.recount_{}(month::date, (month + interval '1 month')::date)
      FROM generate_series(date_trunc('month', now() - interval '3 years'), now(), '1 month') AS month
"""
FIGURES = (MONTHS.format("bookings").encode(), MONTHS.format("revenue").encode())
TALLIES = (
    b"INSERT INTO marketplace.customer_tally SELECT status, count(*) FROM marketplace.customer GROUP BY 1",
    b"""
    INSERT INTO marketplace.booking_tally
         SELECT status, payment_status, count(*) FROM marketplace.booking GROUP BY 1, 2
    """,
    b"""
    INSERT INTO marketplace.dispute_tally
         SELECT status, priority, type, count(*) FROM marketplace.dispute GROUP BY 1, 2, 3
    """,
    b"INSERT INTO marketplace.review_tally SELECT status, rating, count(*) FROM marketplace.review GROUP BY 1, 2",
    b"""
    INSERT INTO marketplace.takedown_request_tally
         SELECT status, count(*), sum(seconds_to_resolve) FROM marketplace.takedown_request GROUP BY 1
    """,
)


def fill(db: Connection, scale: int, progress: Progress) -> None:
    """`scale` customers, five bookings and payments of each, a dispute of each fifth, a request of each tenth."""
    sizes = {
        "customers": scale,
        "vendors": max(1, scale // VENDOR_EVERY),
        "services": max(1, scale // SERVICE_EVERY),
        "bookings": scale * BOOKINGS_EACH,
        "disputes": scale // DISPUTE_EVERY,
        "takedowns": scale // TAKEDOWN_EVERY,
    }
    tables = [f"marketplace.{name}" for name in TABLES]
    sums = [_sized(SLICED, {"first": one, "last": one + SLICE - 1}) for one in range(1, scale + 1, SLICE)]
    with unguarded(db):
        for number in range(1, STAFF + 1):
            insert_staff(db, number, f"agent_{number}", product="marketplace", role=Role.SUPER_ADMIN)
        indexes = drop_indexes(db, tables)
        rows = [_sized(text, sizes) for text in ROWS.read_text(encoding="utf-8").split(";\n") if text.strip()]
        run_each(db, "rows", statements=rows, progress=progress)
        run_each(db, "indexes", statements=indexes, progress=progress)
        run_each(db, "vacuum", statements=[b"VACUUM ANALYZE"], progress=progress)
        run_each(db, "sums", statements=[*sums, *TALLIES, *FIGURES, LEARN], progress=progress)
        run_each(db, "vacuum", statements=[b"VACUUM ANALYZE"], progress=progress)
        remember(db, VERSION, scale)


def _sized(text: str, sizes: dict[str, int]) -> bytes:
    for name, size in sizes.items():
        text = text.replace(f"%({name})s", str(size))
    return text.encode()


def forget(db: Connection, scale: int) -> None:
    """Delete what looks at customers have left in the audit log."""
    db.execute("SET session_replication_role = replica")
    if empty_again(db):
        db.execute("VACUUM ANALYZE kernel.audit_entry, kernel.audit_tally")
