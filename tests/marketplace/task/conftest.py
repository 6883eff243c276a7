"""Background jobs as staff meet them: asked for at a door, done by `run`."""

import itertools
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from backoffice.kernel.actor import Context, system
from backoffice.kernel.house import House
from backoffice.kernel.jobs.queue import JobRun

JOBS = "/api/v1/admin/jobs"
EXPORT = "/api/v1/admin/users/export"
KEYS = itertools.count(1)
Act = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
def run(house: House) -> JobRun:
    return JobRun(house, system("marketplace", "tests"), Context(request_id="job-1"), 0)


async def ask(staff: httpx.AsyncClient, **wanted: Any) -> str:
    answer = await staff.post(EXPORT, json={"format": "csv", **wanted})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["data"]["job_id"])


async def follow(staff: httpx.AsyncClient, job_id: str) -> dict[str, Any]:
    answer = await staff.get(f"{JOBS}/{job_id}")
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]  # type: ignore[no-any-return]


async def act(staff: httpx.AsyncClient, job_id: str, doing: str, *, key: str = "", **body: Any) -> httpx.Response:
    """`cancel`, `retry` or `delete`, under a key of its own."""
    headers = {"Idempotency-Key": key or f"jobs {next(KEYS)}"}
    if doing == "delete":
        return await staff.delete(f"{JOBS}/{job_id}", headers=headers)
    return await staff.post(f"{JOBS}/{job_id}/{doing}", headers=headers, **({"json": body} if body else {}))


def error_of(answer: httpx.Response) -> dict[str, Any]:
    return answer.json()["error"]  # type: ignore[no-any-return]
