"""What staff do with a customer's account, over HTTP."""

import itertools
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from backoffice.kernel.actor import Context, system
from backoffice.kernel.house import House
from backoffice.kernel.jobs.queue import JobRun
from tests.marketplace.conftest import StaffOf

Act = Callable[..., Awaitable[httpx.Response]]
KEYS = itertools.count(1)


@pytest.fixture
def run(house: House) -> JobRun:
    return JobRun(house, system("marketplace", "tests"), Context(), 0)


@pytest.fixture
async def act(staff_of: StaffOf) -> Act:
    """`await act(customer, "suspend", reason="...")`: a POST of a super admin, or another method by name."""
    staff = await staff_of()

    async def acted(customer: dict[str, Any], what: str, *, method: str = "POST", **body: Any) -> httpx.Response:
        headers = {"Idempotency-Key": f"act {next(KEYS)}"}
        return await staff.request(
            method, f"/api/v1/admin/users/{customer['id']}/{what}", json=body or None, headers=headers
        )

    return acted
