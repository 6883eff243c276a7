"""The way of a read: session and statements in one wait; whoever is shut out learns nothing; failures end with it."""

import httpx
import pytest

from backoffice.kernel.actor import system
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.web.front import Front
from backoffice.settings import Settings
from tests.conftest import superuser
from tests.kernel.web.conftest import SignIn, client_of, trial_front
from tests.kernel.web.test_door import end_connections
from tests.waits import Waits

PATHS = ["/customers/count", "/customers/failing", "/customers/none"]
PREPARED = "SELECT count(*) FROM pg_prepared_statements"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """One connection: what one request leaves on it, the next one meets."""
    return settings.model_copy(update={"database_pool_size": 1})


async def end_sessions(trial: Front) -> None:
    async with trial.house.database.write(system("trial", "tests")) as tx:
        await tx.run("UPDATE kernel.session SET ended_at = now()")


async def count_prepared(front: Front) -> int:
    async with front.house.database.pool.connection() as connection:
        row = await (await connection.execute(PREPARED)).fetchone()
        assert row is not None
        return int(row[0])


async def statuses(client: httpx.AsyncClient) -> list[int]:
    return [(await client.get(path)).status_code for path in PATHS]


async def test_session_and_statements_are_one_wait_from_the_first_request_on(sign_in: SignIn, waits: Waits) -> None:
    client = await sign_in()
    for _ in range(3):
        with waits.counted() as seen:
            assert await statuses(client) == [200, 500, 409]
        assert seen == [1, 1, 1]


async def test_whoever_is_shut_out_is_told_so_and_not_what_failed_or_was_refused(trial: Front, sign_in: SignIn) -> None:
    client = await sign_in()
    await end_sessions(trial)

    assert await statuses(client) == [401, 401, 401]
    assert await statuses(await sign_in()) == [200, 500, 409], "and the next one is served on the same connection"


async def test_a_connection_that_ended_is_replaced_and_the_read_done_again(
    trial: Front, sign_in: SignIn, clean: EmbeddedServer
) -> None:
    client = await sign_in()
    for _ in range(3):
        assert await statuses(client) == [200, 500, 409]
        with superuser(clean) as connection:
            end_connections(connection)
    assert await statuses(client) == [200, 500, 409]


@pytest.mark.parametrize("prepare", [True, False])
async def test_statements_have_names_unless_the_pooler_can_not_keep_them(
    settings: Settings, trial: Front, sign_in: SignIn, prepare: bool
) -> None:
    token = (await sign_in()).headers["Authorization"]
    front = trial_front(settings.model_copy(update={"database_prepare_statements": prepare}))
    await front.house.open()
    async with client_of(front, Authorization=token) as client:
        for _ in range(3):
            assert await statuses(client) == [200, 500, 409]
            assert (await client.post("/customers", json={"phone": "+919876500001"})).status_code in (201, 409)
    assert (await count_prepared(front) > 0) is prepare
    await front.house.close()
