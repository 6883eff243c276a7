"""What the doors of platforms do with keys: none, unknown, revoked, expired, of somebody else, without the scope."""

from datetime import timedelta

import pytest

from backoffice.application import described
from backoffice.kernel.house import House
from backoffice.kernel.identity import api_keys
from backoffice.kernel.web.front import Front
from tests.walls.conftest import PLATFORMS, People
from tests.walls.knocking import Headers, Knock, Proofs, answers, knocks, unlike

LOCKED = knocks()
PLATFORM = [one for one in LOCKED if one.door.lock.scope]
STAFF = [one for one in LOCKED if one.door.lock.permission]
KEYS = {f"{product} platform": product for product in PLATFORMS}


async def key_id_of(house: House, key: Headers, product: str) -> str:
    async with house.database.read() as db:
        found = await api_keys.find_key(db, api_keys.hash_of(key["X-API-Key"]), product)
    assert found is not None
    return str(found.id)


def test_every_scope_opens_a_door_and_every_door_asks_for_a_scope_of_its_product() -> None:
    for name, app in described().items():
        asked = {one.door.lock.scope for one in PLATFORM if one.product.name == name}
        assert asked == app.product.scopes


@pytest.mark.parametrize("key", ["", "bo_", "bo_garbage", "garbage", "bo_" + "A" * 43, "bo_" + "x" * 5000])
async def test_no_door_opens_to_a_key_nobody_was_given(application: Front, house: House, key: str) -> None:
    found = await answers(application, PLATFORM, {asks: {"X-API-Key": key} for asks in KEYS})

    assert unlike(found, 401) == []


async def test_no_door_opens_to_a_revoked_key(application: Front, people: People, proofs: Proofs) -> None:
    for asks, product in KEYS.items():
        async with people.write(product) as tx:
            await api_keys.revoke_key(tx, await key_id_of(people.house, proofs[asks], product))

    assert unlike(await answers(application, PLATFORM, proofs), 401) == []


async def test_no_door_opens_to_a_key_whose_grace_is_over(application: Front, people: People, proofs: Proofs) -> None:
    for asks, product in KEYS.items():
        key_id = await key_id_of(people.house, proofs[asks], product)
        async with people.write(product) as tx:
            await api_keys.rotate_key(tx, key_id)
            await tx.run(
                "UPDATE kernel.api_key SET expires_at = now() - %(ago)s WHERE id::text = %(id)s",
                ago=timedelta(seconds=1),
                id=key_id,
            )

    assert unlike(await answers(application, PLATFORM, proofs), 401) == []


async def test_no_door_of_a_platform_opens_to_staff(application: Front, proofs: Proofs) -> None:
    found = await answers(application, PLATFORM, {asks: proofs[product] for asks, product in KEYS.items()})

    assert unlike(found, 401) == []


async def test_no_door_of_staff_opens_to_a_key(application: Front, proofs: Proofs) -> None:
    found = await answers(application, STAFF, {product: proofs[asks] for asks, product in KEYS.items()})

    assert unlike(found, 401) == []


async def test_a_key_without_the_scope_is_told_which_one_it_needs(application: Front, people: People) -> None:
    found = []
    for one in PLATFORM:
        others = PLATFORMS[one.product.name] - {one.door.lock.scope or ""}
        key = await people.key(one.product.name, others)
        found += await answers(application, [one], {one.asks: key})

    assert unlike(found, 403) == []
    assert [one.name for one, answer in found if answer.json()["error"]["message"] != refusal_of(one)] == []


def refusal_of(one: Knock) -> str:
    return f"This API key may not do that. Required scope: {one.door.lock.scope}"
