"""Somebody who brings somebody: through the platform's doors, and judged as the worker would."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from backoffice.kernel.house import House
from backoffice.marketplace.referral.jobs import judge_referrals
from tests.marketplace.making import Given, Path
from tests.marketplace.money import run_in

REFERRALS = "/api/v1/admin/referrals"
REWARD = MINIMUM = 50_000
VERIFIED = "2026-01-15T10:30:00Z"
EARNED = """
    SELECT coalesce(sum(amount), 0)::bigint FROM marketplace.wallet_entry WHERE cause = 'referral' AND ledger = 'wallet'
"""
Judge = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Pair:
    """`referrer` gave `code` to `referred`, whose e-mail is verified."""

    path: Path
    referrer: int
    referred: int
    code: str

    async def book(self, amount: int = MINIMUM) -> dict[str, Any]:
        """A booking of the new one that was paid and done; its payment."""
        booking = await self.path.booking(self.referred, (await self.path.service())["id"], amount)
        payment = await self.path.payment(booking)
        await self.path.move(booking, "confirmed", "in_progress", "completed")
        return payment


async def bring(path: Path, referrer: int | None = None, **facts: Any) -> Pair:
    """Another customer who came by the code of a new one, or of this one."""
    if referrer is None:
        referrer = (await path.customer())["id"]
    code = (await path.post(f"customers/{referrer}/referral-code"))["referral_code"]
    new = {"email_verified_at": VERIFIED, "referral_code": code}
    return Pair(path, referrer, (await path.customer(**{**new, **facts}))["id"], code)


@pytest.fixture
async def pair(path: Path) -> Pair:
    return await bring(path)


@pytest.fixture
def judge(house: House) -> Judge:
    """What the worker does every ten seconds."""

    async def judged() -> None:
        await judge_referrals(run_in(house))

    return judged


async def wallet(given: Given, customer_id: int) -> int:
    return int(await given.value("SELECT wallet_minor FROM marketplace.customer WHERE id = %(id)s", id=customer_id))


async def stand(given: Given, pair: Pair) -> tuple[str, str | None]:
    """The status of a pair's referral, and why it ended."""
    row = await given.value(
        "SELECT ARRAY[status, ended_because] FROM marketplace.referral WHERE referred_id = %(id)s", id=pair.referred
    )
    return row[0], row[1]


async def let_pass(given: Given, days: int) -> None:
    """So many days ago it was recorded."""
    async with given.write() as tx:
        tx.record("time passes", "tests")
        await tx.run(
            """
            UPDATE marketplace.referral SET created_at = created_at - %(time)s, expires_at = expires_at - %(time)s
            """,
            time=timedelta(days=days),
        )
