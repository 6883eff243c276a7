"""One door is one place, however its address is spelled: under its product, on a host of its own, percent-encoded."""

import httpx
import pytest

from backoffice.kernel.web.front import Front
from tests.kernel.web.conftest import SignIn
from tests.kernel.web.test_door import PHONE, count

KEY = {"Idempotency-Key": "key-1"}


@pytest.mark.parametrize("path", ["/trial/v1/%63ustomers", "/trial/v1/customer%73"])
async def test_a_percent_encoded_path_reaches_the_same_door_under_the_same_key(
    trial: Front, sign_in: SignIn, path: str
) -> None:
    client = await sign_in()
    first = await client.post("/customers", json=PHONE, headers=KEY)

    second = await client.post(httpx.URL("http://house.test", raw_path=path.encode()), json=PHONE, headers=KEY)

    assert (first.status_code, second.status_code, first.content) == (201, 201, second.content)
    assert second.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize(
    "path", ["/trial/v1/customers/", "/trial//v1/customers", "/TRIAL/v1/customers", "/trial/v1//customers"]
)
async def test_any_other_spelling_reaches_no_door(trial: Front, sign_in: SignIn, path: str) -> None:
    client = await sign_in()
    await client.post("/customers", json=PHONE, headers=KEY)

    answer = await client.post(httpx.URL("http://house.test", raw_path=path.encode()), json=PHONE, headers=KEY)

    assert answer.status_code == 404
    assert await count(trial) == 1


async def test_a_host_of_its_own_is_the_same_place(
    trial: Front, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await sign_in()
    first = await client.post("/customers", json=PHONE, headers=KEY)
    monkeypatch.setitem(trial.house.settings.hosts, "trial.test", "trial")

    second = await client.post("http://trial.test/v1/customers", json=PHONE, headers=KEY)

    assert (second.status_code, first.content) == (201, second.content)
    assert await count(trial) == 1
