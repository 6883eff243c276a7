"""A pause: every product refuses in the shape of its errors, and says when to come back."""

from collections.abc import AsyncIterator

import httpx
import pytest

from backoffice.kernel.house import House
from backoffice.kernel.web.front import Front

BECAUSE = "The database is being restored."
SAID = f"{BECAUSE} Please try again in a while."


@pytest.fixture
async def client(application: Front, house: House) -> AsyncIterator[httpx.AsyncClient]:
    house.settings.data_folder.mkdir(parents=True, exist_ok=True)
    house.pause.begin(BECAUSE)
    transport = httpx.ASGITransport(application, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://house.test") as client:
        yield client


async def test_while_it_lasts_every_product_refuses_in_its_own_shape(client: httpx.AsyncClient) -> None:
    paths = ["/helpdesk/api/v1/tickets", "/helpdesk/docs", "/shield/v1/admin/users", "/marketplace/api/v1/admin/users"]
    answers = [await client.get(path) for path in paths]

    assert {(answer.status_code, answer.headers["retry-after"]) for answer in answers} == {(503, "15")}
    desk, page, shield, market = (answer.json() for answer in answers)
    assert desk == page == {"detail": SAID}
    assert shield["error"]["message"] == SAID
    assert market["error"] == {"code": "SERVICE_PAUSED", "message": SAID, "details": {}}


async def test_the_process_lives_but_is_not_ready(client: httpx.AsyncClient) -> None:
    alive, ready = await client.get("/healthz"), await client.get("/readyz")

    assert (alive.status_code, ready.status_code, ready.text) == (200, 503, "not ready: paused")


async def test_after_its_end_all_is_as_before(client: httpx.AsyncClient, house: House) -> None:
    house.pause.end()

    assert (await client.get("/helpdesk/api/v1/tickets")).status_code == 401
    assert (await client.get("/readyz")).text == "ready"


async def test_a_pause_that_cannot_be_read_is_one_too(client: httpx.AsyncClient, house: House) -> None:
    (house.settings.data_folder / "pause.json").write_text("{")

    assert (await client.get("/helpdesk/api/v1/tickets")).status_code == 503
    assert house.pause.why() == "The service is paused."
