"""Addresses, devices and places are forgotten after their time, and no sooner."""

import pytest

from backoffice.kernel.actor import Context, system
from backoffice.kernel.house import House
from backoffice.kernel.jobs.queue import JobRun
from backoffice.marketplace.activity.jobs import forget_activity
from tests.marketplace.making import Given, Path

DEVICE = {"device_type": "web"}


@pytest.fixture
def run(house: House) -> JobRun:
    return JobRun(house, system("marketplace", "tests"), Context(), 0)


async def test_what_is_too_old_is_deleted(path: Path, given: Given, run: JobRun) -> None:
    customer = await path.customer()
    where = f"customers/{customer['id']}/sign-ins"
    await path.post(where, external_id="old", session_id="s1", at="2020-01-01T00:00:00Z", **DEVICE)
    await path.post(where, external_id="new", session_id="s2", **DEVICE)

    await forget_activity(run)

    assert await given.value("SELECT string_agg(external_id, ' ') FROM marketplace.activity") == "new"
    assert await given.value("SELECT string_agg(external_id, ' ') FROM marketplace.session") == "s2"
    assert await given.value("SELECT logins FROM marketplace.customer") == 2, "how often they came is no trace"
