"""Every process has the same secrets, or writes nothing: the first shows what it has, the others are compared."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import httpx
import pytest
from pydantic import SecretStr

from backoffice.application import front
from backoffice.kernel.actor import system
from backoffice.kernel.encryption import data_key
from backoffice.kernel.encryption.keyring import new_key
from backoffice.kernel.house import House
from backoffice.kernel.secrets.check import forget_token_secret
from backoffice.kernel.secrets.refusal import SecretsDiffer
from backoffice.kernel.secrets.rotation import rotate
from backoffice.kernel.web.front import Front
from backoffice.settings import Settings

OTHER_TOKENS = "another secret of the tests, also long enough"
Start = Callable[..., Awaitable[Front]]


@pytest.fixture
async def start(settings: Settings) -> AsyncIterator[Start]:
    """`await start(encryption_keys=...)`: one more process, with these secrets."""
    async with AsyncExitStack() as running:

        async def started(**secrets: str) -> Front:
            process = front(settings.model_copy(update={name: SecretStr(value) for name, value in secrets.items()}))
            await process.house.open()
            running.push_async_callback(process.house.close)
            return process

        yield started


async def readiness(process: Front) -> tuple[int, str]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(process), base_url="http://house.test") as client:
        answer = await client.get("/readyz")
    return answer.status_code, answer.text


async def test_a_process_with_other_keys_is_refused_before_it_writes(start: Start) -> None:
    own, other = new_key(), new_key()
    await start(encryption_keys=own)
    await start(encryption_keys=own)

    with pytest.raises(SecretsDiffer, match="ENCRYPTION_KEYS lacks the key k") as refused:
        await start(encryption_keys=other)

    assert all(part not in str(refused.value) for part in (own.split(":")[1], other.split(":")[1]))
    with pytest.raises(SecretsDiffer, match="holds another key"):
        await start(encryption_keys=f"{own.split(':')[0]}:{other.split(':')[1]}")


async def test_of_two_first_processes_with_other_keys_one_is_refused(start: Start) -> None:
    tried = await asyncio.gather(*(start(encryption_keys=new_key()) for _ in range(4)), return_exceptions=True)

    assert sorted(type(one).__name__ for one in tried) == ["Front", *["SecretsDiffer"] * 3]


async def test_a_new_key_joins_those_that_are_known_and_the_old_one_leaves_after_rotation(start: Start) -> None:
    old, new = new_key(), new_key()
    before = await start(encryption_keys=old)
    turned = await start(encryption_keys=f"{new},{old}")

    assert await readiness(before) == (503, "not ready: secrets")
    with pytest.raises(SecretsDiffer):
        await start(encryption_keys=new)
    await rotate(turned.house.database, turned.house.keys, columns=(), progress=lambda _: None)
    assert await readiness(await start(encryption_keys=new)) == (200, "ready")
    assert await readiness(turned) == (200, "ready")
    with pytest.raises(SecretsDiffer):
        await start(encryption_keys=old)


async def test_a_database_from_before_is_known_by_what_is_sealed_in_it(house: House, start: Start) -> None:
    async with house.database.write(system("kernel", "tests")) as tx:
        await data_key.keys_of(tx, house.keys, ["person:1"])
        await tx.run("DELETE FROM kernel.secret_check")

    with pytest.raises(SecretsDiffer, match="ENCRYPTION_KEYS holds another key"):
        await start(encryption_keys=new_key())
    await start()


async def test_another_token_secret_is_refused_until_it_is_meant(start: Start) -> None:
    before = await start()
    with pytest.raises(SecretsDiffer, match=r"TOKEN_SECRET is another .* `backoffice keys change-token-secret`"):
        await start(token_secret=OTHER_TOKENS)

    async with before.house.database.write(system("kernel", "tests")) as tx:
        await forget_token_secret(tx)
    after = await start(token_secret=OTHER_TOKENS)

    assert await readiness(after) == (200, "ready")
    assert await readiness(before) == (503, "not ready: secrets")
