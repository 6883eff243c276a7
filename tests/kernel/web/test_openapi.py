"""The document of a product says of each door what the door does."""

from typing import Any

import pytest

from backoffice.kernel.web.front import Front
from tests.kernel.web.conftest import client_of


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
