"""What tests of payouts start from: an approved claim, its member with a verified account, jobs run by hand."""

import dataclasses
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import pytest
from pydantic import SecretStr

from backoffice.kernel.actor import Context, system
from backoffice.kernel.gateways.banking_days import today
from backoffice.kernel.house import House
from backoffice.kernel.jobs.queue import JobRun
from backoffice.shield.clearing.actions import write_files
from backoffice.shield.clearing.folder import FOLDER
from backoffice.shield.clearing.writing import Written
from tests.shield.making import Claim, Given

Approved = Callable[..., Awaitable[Claim]]
AT_ONCE: dict[str, Any] = {
    "payout_grace_minutes": 0,
    "sandbox_rail_settles_after": 0,
    "sandbox_rail_returns": {"0002": "R02"},
}
NACHA: dict[str, Any] = {
    "payout_rail": "nacha",
    "payout_grace_minutes": 0,
    "nacha_bank_routing": "091000019",
    "nacha_bank_name": "First Bank",
    "nacha_origin": "1912345678",
    "nacha_company_id": "1912345678",
    "nacha_company_name": "Backoffice Shield",
    "nacha_offset_account": SecretStr("555000111"),
}


@pytest.fixture
def approved(given: Given) -> Approved:
    """`await approved(cents, approved_by=...)`: an approved claim of a member who can be paid."""

    async def make(cents: int = 50_000, *, number: str = "000123455678", verified: bool = True, **facts: Any) -> Claim:
        claim = await given.claim(status="approved", requested_minor=cents, **facts)
        await given.account(claim.member, number=number, verified=verified)
        return claim

    return make


def run_in(house: House, **settings: Any) -> JobRun:
    """A job's run in this house under other settings."""
    other = dataclasses.replace(house, settings=house.settings.model_copy(update=settings))
    return JobRun(other, system("shield", "tests"), Context(), 0)


@pytest.fixture
def at_once(house: House) -> JobRun:
    """Jobs in a house whose payouts leave and settle at once."""
    return run_in(house, **AT_ONCE)


@pytest.fixture
def by_file(house: House) -> House:
    """A house whose payouts leave in files."""
    return run_in(house, **NACHA).house


async def all_files(house: House, day: date | None = None) -> list[Written]:
    """The files that a run of this day, or of today, writes."""
    return [one async for one in write_files(house, day or today())]


async def die_before_writing(house: House) -> None:
    """A run that ends between the intent of its first file and the file."""
    folder = house.settings.data_folder / FOLDER
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("a file stands where the folder should")
    with pytest.raises(OSError, match=FOLDER):
        await all_files(house)
    folder.unlink()


async def come_due(given: Given, attempt_id: str) -> None:
    """The try's day of settlement is today."""
    sql = "UPDATE shield.payout_attempt SET settles_on = %(day)s WHERE id = %(id)s AND status = 'sent' RETURNING id"
    await given._one(sql, day=today(), id=attempt_id)
