"""Every page that a person opens, in a real browser: it shows what it should, and its console has nothing to say."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from backoffice.helpdesk.rehearsal.stand_in import running
from backoffice.kernel.house import House
from backoffice.kernel.web.front import Front
from backoffice.products import LISTED
from tests.browser import Browser, Page, browsing
from tests.making import Make
from tests.shield.making import Given

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One for all tests of a process."""
    async with browsing() as browser:
        yield browser


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    async with browser.page() as page:
        yield page


@pytest.fixture
async def address(application: Front, house: House) -> AsyncIterator[str]:
    """The whole application, served on loopback."""
    async with running(application) as address:
        yield address


def assert_quiet(page: Page, address: str) -> None:
    """Nothing was complained about, nothing was asked of anybody but us."""
    assert page.complaints == []
    assert page.asked
    assert [url for url in page.asked if not url.startswith((f"{address}/", "data:", "blob:"))] == []


def operations(document: dict[str, Any]) -> int:
    return sum(method in METHODS for path in document["paths"].values() for method in path)


@dataclass(frozen=True)
class SignedIn:
    """Somebody of a product, and a door that says who they are."""

    product: str
    path: str
    email: str
    token: str


@pytest.fixture(params=["helpdesk", "shield"])
async def somebody(request: pytest.FixtureRequest, house: House, make: Make, password_hash: str) -> SignedIn:
    if request.param == "helpdesk":
        agent = await make.agent()
        return SignedIn("helpdesk", "/api/v1/auth/me", agent.email, await make.token(agent))
    given = Given(house, password_hash)
    admin = await given.admin()
    return SignedIn("shield", "/v1/admin/auth/me", admin.email, await given.token(admin))


async def test_the_documentation_shows_every_operation_and_tries_them_out(
    page: Page, address: str, somebody: SignedIn, tmp_path: Path
) -> None:
    home = f"{address}/{somebody.product}"
    async with httpx.AsyncClient() as client:
        document = (await client.get(f"{home}/openapi.json")).json()

    await page.open(f"{home}/docs")
    await page.until("document.querySelector('.opblock')")
    assert await page.evaluate("document.querySelectorAll('.opblock').length") == operations(document)
    assert "OAS 3.1" in await page.evaluate("document.querySelector('.info .title').innerText")

    await page.click(".btn.authorize")
    await page.type("#auth-bearer-value", somebody.token)
    await page.click(".auth-container .modal-btn.authorize")
    await page.click(".auth-container .btn-done")
    opened = f".opblock-get:has([data-path='{somebody.path}'])"
    await page.click(f"{opened} .opblock-summary-control")
    await page.click(f"{opened} .try-out__btn")
    await page.click(f"{opened} .execute")
    answer = await page.until(f'document.querySelector("{opened} .live-responses-table tbody")?.innerText')

    await page.picture(tmp_path / "docs.png")
    assert answer.split()[0] == "200"
    assert somebody.email in answer
    assert_quiet(page, address)


async def test_the_first_page_leads_to_the_documentation_and_to_the_health_of_the_house(
    page: Page, address: str
) -> None:
    await page.open(f"{address}/")
    assert await page.evaluate("document.querySelector('h1').innerText") == "backoffice"
    of_products = [f"/{name}/{file}" for name in LISTED for file in ("docs", "openapi.json", "postman.json")]
    links = await page.evaluate("[...document.links].map(link => link.href)")
    assert [link.removeprefix(address) for link in links] == [*of_products, "/healthz", "/readyz"]

    await page.click("a[href='/readyz']")
    await page.until("location.pathname === '/readyz' && document.body.innerText === 'ready'")
    assert_quiet(page, address)


@pytest.mark.parametrize("path", ["/nothing", "/helpdesk/nothing", "/shield/nothing"])
async def test_an_address_without_a_page_says_so_and_leads_on(page: Page, address: str, path: str) -> None:
    await page.open(f"{address}{path}")

    assert await page.evaluate("document.querySelector('h1').innerText") == "Nothing is here"
    await page.click("a[href='/']")
    await page.until("document.querySelector('h1')?.innerText === 'backoffice'")
    assert [one for one in page.complaints if path not in one] == []
