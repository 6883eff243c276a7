"""A person's values in the audit log: readable with their key, for ever unreadable without, and the chain holds."""

import base64
import dataclasses
from typing import Any

import orjson
import pytest

from backoffice.kernel.audit.entry import personal
from backoffice.kernel.encryption.keyring import KeyRing, WrongKey, decrypt, new_key
from backoffice.kernel.house import House
from backoffice.kernel.secrets.rotation import rotate
from tests.kernel.proof.chain import KEEPER, Recorded, audit, check, rows_of, seal

ASHA, RAVI = "whatsapp:+919876500001", "whatsapp:+919876500002"


async def keys_of(house: House) -> dict[str, bytes]:
    """Every person's data key, unwrapped."""
    found = await rows_of(house, "SELECT data_subject, key_id, wrapped FROM kernel.data_key")
    return {person: house.keys.decrypt(name, wrapped, bound_to=person) for person, name, wrapped in found}


async def values_after(house: House) -> list[dict[str, Any]]:
    return [after for (after,) in await rows_of(house, "SELECT after FROM kernel.audit_entry ORDER BY at, id")]


def opened(value: dict[str, str], key: bytes, *, person: str) -> Any:
    return orjson.loads(decrypt(key, base64.b64decode(value["sealed"]), bound_to=person))


async def test_a_personal_value_is_stored_closed_and_opens_with_the_key_of_its_person(house: House) -> None:
    await audit(house, 1, person=ASHA, after={"name": personal("Asha"), "status": "open"})

    [after] = await values_after(house)
    assert after["status"] == "open"
    assert set(after["name"]) == {"sealed"}
    assert opened(after["name"], (await keys_of(house))[ASHA], person=ASHA) == "Asha"


async def test_everybody_has_one_key_of_their_own(house: House) -> None:
    for person in (ASHA, RAVI, ASHA):
        await audit(house, 1, person=person, after={"name": personal("x")})

    keys = await keys_of(house)
    assert set(keys) == {ASHA, RAVI}
    assert keys[ASHA] != keys[RAVI]
    first, _, third = await values_after(house)
    assert opened(first["name"], keys[ASHA], person=ASHA) == opened(third["name"], keys[ASHA], person=ASHA) == "x"


async def test_several_entries_of_one_write_share_the_key(house: House) -> None:
    async with house.database.write(KEEPER) as tx:
        for name in ("Asha", "Asha K"):
            tx.audit(Recorded.DONE, 1, person=ASHA, before={"name": personal("-")}, after={"name": personal(name)})

    key = (await keys_of(house))[ASHA]
    assert sorted(opened(after["name"], key, person=ASHA) for after in await values_after(house)) == ["Asha", "Asha K"]


async def test_destroying_a_key_makes_its_persons_values_unreadable_and_the_log_still_verifies(house: House) -> None:
    await audit(house, 1, person=ASHA, after={"name": personal("Asha")})
    await audit(house, 2, person=RAVI, after={"name": personal("Ravi")})
    await seal(house)
    async with house.database.write(KEEPER) as tx:
        assert await tx.run("DELETE FROM kernel.data_key WHERE data_subject = %(person)s", person=ASHA) == 1
    await audit(house, 3, person=ASHA, after={"name": personal("Asha, back")})

    keys = await keys_of(house)
    ashas, ravis, later = await values_after(house)
    with pytest.raises(WrongKey):
        opened(ashas["name"], keys[ASHA], person=ASHA)
    assert opened(ravis["name"], keys[RAVI], person=RAVI) == "Ravi"
    assert opened(later["name"], keys[ASHA], person=ASHA) == "Asha, back"
    assert (await check(house)).broken is None


async def test_a_wrapped_key_taken_to_another_person_opens_nothing(house: House) -> None:
    await audit(house, 1, person=ASHA, after={"name": personal("Asha")})
    [(name, wrapped)] = await rows_of(house, "SELECT key_id, wrapped FROM kernel.data_key")

    with pytest.raises(WrongKey):
        house.keys.decrypt(name, wrapped, bound_to=RAVI)
    with pytest.raises(WrongKey):
        KeyRing(new_key()).decrypt(name, wrapped, bound_to=ASHA)


async def test_a_personal_value_that_nobody_would_encrypt_is_not_stored(house: House) -> None:
    for facts in (
        {"after": {"name": personal("Asha")}},
        {"person": ASHA, "before": {"deep": {"name": personal("Asha")}}},
    ):
        with pytest.raises(TypeError):
            await audit(house, 1, **facts)

    assert await values_after(house) == []


async def test_turning_the_key_ring_wraps_every_key_anew_and_changes_no_value(house: House) -> None:
    for person in (ASHA, RAVI):
        await audit(house, 1, person=person, after={"name": personal(person)})
    before = await keys_of(house)
    old, new = house.settings.encryption_keys.get_secret_value(), new_key()
    turned = dataclasses.replace(house, keys=KeyRing(f"{new},{old}"))
    heard: list[int] = []

    assert await rotate(turned.database, turned.keys, columns=(), progress=heard.append) == 2
    assert await rotate(turned.database, turned.keys, columns=(), progress=heard.append) == 0

    assert heard == [2, 0]
    alone = dataclasses.replace(house, keys=KeyRing(new))
    assert await keys_of(alone) == before
    assert (await check(house)).broken is None
