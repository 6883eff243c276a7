"""A product that nobody heard of, one line in the list: the house treats it as it treats the others."""

from collections.abc import AsyncIterator

import httpx
import pytest

from backoffice import first_start
from backoffice.kernel.actor import system
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.web.front import Front
from backoffice.products import LISTED
from backoffice.settings import Settings
from tests.cli.conftest import Command
from tests.cli.library import LIBRARY, LibraryAct
from tests.conftest import PASSWORD, superuser
from tests.making import Make


@pytest.fixture(autouse=True)
def listed(clean: EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its line in the list, and the row that its first migration would make."""
    monkeypatch.setitem(LISTED, LIBRARY.name, "tests.cli.library:LIBRARY")
    with superuser(clean) as connection:
        connection.execute("INSERT INTO kernel.product (name, moves_money) VALUES ('library', false)")


@pytest.fixture
async def reader(application: Front, make: Make) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the library; nobody is signed in."""
    transport = httpx.ASGITransport(application, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://house.test") as client:
        yield client


async def role_of(reader: httpx.AsyncClient, login: str, password: str) -> str:
    """Signs in to the library, and asks it who that was."""
    signed_in = await reader.post("/library/auth/login", json={"login": login, "password": password})
    assert signed_in.status_code == 200, signed_in.text
    me = await reader.get("/library/auth/me", headers={"Authorization": f"Bearer {signed_in.json()['token']}"})
    return str(me.json()["role"])


async def test_it_is_served_below_its_name_with_a_page_of_documentation_and_errors_of_its_own(
    reader: httpx.AsyncClient,
) -> None:
    first, docs = await reader.get("/"), await reader.get("/library/docs")
    document = (await reader.get("/library/openapi.json")).json()
    stranger, nowhere = await reader.get("/library/auth/me"), await reader.get("/library/nothing")

    assert "<strong>Library</strong>" in first.text
    assert docs.status_code == 200
    assert set(document["paths"]) == {"/auth/login", "/auth/me"}
    assert (stranger.status_code, set(stranger.json())) == (401, {"wrong"})
    assert (nowhere.status_code, set(nowhere.json())) == (404, {"wrong"})


async def test_a_person_is_created_in_it_and_in_no_role_of_another(command: Command, reader: httpx.AsyncClient) -> None:
    person = ("ada", "ada@library.example", "Ada Lovelace")
    refused = await command("staff", "create", *person, "--role", "agent", "--product", "library")
    made = await command("staff", "create", *person, "--role", "reader", "--product", "library")
    listed = await command("staff", "list", "--product", "library")

    assert refused.err == "backoffice: the library has no role 'agent'; its roles are super_admin, reader\n"
    assert made.code == 0, made.err
    assert await role_of(reader, "ada", made.out.splitlines()[-1]) == "reader"
    assert "ada@library.example" in listed.out


async def test_somebody_of_another_product_is_granted_a_role_in_it(
    command: Command, reader: httpx.AsyncClient, make: Make
) -> None:
    agent = await make.agent()

    granted = await command("staff", "grant", agent.username, "--role", "reader", "--product", "library")

    assert (granted.code, granted.out) == (0, f"{agent.username} is reader in the library.\n"), granted.err
    assert await role_of(reader, agent.email, PASSWORD) == "reader"


async def test_the_first_start_loads_its_demo_and_makes_its_super_admin(
    reader: httpx.AsyncClient, make: Make, settings: Settings
) -> None:
    for other in ("helpdesk", "marketplace", "shield"):
        async with make.house.database.write(system(other, first_start.BY_DEMO)) as tx:
            tx.audit(LibraryAct.STOCKED, other)
    told: list[str] = []

    first = await first_start.fill(settings.model_copy(update={"public_url": "http://house.test"}), told.append)

    assert told == ["Loading the demo of library (once)"]
    assert first.by_product["library"]["address"] == "http://house.test/library"
    assert await role_of(reader, first_start.USERNAME, first.by_product["library"]["password"]) == "super_admin"


async def test_it_is_named_where_a_setting_names_a_product(settings: Settings) -> None:
    alone = Settings.model_validate({**settings.model_dump(), "product": "library", "hosts": {"books.test": "library"}})

    assert (alone.product, alone.hosts) == ("library", {"books.test": "library"})
