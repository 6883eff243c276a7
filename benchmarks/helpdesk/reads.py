"""The desk's reads: its doors against their twins, the list at another scale and far from its beginning, memory."""

from collections.abc import Callable, Iterator
from random import Random

import psutil

from benchmarks import load
from benchmarks.against import Growing, Served, against_twin, growth, in_turn
from benchmarks.helpdesk.content import SEED
from benchmarks.helpdesk.doors import LIST, PAGE_SIZE
from benchmarks.helpdesk.hanging import hanging
from benchmarks.helpdesk.intake import intake
from benchmarks.helpdesk.swamped import swamped
from benchmarks.helpdesk.writers import writers
from benchmarks.load import Wanted
from benchmarks.plan import Finding, Plan

MOST_DEPTH, MOST_MEMORY_MB = 3.0, 150
SMALL_SCALE = 10_000
"""What the full scale is compared with, where an answer must not get slower with the number of tickets."""
FAR_PAGE = 1_000
SOME_TICKETS = 500


def cases(plan: Plan, here: Served) -> dict[str, Callable[[], Iterator[Finding]]]:
    """What can be measured, by name."""
    tickets = Random(SEED).choices(range(1, plan.scale + 1), k=SOME_TICKETS)
    growing = Growing(
        "list as tickets grow",
        small=max(1, min(SMALL_SCALE, plan.scale // 10)),
        unit=lambda tickets: f"{tickets:,} tickets",
        asked={"": lambda _: LIST},
    )
    return {
        "idle": lambda: idle(here),
        "list": lambda: against_twin(plan, here, case="ticket list", door="list"),
        "detail": lambda: against_twin(plan, here, case="ticket detail", door="detail", subjects=[*map(str, tickets)]),
        "growth": lambda: growth(plan, here, of=growing),
        "depth": lambda: depth(plan, here),
        "writers": lambda: writers(plan, here.ground),
        "swamped": lambda: swamped(plan, here.ground),
        "intake": lambda: intake(plan, here),
        "hanging": lambda: hanging(plan, here),
    }


def depth(plan: Plan, here: Served) -> Iterator[Finding]:
    """What page 1,000 costs beside page 1, for one who waits and for the server."""
    pages = [f"{LIST}&offset={PAGE_SIZE * (page - 1)}" for page in (1, FAR_PAGE)]
    case = f"list, page {FAR_PAGE:,} beside page 1"
    for connections in (1, plan.connections):
        near, far = in_turn(plan, *(here.asking(plan, [page], connections=connections) for page in pages))
        ratio = far.p50 / near.p50 if connections == 1 else near.per_second / far.per_second
        said = f"{far.p50:.2f} against {near.p50:.2f} ms" if connections == 1 else f"{far} against {near}"
        what = "one connection, p50" if connections == 1 else f"{connections} connections"
        yield Finding(case, what, said)
        yield Finding(case, f"{what}: costs", f"{ratio:.2f} x", f"< {MOST_DEPTH} x", ratio < MOST_DEPTH)


def idle(here: Served) -> Iterator[Finding]:
    """Memory of the API after its first answer."""
    load.apply(Wanted(here.port, [load.get(LIST, here.ground.token)], 1, connections=1, once=True))
    parent = psutil.Process(here.process.pid)
    sizes = [process.memory_info().rss / 2**20 for process in (parent, *parent.children(recursive=True))]
    largest = max(sizes)
    case, goal = "API at rest", f"< {MOST_MEMORY_MB} MB"
    yield Finding(case, "memory of the serving process", f"{largest:.0f} MB", goal, largest < MOST_MEMORY_MB)
    yield Finding(case, "with the process that watches over it", f"{sum(sizes):.0f} MB")
