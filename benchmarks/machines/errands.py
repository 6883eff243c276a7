"""What staff do meanwhile: they write to customers by e-mail, and take files out that lie in the object store."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from uuid import uuid4

import httpx

from benchmarks.kills.findings import Connection, Finding, number
from benchmarks.kills.line import Call, Line, Unanswered
from benchmarks.kills.marketplace.people import Cast
from benchmarks.kills.marketplace.rounds import ADMIN, PLATFORM

EVERY = 1.0
DONE_WITHIN = 120.0
LETTER = re.compile(r"letter-[0-9a-f]{32}")
UNSETTLED = "SELECT count(*) FROM kernel.notification WHERE status IN ('queued', 'sending')"
UNKNOWN = "SELECT count(*) FROM kernel.notification WHERE status = 'unknown'"


@dataclass
class Errands:
    """Letters and files, and what came of them."""

    client: httpx.AsyncClient
    line: Line
    cast: Cast
    letters: list[str] = field(default_factory=list)
    """Those that somebody was told are on their way."""
    files: int = 0
    fetched: int = 0
    stuck: list[str] = field(default_factory=list)

    async def live(self, over: asyncio.Event) -> None:
        try:
            [staff, *_] = await self.cast.sign_in(self.line)
            async with asyncio.TaskGroup() as group:
                for turn in count():
                    if over.is_set():
                        break
                    group.create_task(self._write(turn, staff))
                    if turn % 5 == 0:
                        group.create_task(self._take_out(staff))
                    await asyncio.sleep(EVERY)
        except* Unanswered as why:
            self.stuck += map(str, why.exceptions)

    async def _write(self, turn: int, staff: dict[str, str]) -> None:
        person = {"external_id": f"reader-{turn}", "name": "Asha Reader", "email": f"reader{turn}@backoffice.example"}
        customer = await self.line.done(Call("POST", f"{PLATFORM}/customers", person), self.cast.platform)
        letter = f"letter-{uuid4().hex}"
        said = {"channel": "email", "subject": letter, "message": "Your booking is confirmed."}
        await self.line.done(Call("POST", f"{ADMIN}/users/{customer['id']}/notify", said), staff)
        self.letters.append(letter)

    async def _take_out(self, staff: dict[str, str]) -> None:
        """An export, whose file is fetched by its link."""
        self.files += 1
        asked = await self.line.done(Call("POST", f"{ADMIN}/users/export", {"format": "csv"}), staff)
        deadline = asyncio.get_running_loop().time() + DONE_WITHIN
        while asyncio.get_running_loop().time() < deadline:
            if await self._fetch(f"{ADMIN}/jobs/{asked['job_id']}", staff):
                self.fetched += 1
                return
            await asyncio.sleep(EVERY)

    async def _fetch(self, job: str, staff: dict[str, str]) -> bool:
        try:
            said = await self.client.get(job, headers=staff)
            result = said.json()["data"].get("result") if said.is_success else None
            return result is not None and (await self.client.get(result["file_url"])).is_success
        except (httpx.HTTPError, ValueError):
            return False


def is_settled(db: Connection) -> bool:
    return number(db, UNSETTLED) == 0


def count_errands(db: Connection, errands: Errands, *, mailbox: Path) -> list[Finding]:
    arrived = Counter(_letters(mailbox))
    missing = len(set(errands.letters) - set(arrived))
    unknown = number(db, UNKNOWN)
    return [
        Finding("letters whose sending was acknowledged", len(errands.letters)),
        Finding("of them sent twice", sum(times > 1 for times in arrived.values()), 0),
        Finding("of them noted as unknown: the server went away in the middle", unknown),
        Finding("of them neither arrived nor noted as unknown", max(0, missing - unknown), 0),
        Finding("files taken out", errands.files),
        Finding("of them never to be had", errands.files - errands.fetched, 0),
        Finding("errands that got stuck", "; ".join(errands.stuck) or "nothing", "nothing"),
    ]


def _letters(mailbox: Path) -> Iterator[str]:
    for file in mailbox.glob("*.eml"):
        yield from LETTER.findall(file.read_text(errors="replace"))[:1]
