"""The judgement: no acknowledged write is lost, no money moved twice, the record can be proved."""

import asyncio
import os
import subprocess
import sys

import psycopg

from backoffice.configuration import environment_of
from backoffice.kernel.actor import Context, system
from backoffice.kernel.house import House
from backoffice.kernel.jobs.queue import JobRun
from backoffice.marketplace.reconciling.jobs import reconcile_refunds
from benchmarks.kills.findings import Connection, Finding, number
from benchmarks.kills.marketplace import counting
from benchmarks.kills.marketplace.rounds import Books
from benchmarks.machines.calling import Pulse
from benchmarks.machines.errands import Errands, count_errands
from benchmarks.machines.parts import Ground, fetch_books

HELD = "SELECT count(*) FROM kernel.hold"
KNOWN = "SELECT external_id, id FROM marketplace.customer WHERE external_id = ANY (%s::text[])"


async def judge(ground: Ground, house: House, *, books: Books, pulse: Pulse, errands: Errands) -> list[Finding]:
    """Once all is settled: every promise with the number of times it was broken."""
    await reconcile_refunds(JobRun(house, system("marketplace", "trial"), Context(), 0))
    await asyncio.to_thread(fetch_books, ground)
    with psycopg.connect(ground.pair.superuser_url, autocommit=True) as db:
        return [
            *_acknowledged(db, pulse),
            *counting.count(ground.folder, db, books=books),
            *count_errands(db, errands, mailbox=ground.mailbox),
            Finding("holds, as after a restore", number(db, HELD), 0),
            Finding("what got stuck", "; ".join(books.stuck) or "nothing", "nothing"),
            *_proved(ground),
        ]


def _acknowledged(db: Connection, pulse: Pulse) -> list[Finding]:
    """Each customer that somebody was told of is there, once, under the id that was told."""
    known = db.execute(KNOWN, [list(pulse.told)]).fetchall()
    return [
        Finding("keyed writes acknowledged", len(pulse.told)),
        Finding("of them lost or another's", len(pulse.told.items() - set(known)), 0),
        Finding("of them there twice", len(known) - len(dict(known)), 0),
    ]


def _proved(ground: Ground) -> list[Finding]:
    seals = [word for file in ground.seals() if file.exists() for word in ("--seals", str(file))]
    command = [sys.executable, "-m", "backoffice", "audit", "verify", *seals]
    handed = {**os.environ, **environment_of(ground.settings)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=handed, timeout=300)
    said = " ".join((done.stdout + done.stderr).split())
    return [Finding("audit verify exits with", done.returncode, 0), Finding("audit verify says", said)]
