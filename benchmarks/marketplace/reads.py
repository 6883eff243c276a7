"""The marketplace's reads: each door against its twin, and at another scale."""

from collections.abc import Callable, Iterator

from benchmarks.against import Growing, Served, against_twin, growth
from benchmarks.marketplace.beside import beside
from benchmarks.plan import Finding, Plan

SOME_CUSTOMERS = 100
SMALL_SHARE = 100
HERE = "/marketplace/api/v1/admin"
SOME = """
SELECT id::text, email, name, phone
  FROM marketplace.customer WHERE id %% greatest(1, %(customers)s / %(most)s) = 0 ORDER BY id LIMIT %(most)s
"""


def cases(plan: Plan, here: Served) -> dict[str, Callable[[], Iterator[Finding]]]:
    """What can be measured, by name."""
    with here.ground.connect() as db:
        rows = db.execute(SOME, {"customers": plan.scale, "most": SOME_CUSTOMERS}).fetchall()
    ids, addresses, names, phones = zip(*rows, strict=True)
    growing = Growing(
        "the marketplace as it grows",
        small=max(100, plan.scale // SMALL_SHARE),
        unit=lambda customers: f"{customers:,} customers",
        asked={
            "": lambda _: f"{HERE}/users",
            ", found by e-mail": lambda _: f"{HERE}/users?search=asha.7@",
            ", one of them": lambda _: f"{HERE}/users/7",
            ", the bookings of one": lambda _: f"{HERE}/users/7/bookings",
            ", the queue of disputes": lambda _: f"{HERE}/disputes",
            ", disputes found by a word": lambda _: f"{HERE}/disputes?search=afternoon",
            ", found by one search": lambda _: f"{HERE}/search?q=asha.7@customer.example",
        },
    )
    return {
        "customers": lambda: against_twin(plan, here, case="customers", door="customers"),
        "finding": lambda: _searches(plan, here, words={"name": names, "e-mail address": addresses, "phone": phones}),
        "bookings": lambda: against_twin(plan, here, case="a customer's bookings", door="bookings", subjects=ids),
        "disputes": lambda: against_twin(plan, here, case="queue of disputes", door="disputes"),
        "everything": lambda: _everything(plan, here, words={"name": names, "e-mail address": addresses}),
        "market": lambda: growth(plan, here, of=growing),
        "customer": lambda: against_twin(plan, here, case="customer", door="customer", subjects=ids),
        "peer": lambda: beside(plan, here, ids=ids),
    }


def _searches(plan: Plan, here: Served, *, words: dict[str, tuple[str, ...]]) -> Iterator[Finding]:
    for by, some in words.items():
        yield from against_twin(plan, here, case=f"customers, searched by {by}", door="finding", subjects=some)


def _everything(plan: Plan, here: Served, *, words: dict[str, tuple[str, ...]]) -> Iterator[Finding]:
    for by, some in words.items():
        yield from against_twin(plan, here, case=f"one search, by {by}", door="everything", subjects=some)
