"""What is measured in turn: a door against its bare twin, a door at two scales, one request against another."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from statistics import median
from urllib.parse import quote

from backoffice.kernel.process import Process
from benchmarks import bare_postgres, load
from benchmarks.ground import Ground, free_port, ground
from benchmarks.load import Load, Wanted
from benchmarks.plan import Finding, Plan

MOST_GROWTH = 1.5
SAFE = "/&="
"""What asks for more than one thing is a query, written out."""


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
    process: Process
    twin_port: int = 0

    def asking(self, plan: Plan, paths: Sequence[str], *, connections: int) -> Wanted:
        """The same load for every door of the product."""
        return self._wanted(self.port, plan, paths, connections)

    def asking_twin(self, plan: Plan, paths: Sequence[str], *, connections: int = 0) -> Wanted:
        return self._wanted(self.twin_port, plan, paths, connections or plan.connections)

    def _wanted(self, port: int, plan: Plan, paths: Sequence[str], connections: int) -> Wanted:
        return Wanted(port, [load.get(path, self.ground.token) for path in paths], plan.seconds, connections)


@contextmanager
def served(ground: Ground) -> Iterator[Served]:
    twin_port = free_port()
    with served_alone(ground) as here, ground.serving("benchmarks.twin", ground.tested.name, port=twin_port):
        yield replace(here, twin_port=twin_port)


@contextmanager
def served_alone(ground: Ground) -> Iterator[Served]:
    """Without the twins."""
    port = free_port()
    with ground.serving("backoffice", "serve", port=port) as process:
        yield Served(ground, port, process)


def against_twin(
    plan: Plan, here: Served, *, case: str, door: str, subjects: Sequence[str] = ("",)
) -> Iterator[Finding]:
    """A door's requests a second as a share of its bare twin's, and beside them PostgreSQL alone.

    Each request asks for the next of the subjects, which are in the door's address.
    """
    address = here.ground.tested.doors[door].address
    ours, bare = in_turn(
        plan,
        here.asking(plan, [address.format(quote(one, safe=SAFE)) for one in subjects], connections=plan.connections),
        here.asking_twin(plan, [f"/{door}/{quote(one, safe=SAFE)}" for one in subjects]),
    )
    alone = bare_postgres.requests_a_second(here.ground, door, subjects=subjects, plan=plan)
    share, least = ours.per_second / bare.per_second, here.ground.tested.least_share
    yield Finding(case, "the door", str(ours))
    yield Finding(case, "its bare twin", str(bare))
    yield Finding(case, "PostgreSQL alone (pgbench)", f"{alone:,.0f}/s")
    yield Finding(case, "the door, share of its twin", f"{share:.0%}", f"≥ {least:.0%}", share >= least)


@dataclass(frozen=True)
class Growing:
    """The same question at two scales. `unit` says how much a scale is.

    `asked` are addresses, each on either side, under what they ask for.
    """

    case: str
    small: int
    unit: Callable[[int], str]
    asked: Mapping[str, Callable[[Served], str]]


def growth(plan: Plan, here: Served, *, of: Growing) -> Iterator[Finding]:
    """How much slower answers are at full scale than at the small one: medians of one connection."""
    with ground(plan.data, here.ground.tested, scale=of.small) as little, served_alone(little) as there:
        for what, address in of.asked.items():
            few, many = in_turn(plan, *(side.asking(plan, [address(side)], connections=1) for side in (there, here)))
            ratio = many.p50 / few.p50
            yield Finding(of.case, f"{of.unit(of.small)}{what}", f"p50 {few.p50:.2f} ms")
            yield Finding(of.case, f"{of.unit(plan.scale)}{what}", f"p50 {many.p50:.2f} ms")
            yield Finding(of.case, f"slower{what} by", f"{ratio:.2f} x", f"< {MOST_GROWTH} x", ratio < MOST_GROWTH)
