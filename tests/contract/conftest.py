"""Who asks in the contract's tests, and what there is to ask for: of every product, and by every kind of door."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from backoffice.helpdesk.ticket.rules import Status
from backoffice.kernel.house import House
from backoffice.kernel.web.front import Front
from backoffice.settings import Settings
from backoffice.shield.permissions import Scope
from tests.making import Make
from tests.marketplace import market
from tests.marketplace.making import BASE_URL, Path, StaffClient
from tests.marketplace.making import Given as GivenMarket
from tests.marketplace.market import Market
from tests.shield.conftest import AdminOf, Platform, admin_of, given, platform
from tests.shield.making import AdminClient, Given

__all__ = ["admin_of", "given", "platform"]

Known = dict[str, list[Any]]
ClientOf = Callable[[str], httpx.AsyncClient]
"""By the path that is asked."""
Asking = Callable[..., Awaitable[tuple[ClientOf, Known]]]
AskingOne = Callable[[], Awaitable[tuple[ClientOf, Known]]]
PLATFORM_DOORS = "/v1/platform/"
A_DOCUMENT = {"file": ("letter.pdf", b"%PDF-1.7 The employment has ended.", "application/pdf")}
A_DOCUMENTS_TYPE = {"type": "termination_letter"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"sandbox_gateway_webhook_secret": SecretStr(market.SECRET)})


@pytest.fixture
async def marketplace(application: Front, house: House, password_hash: str) -> AsyncIterator[Market]:
    """The marketplace with a super admin in it, and a platform that may do everything."""
    given = GivenMarket(house, password_hash)
    boss, transport = await given.staff("super_admin"), httpx.ASGITransport(application, raise_app_exceptions=False)
    async with AsyncExitStack() as stack:
        token, key = {"Authorization": f"Bearer {await given.token(boss)}"}, {"X-API-Key": await given.api_key()}
        staff = StaffClient(transport=transport, base_url=BASE_URL, headers=token)
        outside = httpx.AsyncClient(transport=transport, base_url=BASE_URL, headers=key)
        staff.staff = boss
        yield Market(given, Path(await stack.enter_async_context(outside)), await stack.enter_async_context(staff))


@pytest.fixture
def asking_shield(given: Given, admin_of: AdminOf, platform: Platform) -> AskingOne:
    async def ask() -> tuple[ClientOf, Known]:
        outside, inside = await platform(*Scope), await admin_of("super_admin")
        known = await ids_of_shield(given, inside, outside)
        return lambda path: outside if path.startswith(PLATFORM_DOORS) else inside, known

    return ask


@pytest.fixture
def asking(make: Make, signed_in: Any, asking_shield: AskingOne, marketplace: Market) -> Asking:
    """`await asking("shield", *paths)`: the client of each that may do everything behind it, and ids that exist."""

    async def ask(product: str, *paths: str) -> tuple[ClientOf, Known]:
        if product == "shield":
            return await asking_shield()
        if product == "marketplace":
            known = await marketplace.known(" ".join(paths))
            return lambda path: marketplace.path.platform if "/platform/" in path else marketplace.staff, known
        client: httpx.AsyncClient = await signed_in(await make.super_admin())
        return lambda _: client, await ids_of_helpdesk(make, client)

    return ask


async def ids_of_helpdesk(make: Make, client: httpx.AsyncClient) -> Known:
    """Something to work on behind each path parameter."""
    agents = [await make.agent(), await make.agent(is_active=False, department="loan")]
    customer = await make.customer()
    await make.message(customer, "Where is my refund?")
    tickets = [
        await make.ticket(customer=customer),
        await make.ticket(assigned_to=agents[0]),
        await make.ticket(assigned_to=agents[0], status=Status.RESOLVED),
        await make.ticket(assigned_to=agents[0], status=Status.CLOSED),
    ]
    numbers = {"phone_numbers": [customer.phone]}
    await client.post("/api/v1/testing-mode/whitelist", json=numbers)
    listed = (await client.get("/api/v1/testing-mode/whitelist")).json()["numbers"]
    broadcast = (await client.post("/api/v1/broadcast", json={"message": "We are open", **numbers})).json()
    return {
        "ticket_id": [one.id for one in tickets],
        "agent_id": [one.id for one in agents],
        "user_id": [agents[0].id, customer.id],
        "listed_id": [one["id"] for one in listed],
        "broadcast_id": [broadcast["id"]],
    }


async def ids_of_shield(given: Given, inside: AdminClient, outside: httpx.AsyncClient) -> Known:
    """Members, claims and payouts in several states, with an account to pay to and a document to read."""
    paid_to, gone = await given.member(), await given.member()
    left = await inside.post(f"/v1/admin/users/{gone.id}/deactivate", json={"reason": "user_requested"})
    assert left.status_code == 200, left.text
    members = [paid_to, gone, await given.member(plan_id=None)]
    account = await given.account(paid_to)
    states = ("pending", "under_review", "approved", "denied")
    claims = [await given.claim(paid_to, status=status) for status in states]
    approved = claims[2]
    payouts = [
        await given.payout(approved, 10_000, status=status, account_id=account)
        for status in ("pending", "processing", "completed", "failed")
    ]
    uploaded = await outside.post(
        f"/v1/platform/claims/{claims[0].id}/documents", files=A_DOCUMENT, data=A_DOCUMENTS_TYPE
    )
    assert uploaded.status_code == 201, uploaded.text
    return {
        "user_id": [one.id for one in members],
        "member_id": [one.id for one in members],
        "claim_id": [claims[0].id, approved.id, *(one.id for one in claims)],
        "document_id": [uploaded.json()["data"]["id"]],
        "payout_id": payouts,
        "assigned_to": [inside.admin.shown_id],
        "plan_id": ["plan_premium", "plan_basic"],
    }
