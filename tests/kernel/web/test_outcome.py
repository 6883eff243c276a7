"""A door that waits answers with what came of its write, holds nothing meanwhile, and never refuses what is done."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest

from backoffice.kernel.database import Db
from backoffice.kernel.web.front import Front
from backoffice.kernel.web.outcome import Seen, wait_for
from backoffice.settings import Settings
from tests.kernel.web.conftest import SignIn, trial_front
from tests.kernel.web.test_door import PHONE

KEY = {"Idempotency-Key": "key-1"}
OTHER = {"phone": "+919876500002"}


@pytest.fixture
async def trial(settings: Settings) -> AsyncIterator[Front]:
    """It has one connection, and half a minute of patience."""
    front = trial_front(settings.model_copy(update={"database_pool_size": 1, "outcome_wait_seconds": 30}))
    await front.house.open()
    yield front
    await front.house.close()


async def test_a_door_that_waits_answers_with_the_outcome_and_holds_no_connection_meanwhile(sign_in: SignIn) -> None:
    client = await sign_in()

    waited, _ = await asyncio.gather(client.post("/waiting", json=PHONE), client.post("/customers", json=OTHER))

    assert (waited.status_code, waited.json()["there"]) == (200, 2)


async def test_the_same_key_again_changes_nothing_and_shows_how_things_stand_by_then(sign_in: SignIn) -> None:
    client = await sign_in()
    await client.post("/customers", json=OTHER)
    first = await client.post("/waiting", json=PHONE, headers=KEY)
    await client.post("/customers", json={"phone": "+919876500003"})

    again = await client.post("/waiting", json=PHONE, headers=KEY)

    assert (first.json()["there"], again.json()["there"]) == (2, 3)
    assert first.json()["id"] == again.json()["id"]
    assert again.headers["Idempotent-Replayed"] == "true"


async def test_what_was_seen_last_is_the_answer_when_patience_ends(trial: Front) -> None:
    seen = 0

    async def look(db: Db, committed: Any) -> Seen:
        nonlocal seen
        seen += 1
        return Seen({**committed, "seen": seen}, is_final=False)

    answer = await wait_for(look, trial.house.database, committed=b'{"id":7}', seconds=0.1)

    assert answer == {"id": 7, "seen": seen}
    assert seen > 1


async def test_what_is_committed_is_answered_where_nobody_can_look(trial: Front) -> None:
    async def look(db: Db, committed: Any) -> Seen:
        raise psycopg.OperationalError("the server went away")

    assert await wait_for(look, trial.house.database, committed=b'{"id":7}', seconds=5) == {"id": 7}
