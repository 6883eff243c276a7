"""The Postman collection: every door once, and what it holds runs as the examples say."""

from typing import Any

import httpx
import pytest

from backoffice.application import described
from backoffice.kernel.web.front import Front
from backoffice.kernel.web.inputs import In
from backoffice.kernel.web.json_body import read_json
from backoffice.products import LISTED
from tests.conftest import PASSWORD
from tests.marketplace.conftest import given
from tests.marketplace.making import Given

__all__ = ["given"]
HOME = "http://desk.test/marketplace"


def items(collection: dict[str, Any]) -> list[dict[str, Any]]:
    return [item for folder in collection["item"] for item in folder["item"]]


@pytest.mark.parametrize("product", LISTED)
def test_every_door_is_in_the_collection_once_and_its_example_is_a_body_that_it_takes(product: str) -> None:
    app = described()[product]

    requests = items(app.postman(HOME))

    assert len(requests) == len(app.doors)
    for item, door in zip(requests, sorted_by_tag(app.doors), strict=True):
        model, body = door.lock.inputs.body, item["request"].get("body", {})
        assert (model is not None) == (body.get("mode") == "raw"), item["name"]
        if model is not None and "request" in app.product.examples.get(f"{item['request']['method']} {door.path}", {}):
            assert isinstance(model[1].model_validate(read_json(body["raw"].encode())), In), item["name"]


def sorted_by_tag(doors: list[Any]) -> list[Any]:
    tags = list(dict.fromkeys(door.operation.tag for door in doors))
    return sorted(doors, key=lambda door: tags.index(door.operation.tag))


async def test_whoever_signs_in_with_it_can_ask_for_every_list(application: Front, given: Given) -> None:
    boss = await given.staff("super_admin")
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.test") as client:
        collection = (await client.get("/marketplace/postman.json")).json()
        known = {one["key"]: one["value"] for one in collection["variable"]}
        assert known["base_url"] == HOME

        sign_in = next(item for item in items(collection) if item.get("event"))
        who = {"email_or_phone": boss.email, "password": PASSWORD}
        assert set(read_json(sign_in["request"]["body"]["raw"].encode())) == set(who)
        told = (await client.post(address_of(sign_in, known), json=who)).json()["data"]
        known["token"] = told["access_token"]

        lists = [item for item in items(collection) if is_list(item["request"])]
        answers = {item["name"]: (await client.get(address_of(item, known), headers=bearer(known))) for item in lists}

    assert len(answers) >= 4
    assert {name: answer.status_code for name, answer in answers.items() if answer.status_code != 200} == {}


def is_list(request: dict[str, Any]) -> bool:
    """Asked for by whoever has signed in, without naming anything."""
    url = request["url"]
    asks_nothing = not url["variable"] and all(one["disabled"] for one in url["query"])
    return request["method"] == "GET" and request["auth"]["type"] == "bearer" and asks_nothing


def address_of(item: dict[str, Any], known: dict[str, str]) -> str:
    return str(item["request"]["url"]["raw"]).replace("{{base_url}}", known["base_url"])


def bearer(known: dict[str, str]) -> dict[str, str]:
    return {"Authorization": f"Bearer {known['token']}"}
