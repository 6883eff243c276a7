"""The document of a product says of each door what the door does."""

import asyncio
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from fastapi.openapi.utils import get_openapi

from backoffice.kernel.web import product_app
from backoffice.kernel.web.front import Front
from backoffice.kernel.web.product_app import ProductApp
from tests.kernel.web.conftest import client_of
from tests.kernel.web.trial import TRIAL, door


@pytest.fixture
async def document(trial: Front) -> Any:
    async with client_of(trial) as client:
        return (await client.get("http://house.test/trial/openapi.json")).json()


async def test_a_door_documents_its_lock_and_everything_it_may_answer(document: Any) -> None:
    added = document["paths"]["/v1/customers"]["post"]

    assert added["x-permission"] == "trial:do"
    assert added["security"] == [{"bearer": []}]
    assert set(added["responses"]) == {"201", "400", "401", "403", "405", "409", "413", "415", "429", "500", "503"}
    assert "A customer with {phone} is already there." in added["responses"]["409"]["description"]
    assert added["responses"]["409"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/ErrorOut"
    }


async def test_a_public_door_asks_for_no_token(document: Any) -> None:
    assert "security" not in document["paths"]["/v1/where"]["get"]


async def test_the_frameworks_own_errors_are_not_documented(document: Any) -> None:
    assert "HTTPValidationError" not in document["components"]["schemas"]


async def test_documents_are_made_one_at_a_time_however_many_ask(trial: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    met, both = [], Barrier(2)

    def made(**told: Any) -> Any:
        try:
            met.append(both.wait(0.2))
        except BrokenBarrierError:
            return get_openapi(**told)
        raise AssertionError("two are made at once")

    monkeypatch.setattr(product_app, "get_openapi", made)
    async with client_of(trial) as client:
        answers = await asyncio.gather(*(client.get("http://house.test/trial/openapi.json") for _ in range(3)))

    assert ([one.status_code for one in answers], met) == ([200] * 3, [])


def test_two_products_are_not_described_at_once(trial: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    """FastAPI's memory of models is one for all of them."""
    held: list[bool] = []

    def made(**told: Any) -> Any:
        held.append(product_app.MADE_ALONE.locked())
        return get_openapi(**told)

    monkeypatch.setattr(product_app, "get_openapi", made)
    ProductApp(TRIAL, trial.house, doors=[door]).openapi()

    assert held == [True]
