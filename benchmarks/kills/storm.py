"""One run under fire: a scene is played, parts are killed, then everything is left alone until it has settled."""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Protocol

import psycopg

from benchmarks.kills import victims
from benchmarks.kills.desk import Desk, running_desk
from benchmarks.kills.findings import Connection, Finding, number
from benchmarks.kills.second import running_second
from benchmarks.kills.victims import Kill, Role

SETTLES_WITHIN = 300.0
COMES_BACK_WITHIN = 300.0
CALM = 1.5
"""Seconds at most between the house being at work again and the next kill."""
LOOK_EVERY = 0.1


class NotBack(Exception):
    """Something that was killed did not come back by itself."""


class Play(Protocol):
    """A scene that is being played. `stuck` says what did not go on."""

    stuck: list[str]

    async def live(self, over: asyncio.Event) -> None:
        """Go on until it is over, and bring to its end what was begun."""

    def done(self) -> int:
        """A number that grows while the house does its work."""

    def is_settled(self, db: Connection) -> bool: ...

    async def count(self, db: Connection) -> list[Finding]:
        """Every promise with the number of times it was broken, then what is only good to know. Asked at the end."""


@dataclass(frozen=True)
class Scene:
    """What goes on in a house while its parts are killed; `has_second` puts a second API and worker beside the run."""

    settings: Mapping[str, str]
    begin: Callable[[Desk, Random], AbstractAsyncContextManager[Play]]
    has_second: bool = False


@dataclass
class Report:
    """What was killed and what came of it."""

    kills: list[Kill] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_broken(self) -> bool:
        return any(finding.is_broken for finding in self.findings)


@dataclass(frozen=True)
class Fire:
    """How often something is killed, in which order of choices, and how long it is calm in between at most."""

    times: int
    seed: int
    calm: float = CALM


def storm(scene: Scene, data: Path, *, fire: Fire, progress: Callable[[int], None] = lambda done: None) -> Report:
    """Kill parts of the scene, wait until all is settled, count what was lost or doubled."""
    began = time.monotonic()
    with running_desk(data, **scene.settings) as desk, running_second(desk) if scene.has_second else nullcontext(desk):
        report = asyncio.run(_under_fire(scene, desk, fire, progress=progress))
        report.findings += _audit(desk)
    report.findings.append(Finding("seconds in all", round(time.monotonic() - began, 1)))
    return report


async def _under_fire(scene: Scene, desk: Desk, fire: Fire, *, progress: Callable[[int], None]) -> Report:
    report, random = Report(), Random(fire.seed)
    over = asyncio.Event()
    async with scene.begin(desk, random) as play:
        async with asyncio.TaskGroup() as group:
            group.create_task(play.live(over))
            try:
                for done in range(fire.times):
                    await _until_busy(play)
                    report.kills.append(await _strike(desk, random, calm=fire.calm))
                    progress(done + 1)
            except NotBack as why:
                play.stuck.append(str(why))
            over.set()
            last_kill = time.monotonic()
        settled = await _settle(desk, play)
        judged = await _judged(desk, play)
    report.findings = [
        *judged,
        Finding("what got stuck", "; ".join(play.stuck) or "nothing", "nothing"),
        Finding("everything settled by itself", settled, "yes"),
        Finding("seconds from the last kill until all was settled", round(time.monotonic() - last_kill, 1)),
    ]
    return report


async def _until_busy(play: Play) -> None:
    """Until work is done again: who kills what is down already proves nothing."""
    before = play.done()
    deadline = time.monotonic() + COMES_BACK_WITHIN
    while play.done() == before:
        if time.monotonic() > deadline:
            raise NotBack(f"nothing was done within {COMES_BACK_WITHIN:g} s after a kill")
        await asyncio.sleep(LOOK_EVERY)


async def _strike(desk: Desk, random: Random, *, calm: float) -> Kill:
    """Kill something at a random moment."""
    await asyncio.sleep(random.uniform(0, calm))
    role = random.choice(list(Role))
    deadline = time.monotonic() + COMES_BACK_WITHIN
    while (kill := victims.kill_one(desk, role, random=random)) is None:
        if time.monotonic() > deadline:
            raise NotBack(f"the {role} did not come back within {COMES_BACK_WITHIN:g} s")
        await asyncio.sleep(LOOK_EVERY)
    return kill


async def _judged(desk: Desk, play: Play) -> list[Finding]:
    """The last kill may have been the database's, which is busy with its recovery then."""
    deadline = time.monotonic() + COMES_BACK_WITHIN
    while True:
        try:
            with desk.database() as db:
                return [*await play.count(db), _held(db)]
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
        await asyncio.sleep(LOOK_EVERY)


def _held(db: Connection) -> Finding:
    """A crash is no restore: nobody has to release anything after it."""
    return Finding("times the house was held", number(db, "SELECT count(*) FROM kernel.hold"), 0)


async def _settle(desk: Desk, play: Play) -> str:
    deadline = time.monotonic() + SETTLES_WITHIN
    while time.monotonic() < deadline:
        try:
            with desk.database() as db:
                if play.is_settled(db):
                    return "yes"
        except psycopg.OperationalError:
            pass
        await asyncio.sleep(LOOK_EVERY * 5)
    return "no"


def _audit(desk: Desk) -> list[Finding]:
    verified = desk.command("audit", "verify")
    said = " ".join((verified.stdout + verified.stderr).split())
    return [Finding("audit verify exits with", verified.returncode, 0), Finding("audit verify says", said)]
