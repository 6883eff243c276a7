"""One trial: the machines are started, people call, things happen to the machines, all is judged."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import httpx
import psycopg
from psycopg.errors import UniqueViolation
from psycopg_pool import PoolTimeout

from backoffice.kernel.house import House
from backoffice.kernel.lanes import JobName, Lane
from benchmarks.kills.findings import Finding
from benchmarks.kills.line import Line
from benchmarks.kills.marketplace import counting
from benchmarks.kills.marketplace.people import HARNESS, PRODUCT, enter
from benchmarks.kills.marketplace.rounds import Books
from benchmarks.machines.acts import SLACK, Act, Window, play
from benchmarks.machines.calling import PATIENCE, Pulse, Tills
from benchmarks.machines.errands import Errands, is_settled
from benchmarks.machines.judging import judge
from benchmarks.machines.keeping import NotWell, keep, until
from benchmarks.machines.parts import Ground, lay_out, make_bucket

logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)
"""That the database is gone now and then is what is tried here."""
STARTS_WITHIN = 120.0
SETTLES_WITHIN = 120.0
CLOCK = JobName("marketplace.queue_silent_refunds", Lane.CLOCK)
AWAY = (psycopg.OperationalError, PoolTimeout, UniqueViolation)


@dataclass
class Report:
    """How long nobody was served by each act, and what was found in the end."""

    windows: list[Window] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_broken(self) -> bool:
        """A promise was broken, or nobody was served for far longer than somebody set as a goal."""
        late = [window for window in self.windows if not window.is_within_goal(slack=SLACK)]
        return bool(late) or any(finding.is_broken for finding in self.findings)


async def hold(folder: Path, acts: Sequence[Act], *, tell: Callable[[object], None]) -> Report:
    """The whole trial in this folder; nothing of it runs afterwards."""
    began, report = time.monotonic(), Report()
    async with _running(folder) as ground, _house(ground) as house:
        tell(f"Everything runs after {time.monotonic() - began:.1f} s")
        await _under_fire(ground, house, acts=acts, report=report, tell=tell)
    report.findings.append(Finding("seconds in all", round(time.monotonic() - began, 1)))
    return report


@asynccontextmanager
async def _running(folder: Path) -> AsyncIterator[Ground]:
    ground = lay_out(folder)
    keeping = None
    try:
        for part in ground.parts[2:]:
            part.begin()
        keeping = asyncio.create_task(keep(ground.parts))
        for part in ground.parts:
            await until(part.is_well, within=STARTS_WITHIN, what=part.name)
        make_bucket(ground)
        yield ground
    finally:
        if keeping is not None:
            keeping.cancel()
        databases, others = ground.parts[:2], ground.parts[2:]
        for those in (others, databases):
            await asyncio.gather(*(asyncio.to_thread(part.stop) for part in those))
        for server in (ground.pair.db2, ground.pair.db1):
            server.stop()


@asynccontextmanager
async def _house(ground: Ground) -> AsyncIterator[House]:
    """For what no door does."""
    house = House.build(ground.settings, database_url=ground.pair.direct_url)
    await house.open()
    try:
        yield house
    finally:
        await house.close()


async def _under_fire(
    ground: Ground, house: House, *, acts: Sequence[Act], report: Report, tell: Callable[[object], None]
) -> None:
    cast, books, random = await enter(house), Books(), Random(20)
    limits = httpx.Limits(max_connections=500)

    def seen(window: Window) -> None:
        report.windows.append(window)
        tell(window)

    async with httpx.AsyncClient(
        base_url=f"{ground.front}/{PRODUCT}", timeout=PATIENCE, limits=limits, trust_env=False
    ) as client:
        line = Line([client], random)
        [staff, *_] = await cast.sign_in(line)
        pulse, over = Pulse(client, staff, cast.platform), asyncio.Event()
        beating = asyncio.create_task(pulse.go_on())
        errands = Errands(client, line, cast)
        living = asyncio.gather(Tills(line, cast, books, random).live(over), errands.live(over))
        try:
            await play(acts, ground, pulse=pulse, tell=seen)
        except (NotWell, TimeoutError) as why:
            books.stuck.append(str(why))
        over.set()
        await living
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
    settled = await _settle(ground, house, books)
    report.findings = await judge(ground, house, books=books, pulse=pulse, errands=errands)
    report.findings.append(Finding("everything settled by itself", settled, "yes"))


async def _settle(ground: Ground, house: House, books: Books) -> str:
    """Ask at once for what the clock asks for every half minute."""
    deadline = time.monotonic() + SETTLES_WITHIN
    while time.monotonic() < deadline:
        with suppress(*AWAY):
            with psycopg.connect(ground.pair.superuser_url) as db:
                if counting.is_settled(db, books) and is_settled(db):
                    return "yes"
            async with house.database.write(HARNESS) as tx:
                tx.defer(CLOCK, lock=CLOCK, timestamp=int(time.time()))
        await asyncio.sleep(1)
    return "no"
