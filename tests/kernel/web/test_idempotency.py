"""Idempotency keys: a write sent twice happens once, whatever goes wrong between the two."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import psycopg
import pytest

from backoffice.kernel.actor import Context, system
from backoffice.kernel.jobs.queue import JobRun
from backoffice.kernel.web.front import Front
from backoffice.kernel.web.idempotency import forget_idempotency_keys
from tests.kernel.web.conftest import SignIn
from tests.kernel.web.test_door import PHONE, count
from tests.kernel.web.trial import GATE

KEY = {"Idempotency-Key": "key-1"}
OTHER = {"phone": "+919876500002"}


async def test_the_second_of_two_gets_the_first_answer_byte_for_byte(trial: Front, sign_in: SignIn) -> None:
    client = await sign_in()

    first = await client.post("/customers", json=PHONE, headers=KEY)
    second = await client.post("/customers", json=PHONE, headers=KEY)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert await count(trial) == 1
    assert await count(trial, "kernel.audit_entry") == 1


async def test_a_known_key_with_another_body_is_a_conflict(sign_in: SignIn) -> None:
    client = await sign_in()
    await client.post("/customers", json=PHONE, headers=KEY)

    answer = await client.post("/customers", json=OTHER, headers=KEY)

    assert (answer.status_code, answer.json()["refused"]) == (409, "KeyReused")


async def test_a_key_belongs_to_one_person_and_one_door(trial: Front, sign_in: SignIn) -> None:
    client, other = await sign_in(), await sign_in()
    await client.post("/customers", json=PHONE, headers=KEY)

    by_another = await other.post("/customers", json=OTHER, headers=KEY)
    at_another = await client.post("/required", json={"phone": "+919876500003"}, headers=KEY)

    assert (by_another.status_code, at_another.status_code) == (201, 200)
    assert await count(trial) == 3


@asynccontextmanager
async def closed_gate(trial: Front) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    """While it lasts, the slow door waits inside its write."""
    url = trial.house.settings.database_url.get_secret_value()
    async with await psycopg.AsyncConnection.connect(url) as gate:
        await gate.execute("SELECT pg_advisory_xact_lock(%s)", [GATE])
        yield gate


async def wait_at(gate: psycopg.AsyncConnection[Any]) -> None:
    """Until somebody waits at the gate, but not for ever."""
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted"
    async with asyncio.timeout(60):
        while (await (await gate.execute(waiting, [GATE])).fetchone()) == (0,):
            await gate.execute("SELECT pg_sleep(0.005)")


async def test_of_two_at_once_one_works_and_the_other_is_told_to_wait(trial: Front, sign_in: SignIn) -> None:
    client = await sign_in()
    async with closed_gate(trial) as gate:
        first = asyncio.create_task(client.post("/slow", json=PHONE, headers=KEY))
        await wait_at(gate)

        second = await client.post("/slow", json=PHONE, headers=KEY)
        elsewhere = await client.post("/customers", json=OTHER, headers=KEY)

    assert (second.status_code, second.json()["refused"]) == (409, "KeyInProgress")
    assert elsewhere.status_code == 201
    assert (await first).status_code == 200
    replayed = await client.post("/slow", json=PHONE, headers=KEY)
    assert replayed.content == (await first).content
    assert await count(trial) == 2


async def test_ten_at_once_make_one_row_and_one_answer(trial: Front, sign_in: SignIn) -> None:
    client = await sign_in()

    answers: list[httpx.Response] = await asyncio.gather(
        *(client.post("/customers", json=PHONE, headers=KEY) for _ in range(10))
    )

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert {answer.json()["refused"] for answer in answers if answer.status_code == 409} <= {"KeyInProgress"}
    assert await count(trial) == 1


async def test_a_refusal_frees_the_key(trial: Front, sign_in: SignIn) -> None:
    client = await sign_in()
    await client.post("/customers", json=PHONE)

    refused = await client.post("/customers", json=PHONE, headers=KEY)
    accepted = await client.post("/customers", json=OTHER, headers=KEY)

    assert (refused.status_code, accepted.status_code) == (409, 201)
    assert "Idempotent-Replayed" not in accepted.headers


async def test_a_failure_frees_the_key(trial: Front, sign_in: SignIn) -> None:
    client = await sign_in()

    for _ in range(2):
        answer = await client.post("/silent", json=PHONE, headers=KEY)
        assert answer.status_code == 500
        assert "Idempotent-Replayed" not in answer.headers
    assert await count(trial, "kernel.idempotency_key") == 0


async def test_a_replay_needs_a_live_session_too(trial: Front, sign_in: SignIn) -> None:
    client = await sign_in()
    await client.post("/customers", json=PHONE, headers=KEY)
    async with trial.house.database.write(system("trial", "tests")) as tx:
        await tx.run("UPDATE kernel.session SET ended_at = now()")

    assert (await client.post("/customers", json=PHONE, headers=KEY)).status_code == 401


async def test_a_door_that_requires_a_key_says_so(sign_in: SignIn) -> None:
    answer = await (await sign_in()).post("/required", json=PHONE)

    assert answer.status_code == 400
    assert answer.json() == {
        "refused": "KeyRequired",
        "says": "The Idempotency-Key header is required.",
    }


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_a_key_without_a_sensible_length_is_refused(sign_in: SignIn, key: str) -> None:
    answer = await (await sign_in()).post("/customers", json=PHONE, headers={"Idempotency-Key": key})

    assert (answer.status_code, answer.json()["says"]) == (400, "Idempotency-Key must have 1 to 255 characters")


async def test_a_door_that_ignores_keys_does_what_it_is_told_each_time(sign_in: SignIn) -> None:
    client = await sign_in()
    await client.post("/ignored", json=PHONE, headers=KEY)

    assert (await client.post("/ignored", json=PHONE, headers=KEY)).json()["refused"] == "AlreadyThere"
    read = await client.get("/customers/count", headers=KEY)
    assert "Idempotent-Replayed" not in read.headers


async def test_after_a_day_a_key_is_new_again_and_its_answer_is_forgotten(trial: Front, sign_in: SignIn) -> None:
    client = await sign_in()
    await client.post("/customers", json=PHONE, headers=KEY)
    async with trial.house.database.write(system("trial", "tests")) as tx:
        await tx.run("UPDATE kernel.idempotency_key SET created_at = now() - interval '25 hours'")

    later = await client.post("/customers", json=OTHER, headers=KEY)
    assert later.status_code == 201
    assert "Idempotent-Replayed" not in later.headers

    async with trial.house.database.write(system("trial", "tests")) as tx:
        await tx.run("UPDATE kernel.idempotency_key SET created_at = now() - interval '25 hours'")
    await forget_idempotency_keys(JobRun(trial.house, system("kernel", "tests"), Context(), 0))
    assert await count(trial, "kernel.idempotency_key") == 0


async def test_neither_key_nor_body_is_kept_in_clear(trial: Front, sign_in: SignIn) -> None:
    await (await sign_in()).post("/customers", json=PHONE, headers=KEY)

    async with trial.house.database.read() as db:
        rows = await (await db.connection.execute("SELECT key, body_hash FROM kernel.idempotency_key")).fetchall()
    assert [(len(key), len(body)) for key, body in rows] == [(32, 32)]


async def test_of_two_that_pass_each_other_the_later_changes_nothing_and_is_told_to_come_again(
    trial: Front, sign_in: SignIn
) -> None:
    client = await sign_in()
    await client.post("/slow", json=OTHER, headers=KEY)
    async with closed_gate(trial) as gate:
        taken = await gate.execute("DELETE FROM kernel.idempotency_key RETURNING key, body_hash, status, answer")
        earlier = await taken.fetchone()
        await gate.commit()
        await gate.execute("SELECT pg_advisory_xact_lock(%s)", [GATE])
        later = asyncio.create_task(client.post("/slow", json=PHONE, headers=KEY))
        await wait_at(gate)
        kept = "INSERT INTO kernel.idempotency_key (key, body_hash, status, answer) VALUES (%s, %s, %s, %s)"
        await gate.execute(kept, earlier)
    answer = await later

    assert (answer.status_code, answer.json()["refused"]) == (409, "KeyInProgress")
    assert await count(trial) == 1
