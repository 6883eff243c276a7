"""Many customers, and bulk acts on them over HTTP."""

import csv
import io
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from backoffice.kernel.actor import Context, system
from backoffice.kernel.house import House
from backoffice.kernel.jobs.queue import JobRun
from backoffice.marketplace.bulk.jobs import run_bulk
from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Given, Staff, StaffClient

ADMIN = "/api/v1/admin"
KEYS = itertools.count(1)
STANDING = """
    SELECT array_agg(concat_ws(' ', id, status, suspended_at, suspended_until, suspension_reason) ORDER BY id)
      FROM marketplace.customer
"""


@dataclass
class Bulk:
    """Somebody of staff and what they do to many rows."""

    staff: StaffClient
    house: House

    async def post(self, path: str, **body: Any) -> httpx.Response:
        headers = {"Idempotency-Key": f"bulk {next(KEYS)}"}
        return await self.staff.post(f"{ADMIN}/{path}", json=body, headers=headers)

    async def preview(self, what: str, **body: Any) -> dict[str, Any]:
        answer = await self.post(f"{what}/bulk/preview", **body)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]  # type: ignore[no-any-return]

    async def start(self, what: str, **body: Any) -> str:
        answer = await self.post(f"{what}/bulk", **body)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["data"]["job_id"])

    async def do(self, what: str, **body: Any) -> str:
        """Start it, and work through it."""
        job_id = await self.start(what, **body)
        await self.work(job_id)
        return job_id

    async def undo(self, job_id: str) -> str:
        answer = await self.post(f"bulk/{job_id}/undo")
        assert answer.status_code == 202, answer.text
        undo_id = str(answer.json()["data"]["job_id"])
        await self.work(undo_id)
        return undo_id

    async def work(self, job_id: str) -> None:
        run = JobRun(self.house, system("marketplace", "tests"), Context(request_id="job-1"), 0)
        await run_bulk(run, task_id=job_id)

    async def job(self, job_id: str) -> dict[str, Any]:
        return (await self.staff.get(f"{ADMIN}/jobs/{job_id}")).json()["data"]  # type: ignore[no-any-return]

    async def file(self, job_id: str) -> list[dict[str, str]]:
        answer = await self.staff.get((await self.job(job_id))["result"]["download_url"])
        assert answer.status_code == 200, answer.text
        return list(csv.DictReader(io.StringIO(answer.text, newline="")))

    async def rows(self, job_id: str, **query: Any) -> dict[str, Any]:
        answer = await self.staff.get(f"{ADMIN}/bulk/{job_id}/rows", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()  # type: ignore[no-any-return]


BulkOf = Callable[..., Awaitable[Bulk]]


@pytest.fixture
def bulk_of(staff_of: StaffOf, house: House) -> BulkOf:
    async def made(who: str | Staff = "super_admin") -> Bulk:
        return Bulk(await staff_of(who), house)

    return made


@pytest.fixture
async def bulk(bulk_of: BulkOf) -> Bulk:
    return await bulk_of()


async def crowd(given: Given, count: int, *, banned: int = 0) -> list[int]:
    """So many customers, who registered in 2001; the last of them are banned. Their ids."""
    async with given.write() as tx:
        tx.record("made", "for a test")
        return await tx.values(
            int,
            """
            INSERT INTO marketplace.customer (external_id, name, email, registered_at, status, suspension_reason)
                 SELECT 'c' || n, 'Asha Rao ' || n, 'asha' || n || '@example.com', '2001-06-01',
                        CASE WHEN n > %(free)s THEN 'banned' ELSE 'active' END,
                        CASE WHEN n > %(free)s THEN 'fraud' END
                   FROM generate_series(1, %(count)s) n
              RETURNING id
            """,
            count=count,
            free=count - banned,
        )


async def standing(given: Given) -> list[str]:
    """How every account stands."""
    return await given.value(STANDING)  # type: ignore[no-any-return]
