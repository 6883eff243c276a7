"""One run under fire: customers write, parts are killed, then everything is left alone until it has settled."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import httpx
import psycopg

from benchmarks.kills import counting, victims
from benchmarks.kills.counting import Finding
from benchmarks.kills.customers import Line, live
from benchmarks.kills.desk import Desk, running_desk
from benchmarks.kills.records import Mailbox
from benchmarks.kills.victims import Kill, Role

CUSTOMERS = 12
SETTLES_WITHIN = 90.0
COMES_BACK_WITHIN = 60.0
CALM = (0.0, 1.5)
LOOK_EVERY = 0.1
SETTINGS = {
    "READS_PER_MINUTE": "100000",
    "WRITES_PER_MINUTE": "100000",
    "WHATSAPP_UNKNOWN_AFTER_SECONDS": "5",
}
"""Nobody is told to slow down, and what is uncertain is settled soon."""


class NotBack(Exception):
    """Something that was killed did not come back by itself."""


@dataclass
class Report:
    """What was killed and what came of it."""

    kills: list[Kill] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_broken(self) -> bool:
        return any(finding.is_broken for finding in self.findings)


def storm(data: Path, *, times: int, seed: int, progress: Callable[[int], None] = lambda done: None) -> Report:
    """Kill something `times` times under customers, wait until all is settled, count what was lost or doubled."""
    began = time.monotonic()
    with running_desk(data, **SETTINGS) as desk:
        report = asyncio.run(_under_fire(desk, times=times, random=Random(seed), progress=progress))
    report.findings.append(Finding("seconds in all", round(time.monotonic() - began, 1)))
    return report


async def _under_fire(desk: Desk, *, times: int, random: Random, progress: Callable[[int], None]) -> Report:
    report = Report()
    over = asyncio.Event()
    async with httpx.AsyncClient(base_url=desk.sign_in["address"], timeout=15) as client:
        await _sign_in(client, desk)
        line = Line(client, desk.webhook, desk.secret, Mailbox(desk.data / "whatsapp" / "sent.jsonl"))
        async with asyncio.TaskGroup() as group:
            for number in range(CUSTOMERS):
                group.create_task(live(line, f"9188{number:08}", until=over))
            try:
                for done in range(times):
                    await _until_busy(line.mailbox)
                    report.kills.append(await _strike(desk, random))
                    progress(done + 1)
            except NotBack as why:
                line.books.stuck.append(str(why))
            over.set()
            last_kill = time.monotonic()
        settled = await _settle(desk, line)
    with desk.database() as db:
        report.findings = counting.count(desk, db, mailbox=line.mailbox, books=line.books)
    report.findings += [
        Finding("everything settled by itself", settled, "yes"),
        Finding("seconds from the last kill until all was settled", round(time.monotonic() - last_kill, 1)),
        Finding("requests until a message was taken", line.books.tries),
        Finding("longest a message waited to be taken, seconds", round(line.books.longest_wait, 1)),
    ]
    return report


async def _sign_in(client: httpx.AsyncClient, desk: Desk) -> None:
    known = {name: desk.sign_in[name] for name in ("username", "password")}
    answer = await client.post("/api/v1/auth/login", json=known)
    client.headers["Authorization"] = f"Bearer {answer.raise_for_status().json()['data']['access_token']}"


async def _until_busy(mailbox: Mailbox) -> None:
    """Until messages go out again: who kills what is down already proves nothing."""
    before = mailbox.total()
    deadline = time.monotonic() + COMES_BACK_WITHIN
    while mailbox.total() == before:
        if time.monotonic() > deadline:
            raise NotBack(f"no message went out within {COMES_BACK_WITHIN:g} s after a kill")
        await asyncio.sleep(LOOK_EVERY)


async def _strike(desk: Desk, random: Random) -> Kill:
    """Kill something at a random moment."""
    await asyncio.sleep(random.uniform(*CALM))
    role = random.choice(list(Role))
    deadline = time.monotonic() + COMES_BACK_WITHIN
    while (kill := victims.kill_one(desk, role, random=random)) is None:
        if time.monotonic() > deadline:
            raise NotBack(f"the {role} did not come back within {COMES_BACK_WITHIN:g} s")
        await asyncio.sleep(LOOK_EVERY)
    return kill


async def _settle(desk: Desk, line: Line) -> str:
    deadline = time.monotonic() + SETTLES_WITHIN
    while time.monotonic() < deadline:
        try:
            with desk.database() as db:
                if counting.is_settled(db, line.books.accepted):
                    return "yes"
        except psycopg.OperationalError:
            pass
        await asyncio.sleep(LOOK_EVERY * 5)
    return "no"
