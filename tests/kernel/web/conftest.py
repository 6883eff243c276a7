"""The trial product, running, with people who may knock at it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from backoffice.kernel.actor import system
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.house import House
from backoffice.kernel.identifiers import uuid7
from backoffice.kernel.web.front import Front
from backoffice.kernel.web.product_app import ProductApp
from backoffice.settings import Settings
from tests.conftest import superuser
from tests.kernel.web.trial import TRIAL, door

SignIn = Callable[..., Awaitable[httpx.AsyncClient]]


@pytest.fixture(autouse=True)
def log() -> Iterator[list[Any]]:
    """What the house logs, kept instead of printed: pictures of tracebacks take half a second each."""
    with capture_logs() as lines:
        yield lines


def trial_front(settings: Settings) -> Front:
    house = House.build(settings)
    return Front(house, {"trial": ProductApp(TRIAL, house, doors=[door])})


@pytest.fixture
async def trial(settings: Settings) -> AsyncIterator[Front]:
    front = trial_front(settings)
    await front.house.open()
    yield front
    await front.house.close()


@pytest.fixture
def late_table(clean: EmbeddedServer) -> Any:
    """A constraint that is looked at only at commit."""
    with superuser(clean) as connection:
        connection.execute("CREATE TABLE tests.late (id bigint UNIQUE DEFERRABLE INITIALLY DEFERRED)")
        connection.execute(
            "GRANT USAGE ON SCHEMA tests TO backoffice_app; GRANT INSERT ON tests.late TO backoffice_app"
        )
        yield
        connection.execute("DROP TABLE tests.late")


def client_of(front: Front, **headers: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(front, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://house.test/trial/v1", headers=headers)


@pytest.fixture
async def sign_in(trial: Front) -> AsyncIterator[SignIn]:
    """`await sign_in()`: a client with the session of a new person."""
    clients: list[httpx.AsyncClient] = []
    numbers = count(1)

    async def signed_in(role: str = "hand") -> httpx.AsyncClient:
        name, session_id = f"{role}_{next(numbers)}", str(uuid7())
        async with trial.house.database.write(system("trial", "tests")) as tx:
            tx.record("made", name)
            staff_id = await tx.value(
                int,
                """
                WITH person AS (
                    INSERT INTO kernel.staff (username, email, full_name, password_hash)
                         VALUES (%(name)s, %(name)s || '@trial.example', %(name)s, '') RETURNING id
                ), member AS (
                    INSERT INTO kernel.membership (staff_id, product, role) SELECT id, 'trial', %(role)s FROM person
                )
                SELECT id FROM person
                """,
                name=name,
                role=role,
            )
            await tx.run(
                """
                INSERT INTO kernel.session (id, staff_id, product, address, agent, expires_at)
                     VALUES (%(id)s, %(staff_id)s, 'trial', '', '', now() + interval '1 day')
                """,
                id=session_id,
                staff_id=staff_id,
            )
        claims = {"user_id": staff_id, "username": name, "role": role, "sid": session_id}
        token = trial.house.tokens.issue("access", "trial", lifetime=timedelta(minutes=5), claims=claims)
        clients.append(client_of(trial, Authorization=f"Bearer {token}"))
        return clients[-1]

    yield signed_in
    for client in clients:
        await client.aclose()
