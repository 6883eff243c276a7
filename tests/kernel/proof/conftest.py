"""A sealed chain, and somebody who can get past its walls."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import psycopg
import pytest

from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.house import House
from tests.conftest import superuser
from tests.kernel.proof.chain import audit, seal


@pytest.fixture
def past_the_walls(clean: EmbeddedServer) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """Somebody with the superuser's password, whom no trigger stops."""
    with superuser(clean) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection


@pytest.fixture
async def three_seals(house: House) -> AsyncIterator[House]:
    """Six entries, two to a seal, and a seventh that waits."""
    for number in range(3):
        await audit(house, f"{number}a", f"{number}b", after={"amount": number})
        await seal(house)
    await audit(house, "waiting")
    yield house
