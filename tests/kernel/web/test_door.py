"""A door that fails fails well: nothing half done, nothing told that is nobody's business, never a 200."""

from typing import Any

import pytest

from backoffice.kernel.actor import Actor, ActorKind
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.web import Doors
from backoffice.kernel.web.door import DoorWithoutLock
from backoffice.kernel.web.front import Front
from tests.conftest import superuser
from tests.kernel.web.conftest import SignIn, client_of
from tests.kernel.web.trial import TRIAL

PHONE = {"phone": "+919876500001"}


async def count(trial: Front, table: Any = "helpdesk.whatsapp_user") -> int:
    async with trial.house.database.read() as db:
        rows = await (await db.connection.execute("SELECT count(*) FROM " + table)).fetchall()
        return int(rows[0][0])


@pytest.mark.parametrize(
    "terms", [{}, {"permission": "trial:do", "public": "both"}, {"permission": "trial:do", "scope": "both"}]
)
def test_a_door_without_a_lock_or_with_two_is_never_made(terms: Any) -> None:
    with pytest.raises(DoorWithoutLock, match="GET /open must name a permission, or an API key's scope, or why"):
        Doors(TRIAL, tag="Trial", prefix="/v1").get("/open", **terms)


async def test_a_door_answers_with_its_status_and_its_write_is_there(trial: Front, sign_in: SignIn) -> None:
    client = await sign_in()

    answer = await client.post("/customers", json=PHONE)

    assert answer.status_code == 201
    assert answer.json()["phone"] == PHONE["phone"]
    assert (await client.get("/customers/count")).json() == 1
    assert await count(trial, "kernel.audit_entry") == 1


async def test_a_refusal_says_which_it_is_and_its_sentence(sign_in: SignIn) -> None:
    client = await sign_in()
    await client.post("/customers", json=PHONE)

    answer = await client.post("/customers", json=PHONE)

    assert answer.status_code == 409
    assert answer.json() == {"refused": "AlreadyThere", "says": f"A customer with {PHONE['phone']} is already there."}


async def test_what_nobody_expected_is_a_500_with_the_request_id_and_no_detail(sign_in: SignIn, log: list[Any]) -> None:
    client = await sign_in("boss")

    answer = await client.post("/broken/7", headers={"X-Request-Id": "req-7"})

    assert answer.status_code == 500
    assert answer.json() == {
        "refused": "Broken",
        "says": "Something went wrong on our side. Please quote request req-7.",
    }
    assert "RuntimeError" in repr([line for line in log if line["event"] == "request failed"])


@pytest.mark.parametrize("path", ["/silent", "/undeclared"])
async def test_a_change_that_is_not_recorded_as_declared_is_no_success(
    trial: Front, sign_in: SignIn, path: str
) -> None:
    answer = await (await sign_in()).post(path, json=PHONE)

    assert answer.status_code == 500
    assert await count(trial) == 0
    assert await count(trial, "kernel.audit_entry") == 0


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "late-1"}])
async def test_a_constraint_that_fails_at_commit_is_no_success(
    trial: Front, sign_in: SignIn, late_table: None, headers: dict[str, str]
) -> None:
    answer = await (await sign_in()).post("/late", json=PHONE, headers=headers)

    assert answer.status_code == 500
    assert await count(trial) == 0
    assert await count(trial, "kernel.idempotency_key") == 0


async def test_a_database_that_is_away_is_a_503_and_comes_back(
    trial: Front, sign_in: SignIn, clean: EmbeddedServer
) -> None:
    client = await sign_in()
    trial.house.database.pool.timeout = 0.3
    with superuser(clean) as connection:
        connection.execute("ALTER ROLE backoffice_app CONNECTION LIMIT 0")
        end_connections(connection)
        try:
            read = await client.get("/customers/count")
            write = await client.post("/customers", json=PHONE)
            ready = await client.get("http://house.test/readyz")
            alive = await client.get("http://house.test/healthz")
        finally:
            connection.execute("ALTER ROLE backoffice_app CONNECTION LIMIT -1")

    assert (read.status_code, write.status_code, ready.status_code, alive.status_code) == (503, 503, 503, 200)
    assert read.json() == {"refused": "Unavailable", "says": "Temporarily unavailable. Please try again."}
    trial.house.database.pool.timeout = 10.0
    assert (await client.get("/customers/count")).status_code == 200
    assert (await client.get("http://house.test/readyz")).text == "ready"


def end_connections(connection: Any) -> None:
    connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'backoffice_app'")


async def test_a_read_survives_a_restart_of_the_database_unnoticed(
    trial: Front, sign_in: SignIn, clean: EmbeddedServer
) -> None:
    client = await sign_in()
    assert (await client.get("/customers/count")).status_code == 200
    with superuser(clean) as connection:
        end_connections(connection)

    assert (await client.get("/customers/count")).status_code == 200


async def test_a_write_on_a_lost_connection_is_a_503_and_the_next_one_works(
    trial: Front, sign_in: SignIn, clean: EmbeddedServer
) -> None:
    client = await sign_in()
    with superuser(clean) as connection:
        end_connections(connection)

    answers = [(await client.post("/customers", json=PHONE)).status_code for _ in range(3)]

    assert set(answers) <= {503, 201, 409}
    assert answers.count(201) == 1
    assert await count(trial) == 1


async def test_a_door_without_a_token_says_how_to_bring_one(trial: Front) -> None:
    async with client_of(trial) as client:
        answer = await client.get("/customers/count")

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("sent", "echoed"),
    [
        ({"X-Request-Id": "req-1"}, "req-1"),
        ({"X-Trace-Id": "trace.1"}, "trace.1"),
        ({"X-Request-Id": "req-1", "X-Trace-Id": "trace-1"}, "req-1"),
        ({"X-Request-Id": "two words"}, None),
        ({"X-Request-Id": "x" * 65}, None),
        ({"X-Request-Id": "<script>"}, None),
        ({}, None),
    ],
)
async def test_a_request_keeps_its_id_when_it_is_a_plain_word(
    trial: Front, sent: dict[str, str], echoed: str | None
) -> None:
    async with client_of(trial) as client:
        answer = await client.get("/where", headers=sent)

    given = answer.headers["X-Request-Id"]
    assert answer.headers["X-Trace-Id"] == given
    assert given == echoed if echoed else len(given) == 32


async def test_the_request_id_is_in_the_audit_entry(trial: Front, sign_in: SignIn) -> None:
    await (await sign_in()).post("/customers", json=PHONE, headers={"X-Request-Id": "req-9", "User-Agent": "a" * 900})

    async with trial.house.database.read() as db:
        row = await (await db.connection.execute("SELECT request_id, length(agent) FROM kernel.audit_entry")).fetchone()
    assert row == ("req-9", 300)


async def test_a_path_without_a_door_is_a_404_in_the_products_shape(trial: Front) -> None:
    async with client_of(trial) as client:
        for path in ("/nowhere", "/customers/", "/CUSTOMERS", "//customers", "/customers/count/"):
            answer = await client.get(path)
            assert (answer.status_code, answer.json()) == (404, {"refused": "NotFound", "says": "Not found"}), path


async def test_a_method_without_a_door_names_those_that_have_one(trial: Front) -> None:
    async with client_of(trial) as client:
        answer = await client.put("/customers")

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_an_actor_can_what_its_permissions_say() -> None:
    actor = Actor(ActorKind.STAFF, 1, "asha", "trial", "hand", TRIAL.permissions_of("hand"))

    assert actor.can("trial:do")
    assert not actor.can("trial:rule")
    assert TRIAL.permissions_of("nobody") == frozenset()
    assert TRIAL.roles_with("trial:do") == ["boss", "hand"]


async def test_a_door_that_opens_its_own_writes_audits_only_what_it_declares(trial: Front, sign_in: SignIn) -> None:
    client = await sign_in()

    declared, other = await client.post("/own/ADDED"), await client.post("/own/OTHER")

    assert (declared.status_code, other.status_code) == (200, 500)
    assert await count(trial, "kernel.audit_entry") == 1
