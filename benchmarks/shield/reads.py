"""Shield's reads: each door against its twin, the dashboard against one row, the audit log at another scale."""

from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

from psycopg.sql import SQL

from benchmarks.against import Growing, Served, against_twin, growth
from benchmarks.plan import Finding, Plan
from benchmarks.product import Connection
from benchmarks.shield.content import ENTRIES_EACH
from benchmarks.shield.doors import MEMBERS

SOME_MEMBERS = 100
"""Few enough that every search is warm before the counting begins."""
SMALL_SHARE = 1_000
MOST_ROWS = 10
LOOKS = 200
LOG = "/shield/v1/admin/audit-log"
SOME = """
SELECT id, email, lower(last_name) FROM shield.member TABLESAMPLE BERNOULLI (least(100, 12000.0 / %(members)s))
REPEATABLE (20) LIMIT %(most)s
"""


def cases(plan: Plan, here: Served) -> dict[str, Callable[[], Iterator[Finding]]]:
    """What can be measured, by name."""
    with here.ground.connect() as db:
        ids, addresses, names = zip(*db.execute(SOME, {"members": plan.scale, "most": SOME_MEMBERS}), strict=True)
    growing = Growing(
        "audit log as it grows",
        small=max(1, plan.scale // SMALL_SHARE),
        unit=lambda members: f"{members * ENTRIES_EACH:,} entries",
        asked={
            "": lambda _: LOG,
            ", of one action": lambda _: f"{LOG}?action=user_profile_update",
            ", about one user": lambda there: f"{LOG}?user_id={_seen_last(there)}",
        },
    )
    return {
        "users": lambda: against_twin(plan, here, case="users list", door="users"),
        "search": lambda: _searches(plan, here, {"name": names, "e-mail address": addresses, "id": ids}),
        "user": lambda: against_twin(plan, here, case="user detail", door="user", subjects=ids),
        "claims": lambda: against_twin(plan, here, case="claims list", door="claims"),
        "stats": lambda: _stats(plan, here),
        "audit": lambda: growth(plan, here, of=growing),
    }


def _searches(plan: Plan, here: Served, words: dict[str, tuple[str, ...]]) -> Iterator[Finding]:
    for by, some in words.items():
        yield from against_twin(plan, here, case=f"users list, searched by {by}", door="search", subjects=some)


def _stats(plan: Plan, here: Served) -> Iterator[Finding]:
    case = "dashboard stats"
    yield from against_twin(plan, here, case=case, door="stats")
    stats = MEMBERS.doors["stats"].asks("")[0]
    with here.ground.connect() as db:
        member = db.execute("SELECT min(id) FROM shield.member").fetchone()
        one_row = "SELECT * FROM shield.member WHERE id = %(id)s", {"id": member and member[0]}
        taken = [(_server_ms(db, stats.sql, stats.params), _server_ms(db, *one_row)) for _ in range(LOOKS)]
    sums, row = (median(times) for times in zip(*taken, strict=True))
    yield Finding(case, "the statement, in the server", f"{sums:.3f} ms against {row:.3f} ms for one member by id")
    ratio = sums / row
    yield Finding(case, "costs as many reads of one row", f"{ratio:.1f}", f"< {MOST_ROWS}", ratio < MOST_ROWS)


def _server_ms(db: Connection, sql: str, params: dict[str, Any]) -> float:
    """How long a statement runs in the server, once planned."""
    explain = SQL("EXPLAIN (ANALYZE, TIMING off, BUFFERS off, FORMAT json) ")
    found = db.execute(explain.as_bytes() + sql.encode(), params).fetchone()
    assert found is not None
    return float(found[0][0]["Execution Time"])


def _seen_last(there: Served) -> str:
    with there.ground.connect() as db:
        newest = db.execute("SELECT data_subject FROM kernel.audit_entry ORDER BY at DESC LIMIT 1").fetchone()
    assert newest is not None
    return str(newest[0]).partition(":")[2]
