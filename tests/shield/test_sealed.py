"""Turning the key ring: everything shield keeps sealed moves to the first key, and the old key can go."""

from dataclasses import replace
from typing import Any

import pytest

from backoffice.kernel.encryption.keyring import KeyRing, WrongKey, new_key
from backoffice.kernel.house import House
from backoffice.kernel.secrets.rotation import rotate
from backoffice.shield.bank_account import actions
from backoffice.shield.bank_account import store as accounts
from backoffice.shield.bank_record.intake import take_returns
from backoffice.shield.sealed import SEALED
from backoffice.shield.transfer import actions as sending
from backoffice.shield.transfer.actions import BY_SANDBOX
from tests.shield.bank_account.test_api import DETAILS, NUMBER, ROUTING
from tests.shield.clearing.test_clearing import returned
from tests.shield.conftest import Platform
from tests.shield.making import Given, Member
from tests.shield.paying import NACHA, die_before_writing, run_in

FROM_BANK = returned("091000019999999", code="R02", cents=1)
COLUMNS = """
    SELECT table_name::text, column_name::text FROM information_schema.columns
     WHERE table_schema = 'shield' AND column_name LIKE '%%key_id' ORDER BY 1, 2
"""


async def filled(given: Given, platform: Platform) -> Member:
    """A member with something in every sealed column."""
    client = await platform("members:write", "banking:submit")
    profile = {"first_name": "Jo", "last_name": "Doe", "ssn": "900-12-3456"}
    made = await client.post("/v1/platform/members", json={"email": "jo@example.com", "profile": profile})
    member = Member(made.json()["data"]["id"], "jo@example.com", None)
    path = f"/v1/platform/members/{member.id}/bank-account"
    await client.put(path, json=DETAILS)
    await client.post(f"{path}/micro-deposits", json={"amounts": [12, 34]})
    await client.post(f"{path}/micro-deposits/confirm", json={"amounts": [12, 34]})
    payout_id = await given.payout(await given.claim(member, status="approved"), 1000)
    async with given.write() as tx:
        attempt = await sending.begin(tx, given.house, payout_id, leaving=BY_SANDBOX)
        assert attempt is not None
        await sending.take_correction(tx, given.house, attempt, code="C01", corrected="777788889999")
    await file_without_disk(given)
    await take_returns(given.house, FROM_BANK)
    return member


async def file_without_disk(given: Given) -> None:
    other = await given.member()
    await given.account(other)
    await given.payout(await given.claim(other, status="approved"), 1000)
    await die_before_writing(run_in(given.house, **NACHA).house)


def turned(house: House) -> tuple[House, House]:
    """The house with a new key before its old one, and with the new one alone."""
    new, old = new_key(), house.settings.encryption_keys.get_secret_value()
    return replace(house, keys=KeyRing(f"{new},{old}")), replace(house, keys=KeyRing(new))


async def key_ids(given: Given, table: str, column: str) -> set[Any]:
    async with given.read() as db:
        cursor = await db.connection.execute(f"SELECT {column} FROM shield.{table}")  # type: ignore[arg-type]
        return {key for (key,) in await cursor.fetchall() if key is not None}


async def test_after_a_rotation_nothing_of_shield_needs_the_old_key(
    given: Given, house: House, platform: Platform
) -> None:
    member = await filled(given, platform)
    both, alone = turned(house)

    await rotate(both.database, both.keys, columns=SEALED, progress=lambda _: None)

    async with given.read() as db:
        columns = await (await db.connection.execute(COLUMNS)).fetchall()
        account = await accounts.find_account_of(db, member.id)
    assert len(columns) == len(SEALED)
    for table, column in columns:
        assert await key_ids(given, table, column) == {alone.keys.current}, (table, column)
    assert account is not None
    numbers = actions.open_numbers(alone, account)
    assert (numbers.account, numbers.routing) == (NUMBER, ROUTING)
    with pytest.raises(WrongKey):
        actions.open_numbers(house, account)


async def test_an_account_is_found_by_number_before_and_after_a_rotation(
    given: Given, house: House, platform: Platform
) -> None:
    member = await filled(given, platform)
    both, alone = turned(house)

    async def found_by(keys: KeyRing) -> list[str]:
        async with given.write() as tx:
            found = await actions.search_accounts(tx, keys, number=NUMBER, limit=10, offset=0)
            return [row.member_id for row in found.accounts]

    before = await found_by(both.keys)
    await rotate(both.database, both.keys, columns=SEALED, progress=lambda _: None)

    assert before == await found_by(alone.keys) == [member.id]


async def test_a_rotation_run_again_has_nothing_to_do(given: Given, house: House, platform: Platform) -> None:
    await filled(given, platform)
    both, _ = turned(house)

    assert await rotate(both.database, both.keys, columns=SEALED, progress=lambda _: None) >= len(SEALED)
    assert await rotate(both.database, both.keys, columns=SEALED, progress=lambda _: None) == 0


async def test_after_a_rotation_a_banks_record_is_known_still(given: Given, house: House) -> None:
    await take_returns(house, FROM_BANK)
    both, alone = turned(house)
    early = await take_returns(both, FROM_BANK)
    await rotate(both.database, both.keys, columns=SEALED, progress=lambda _: None)
    late = await take_returns(alone, FROM_BANK)

    assert [line.outcome for line in early + late] == ["known already"] * 2
