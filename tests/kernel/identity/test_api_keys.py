"""API keys of platforms: kept as a hash, bound to a product and its scopes, rotated with a day of grace, audited."""

from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backoffice.kernel.actor import ActorKind, system
from backoffice.kernel.house import House
from backoffice.kernel.identity import api_keys
from backoffice.kernel.identity.api_keys import BadKey, KeyNotFound, KeyReplaced, KeyRow, UnknownScope
from backoffice.kernel.write import Tx
from tests.making import Make

KNOWN = frozenset({"orders:write", "orders:read"})


def write(house: House, product: str = "shop") -> AbstractAsyncContextManager[Tx]:
    return house.database.write(system(product, "tests"))


async def made(house: House, *scopes: str) -> tuple[str, str]:
    """The id and the secret of a new key."""
    async with write(house) as tx:
        key_id, secret = await api_keys.create_key(
            tx, product="shop", name="checkout", scopes=list(scopes) or ["orders:read"], known=KNOWN
        )
    return str(key_id), secret


async def rotated(house: House, key_id: str) -> str:
    async with write(house) as tx:
        _, secret = await api_keys.rotate_key(tx, key_id)
    return secret


async def listed(house: House) -> list[KeyRow]:
    async with house.database.read() as db:
        return await api_keys.list_keys(db, "shop")


async def expire(house: House, key_id: str) -> None:
    async with write(house) as tx:
        tx.record("made", "for a test")
        await tx.run(
            "UPDATE kernel.api_key SET expires_at = %(at)s WHERE id::text = %(id)s",
            at=datetime.now(UTC) - timedelta(seconds=1),
            id=key_id,
        )


async def entries(house: House) -> list[tuple[Any, ...]]:
    async with house.database.read() as db:
        found = await db.connection.execute(
            "SELECT action, subject, product, actor_label FROM kernel.audit_entry ORDER BY at, id"
        )
        return await found.fetchall()


async def test_a_key_is_a_platform_with_its_scopes_and_no_others(house: House) -> None:
    key_id, secret = await made(house, "orders:write")

    platform = await api_keys.find_platform(house, secret, product="shop")

    assert (platform.kind, platform.label, platform.session_id) == (ActorKind.PLATFORM, "checkout", key_id)
    assert (platform.product, platform.role, platform.permissions) == ("shop", "", frozenset({"orders:write"}))


async def test_a_key_is_kept_nowhere_but_as_a_hash(house: House, make: Make) -> None:
    _, secret = await made(house)

    async with make.read() as db:
        rows = await (await db.connection.execute("SELECT k::text FROM kernel.api_key k")).fetchall()
        log = await (await db.connection.execute("SELECT e::text FROM kernel.audit_entry e")).fetchall()

    assert api_keys.hash_of(secret).hex() in rows[0][0]
    assert secret.removeprefix(api_keys.PREFIX) not in str([*rows, *log])


async def test_two_keys_are_never_alike(house: House) -> None:
    secrets = {(await made(house))[1] for _ in range(20)}

    assert len(secrets) == 20
    assert {len(secret) for secret in secrets} == {len(api_keys.PREFIX) + 43}


async def test_a_scope_the_product_does_not_know_is_refused(house: House) -> None:
    with pytest.raises(UnknownScope, match=r"the scope 'orders:burn'\. Known: orders:read, orders:write"):
        await made(house, "orders:read", "orders:burn")

    assert await listed(house) == []


async def test_a_key_signs_in_to_its_own_product_only(house: House) -> None:
    _, secret = await made(house)

    with pytest.raises(BadKey):
        await api_keys.find_platform(house, secret, product="shield")


@pytest.mark.parametrize("secret", [None, "", "bo_", "bo_nobody", "nobody", "bo_" + "A" * 43])
async def test_what_is_no_key_signs_nobody_in(house: House, secret: str | None) -> None:
    with pytest.raises(BadKey):
        await api_keys.find_platform(house, secret, product="shop")


async def test_a_rotated_key_works_for_a_day_beside_its_successor(house: House) -> None:
    key_id, secret = await made(house, "orders:write")

    successor = await rotated(house, key_id)

    old, new = [await api_keys.find_platform(house, one, product="shop") for one in (secret, successor)]
    assert (old.label, old.permissions) == (new.label, new.permissions)
    assert old.id != new.id
    grace = [key.expires_at for key in await listed(house) if str(key.id) == key_id]
    assert grace[0] is not None
    assert abs(grace[0] - datetime.now(UTC) - timedelta(hours=24)) < timedelta(minutes=5)
    await expire(house, key_id)
    with pytest.raises(BadKey):
        await api_keys.find_platform(house, secret, product="shop")
    assert await api_keys.find_platform(house, successor, product="shop") == new


async def test_no_second_rotation_prolongs_the_grace(house: House) -> None:
    key_id, _ = await made(house)
    await rotated(house, key_id)

    with pytest.raises(KeyReplaced):
        await rotated(house, key_id)

    assert len(await listed(house)) == 2


async def test_a_revoked_key_is_gone_at_once(house: House) -> None:
    key_id, secret = await made(house)

    async with write(house) as tx:
        await api_keys.revoke_key(tx, key_id)

    with pytest.raises(BadKey):
        await api_keys.find_platform(house, secret, product="shop")
    assert await listed(house) == []


async def test_a_key_that_ends_while_its_call_runs_is_noticed(house: House) -> None:
    key_id, _ = await made(house)

    async with write(house) as tx:
        assert await api_keys.confirm_key(tx, key_id) is False
        await api_keys.revoke_key(tx, key_id)
        assert await api_keys.confirm_key(tx, key_id) is None


@pytest.mark.parametrize("act", [api_keys.rotate_key, api_keys.revoke_key])
async def test_a_key_that_no_longer_works_is_neither_rotated_nor_revoked(house: House, act: Any) -> None:
    expired, _ = await made(house)
    await expire(house, expired)
    elsewhere, _ = await made(house)

    for key_id, product in ((expired, "shop"), (elsewhere, "shield"), ("unknown", "shop")):
        with pytest.raises(KeyNotFound):
            async with write(house, product) as tx:
                await act(tx, key_id)


async def test_every_step_of_a_key_is_audited(house: House) -> None:
    key_id, _ = await made(house)
    await rotated(house, key_id)
    async with write(house) as tx:
        await api_keys.revoke_key(tx, key_id)

    assert await entries(house) == [
        (f"api_key.{step}", f"api_key:{key_id}", "shop", "tests") for step in ("created", "rotated", "revoked")
    ]
