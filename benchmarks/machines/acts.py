"""What is done to the machines, one after the other, and how long nobody was served because of it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from benchmarks.machines.calling import Beat, Pulse
from benchmarks.machines.keeping import until
from benchmarks.machines.parts import Ground

PAUSE = 4.0
COMES_BACK_WITHIN = 60.0
SLACK = 5.0
"""What a machine that is busy with other things may add to a goal before the trial fails."""
CALM = 2.0
"""So long all must have been served again before the next act."""
LOOK_EVERY = 0.1


@dataclass(frozen=True)
class Act:
    """One thing that happens; `goal` is how many seconds of errors it may cost, where somebody set one."""

    name: str
    do: Callable[[Ground], Awaitable[None]]
    goal: float | None = None


@dataclass(frozen=True)
class Window:
    """What callers saw of one act, in seconds: reads and writes that failed, from first to last; the slowest served."""

    act: Act
    asked: int
    failed: int
    reads: float
    writes: float
    slowest: float

    def is_within_goal(self, *, slack: float = 0.0) -> bool:
        return self.act.goal is None or max(self.reads, self.writes) <= self.act.goal + slack


def killed(name: str, *, goal: float | None = None) -> Act:
    async def do(ground: Ground) -> None:
        ground.part(name).kill()

    return Act(f"{name} killed", do, goal)


def paused(name: str, *, goal: float | None = None) -> Act:
    async def do(ground: Ground) -> None:
        part = ground.part(name)
        part.pause()
        await asyncio.sleep(PAUSE)
        part.resume()

    return Act(f"{name} paused for {PAUSE:g} s", do, goal)


def away(name: str, *, goal: float | None = None) -> Act:
    async def do(ground: Ground) -> None:
        part = ground.part(name)
        part.fence()
        await asyncio.sleep(PAUSE)
        part.fenced = False

    return Act(f"{name} away for {PAUSE:g} s", do, goal)


async def promote(ground: Ground) -> None:
    """db1 and its PgBouncer are gone for good; db2 takes over, as deploy/README.md says."""
    ground.part("pgbouncer db1").fence()
    ground.part("postgresql db1").fence()
    await asyncio.to_thread(ground.pair.promote)


PROMOTION = Act("db1 lost, db2 promoted", promote, 5.0)
SHORT = (
    killed("api 1", goal=1.0),
    paused("api 2"),
    killed("worker 1", goal=1.0),
    killed("pgbouncer db1", goal=1.0),
    away("redis", goal=1.0),
    killed("postgresql db1", goal=5.0),
    PROMOTION,
)
ALL = (
    killed("api 1", goal=1.0),
    paused("api 2"),
    killed("worker 1", goal=1.0),
    paused("worker 2", goal=1.0),
    killed("haproxy"),
    killed("pgbouncer db1", goal=1.0),
    paused("pgbouncer db1"),
    away("redis", goal=1.0),
    paused("redis", goal=1.0),
    away("mail", goal=1.0),
    paused("mail", goal=1.0),
    paused("s3", goal=1.0),
    killed("postgresql db2"),
    paused("postgresql db2"),
    killed("postgresql db1", goal=5.0),
    paused("postgresql db1"),
    PROMOTION,
)


async def play(acts: Sequence[Act], ground: Ground, *, pulse: Pulse, tell: Callable[[Window], None]) -> None:
    """Each act in turn, once all is well again after the one before."""
    for act in acts:
        began = time.monotonic()
        await act.do(ground)
        await _until_well(ground, pulse)
        tell(_seen(act, [beat for beat in pulse.beats if beat.ended >= began]))


async def _until_well(ground: Ground, pulse: Pulse) -> None:
    """Every part that is not fenced does its work, and for a while nobody was turned away."""
    await asyncio.sleep(CALM)
    for part in ground.parts:
        if not part.fenced:
            await until(part.is_well, within=COMES_BACK_WITHIN, what=part.name)
    deadline = time.monotonic() + COMES_BACK_WITHIN
    while not _is_calm(pulse):
        if time.monotonic() > deadline:
            raise TimeoutError("callers are still turned away")
        await asyncio.sleep(LOOK_EVERY)


def _is_calm(pulse: Pulse) -> bool:
    since = time.monotonic() - CALM
    lately = [beat for beat in pulse.beats if beat.began >= since]
    return {beat.kind for beat in lately} == {"read", "write"} and all(beat.is_served for beat in lately)


def _seen(act: Act, beats: Sequence[Beat]) -> Window:
    lost = [beat for beat in beats if not beat.is_served]
    spans = {kind: _span([beat for beat in lost if beat.kind == kind]) for kind in ("read", "write")}
    slowest = max((beat.ended - beat.began for beat in beats if beat.is_served), default=0.0)
    return Window(act, len(beats), len(lost), spans["read"], spans["write"], slowest)


def _span(lost: Sequence[Beat]) -> float:
    return max(beat.ended for beat in lost) - min(beat.began for beat in lost) if lost else 0.0
