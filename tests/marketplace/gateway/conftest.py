"""A house whose gateways have webhook secrets, and a gateway that tells it things."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from pydantic import SecretStr

from backoffice.kernel.actor import Context, system
from backoffice.kernel.gateways.sandbox_news import signed
from backoffice.kernel.house import House
from backoffice.kernel.jobs.queue import JobRun
from backoffice.kernel.web.front import Front
from backoffice.marketplace.gateway.jobs import take_event
from backoffice.marketplace.refund import actions as refunds
from backoffice.marketplace.refund.actions import Wanted
from backoffice.marketplace.refund.rules import Origin, RequestedBy
from backoffice.marketplace.refund.store import Decision
from backoffice.settings import Settings
from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import BASE_URL, Given

SECRET = "whsec_of_the_tests"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    names = ("sandbox_gateway_webhook_secret", "razorpay_webhook_secret", "stripe_webhook_secret")
    return settings.model_copy(update=dict.fromkeys(names, SecretStr(SECRET)))


@pytest.fixture
def run(house: House) -> JobRun:
    return JobRun(house, system("marketplace", "tests"), Context(), 0)


class Telling:
    """The sandbox gateway, told what to tell; each event is carried out as a worker would."""

    def __init__(self, client: httpx.AsyncClient, run: JobRun, given: Given) -> None:
        self.client, self.run, self.given = client, run, given
        self.count = 0

    async def send(self, kind: str, *, event: str = "", **told: Any) -> httpx.Response:
        """The webhook alone."""
        self.count += 1
        body = {"id": event or f"evt_{self.count}", "type": kind, kind.partition(".")[0]: told}
        raw, headers = signed(body, secret=SECRET, at=datetime.now(UTC))
        answer = await self.client.post("/api/v1/gateways/sandbox/webhook", content=raw, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer

    async def tell(self, kind: str, *, event: str = "", **told: Any) -> str:
        """The webhook and its job. What became of the event: its status."""
        await self.send(kind, event=event, **told)
        event_id = await self.given.value("SELECT id FROM marketplace.gateway_event ORDER BY received_at DESC LIMIT 1")
        await take_event(self.run, event_id=event_id)
        return await self.status(event_id)

    async def status(self, event_id: str) -> str:
        sql = "SELECT status FROM marketplace.gateway_event WHERE id = %(id)s"
        return str(await self.given.value(sql, id=event_id))


@pytest.fixture
async def gateway(application: Front, run: JobRun, given: Given) -> AsyncIterator[Telling]:
    transport = httpx.ASGITransport(application, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        yield Telling(client, run, given)


class Refunds:
    """Refunds as staff leave them."""

    def __init__(self, given: Given, staff_of: StaffOf) -> None:
        self.given, self.staff_of = given, staff_of

    async def requested(self, payment: dict[str, Any], amount: int = 20_000) -> UUID:
        wanted = Wanted(
            payment_id=payment["id"],
            amount_minor=amount,
            origin=Origin.REQUEST,
            reason="no show",
            requested_by=RequestedBy.USER,
        )
        async with self.given.write() as tx:
            return (await refunds.request_refund(tx, wanted)).id

    async def approved(self, payment: dict[str, Any], amount: int = 20_000) -> UUID:
        refund_id = await self.requested(payment, amount)
        await self.approve(refund_id)
        return refund_id

    async def approve(self, refund_id: UUID) -> None:
        staff = (await self.staff_of("finance_admin")).staff
        async with self.given.write(staff.actor) as tx:
            refund = await refunds.hold(tx, refund_id)
            await refunds.approve(tx, refund, Decision(), thresholds={"INR": 10**12})

    async def status(self, refund_id: UUID) -> str:
        sql = "SELECT status FROM marketplace.refund WHERE id = %(id)s"
        return str(await self.given.value(sql, id=refund_id))


@pytest.fixture
def refund(given: Given, staff_of: StaffOf) -> Refunds:
    return Refunds(given, staff_of)
