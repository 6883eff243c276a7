"""The reads: each door against its bare twin, the list at another scale and far from its beginning, memory at rest."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from random import Random
from statistics import median
from urllib.parse import urlencode

import psutil

from backoffice.kernel.process import Process
from benchmarks import bare_postgres, load
from benchmarks.content import SEED
from benchmarks.ground import Ground, free_port, ground
from benchmarks.load import Load, Wanted
from benchmarks.plan import Finding, Plan
from benchmarks.statements import PAGE_SIZE, SHOWN

TICKETS = "/helpdesk/api/v1/tickets"
LIST = f"{TICKETS}?{urlencode({**SHOWN, 'limit': PAGE_SIZE})}"
LEAST_SHARE, MOST_GROWTH, MOST_DEPTH, MOST_MEMORY_MB = 0.60, 1.5, 3.0, 150
FAR_PAGE = 1_000
SOME_TICKETS = 500


class Refused(Exception):
    """A request of a load run was not answered with 200: what was measured means nothing."""


@dataclass(frozen=True)
class Measured:
    """The medians of several loads."""

    per_second: float
    p50: float
    p99: float

    def __str__(self) -> str:
        return f"{self.per_second:,.0f}/s, p50 {self.p50:.1f} ms, p99 {self.p99:.1f} ms"


def in_turn(plan: Plan, *sides: Wanted) -> list[Measured]:
    """A B A B: every round measures each side once, so that what disturbs the machine disturbs both."""
    loads: list[list[Load]] = [[] for _ in sides]
    for _ in range(plan.rounds):
        for taken, side in zip(loads, sides, strict=True):
            done = load.apply(side)
            if done.failures or not done.answers:
                raise Refused(f"{done.failures} failures, {done.answers} answers: {side.requests[0]!r}")
            taken.append(done)
    return [
        Measured(*(median(getattr(one, fact) for one in taken) for fact in ("per_second", "p50", "p99")))
        for taken in loads
    ]


@dataclass(frozen=True)
class Served:
    """A ground with the product's server and the twins', which stay up for every case of a run."""

    ground: Ground
    port: int
    twin_port: int
    process: Process

    def asking(self, plan: Plan, paths: Sequence[str], *, connections: int) -> Wanted:
        """The same load for every door of the product."""
        requests = [load.get(path, self.ground.token) for path in paths]
        return Wanted(self.port, requests, plan.seconds, connections)


@contextmanager
def served(ground: Ground) -> Iterator[Served]:
    port, twin_port = free_port(), free_port()
    with (
        ground.serving("backoffice", "serve", port=port) as process,
        ground.serving("benchmarks.twin", port=twin_port),
    ):
        yield Served(ground, port, twin_port, process)


def against_twin(plan: Plan, here: Served, *, door: str) -> Iterator[Finding]:
    """A door's requests a second as a share of its bare twin's, and beside them PostgreSQL alone."""
    tickets = Random(SEED).choices(range(1, here.ground.scale + 1), k=SOME_TICKETS)
    paths, twins = [LIST], ["/list"]
    if door == "detail":
        paths, twins = [f"{TICKETS}/{ticket}" for ticket in tickets], [f"/detail/{ticket}" for ticket in tickets]
    asked = here.asking(plan, paths, connections=plan.connections)
    asked_twin = here.asking(plan, twins, connections=plan.connections)
    ours, bare = in_turn(plan, asked, replace(asked_twin, port=here.twin_port))
    alone = bare_postgres.requests_a_second(here.ground, door, seconds=plan.seconds, connections=plan.connections)
    share = ours.per_second / bare.per_second
    case = f"ticket {door}"
    yield Finding(case, "the door", str(ours))
    yield Finding(case, "its bare twin", str(bare))
    yield Finding(case, "PostgreSQL alone (pgbench)", f"{alone:,.0f}/s")
    yield Finding(case, "the door, share of its twin", f"{share:.0%}", f"≥ {LEAST_SHARE:.0%}", share >= LEAST_SHARE)


def growth(plan: Plan, here: Served) -> Iterator[Finding]:
    """How much slower the list is with all tickets than with few: the median of one connection."""
    with ground(plan.data, plan.small_scale) as small, served(small) as there:
        few, many = in_turn(plan, *(side.asking(plan, [LIST], connections=1) for side in (there, here)))
    ratio = many.p50 / few.p50
    case = "list as tickets grow"
    yield Finding(case, f"{plan.small_scale:,} tickets, one connection", f"p50 {few.p50:.2f} ms")
    yield Finding(case, f"{plan.scale:,} tickets, one connection", f"p50 {many.p50:.2f} ms")
    yield Finding(case, "slower by", f"{ratio:.2f} x", f"< {MOST_GROWTH} x", ratio < MOST_GROWTH)


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
