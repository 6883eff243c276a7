"""The front of the process: its first page, documentation without the outside world, health, hosts, origins."""

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from backoffice.application import front
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.house import House
from backoffice.kernel.web.front import Front
from backoffice.products import LISTED
from backoffice.settings import Settings
from tests.conftest import superuser
from tests.kernel.outside import silent_port

DASHBOARD = "https://dashboard.example"
ASKED = "authorization, content-type, idempotency-key, x-trace-id"
LINKED = re.compile(r"""(?:href|src|url)\s*[=:]\s*["']([^"']+)["']""")


def at(application: Front, base_url: str = "http://house.test") -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url=base_url)


@pytest.fixture
async def client(application: Front, house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with at(application) as client:
        yield client


async def test_the_first_page_names_the_product_and_links_to_its_documentation(client: httpx.AsyncClient) -> None:
    page = await client.get("/")

    assert page.status_code == 200
    assert "<strong>Helpdesk</strong>" in page.text
    of_products = {f"/{name}/{file}" for name in LISTED for file in ("docs", "openapi.json", "postman.json")}
    assert {*of_products, "/healthz", "/readyz"} == set(LINKED.findall(page.text)) - {"data:,"}
    assert (await client.get("/helpdesk/docs")).status_code == 200


async def test_without_the_setting_no_document_is_shown_and_no_link_to_one(settings: Settings, house: House) -> None:
    closed = front(settings.model_copy(update={"api_docs": False}))

    async with at(closed) as client:
        page = await client.get("/")
        assert "<strong>Helpdesk</strong>" in page.text
        assert {"/healthz", "/readyz"} == set(LINKED.findall(page.text)) - {"data:,"}
        for name in LISTED:
            begins = await client.get(f"/{name}/", headers={"Accept": "text/html"})
            assert (begins.status_code, begins.headers["content-type"]) == (404, "text/html; charset=utf-8")
            for file in ("docs", "openapi.json", "postman.json", "docs/files/swagger-ui.css"):
                assert (await client.get(f"/{name}/{file}")).status_code == 404, file


async def test_the_documentation_loads_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    page = await client.get("/helpdesk/docs")
    files = LINKED.findall(page.text)

    assert "://" not in page.text
    assert len(files) == 4
    for file in files:
        assert (await client.get(file)).status_code == 200, file
    assert page.headers["content-security-policy"].startswith("default-src 'self'")


async def test_the_document_says_where_the_product_answers(client: httpx.AsyncClient) -> None:
    document = (await client.get("/helpdesk/openapi.json")).json()

    assert document["servers"] == [{"url": "/helpdesk"}]
    assert "/api/v1/auth/login" in document["paths"]


async def test_health_is_open_and_says_nothing_else(client: httpx.AsyncClient, house: House) -> None:
    assert (await client.get("/healthz")).text == "alive"
    assert (await client.get("/readyz")).text == "ready"

    await house.database.close()

    alive, ready = await client.get("/healthz"), await client.get("/readyz")
    assert (alive.status_code, alive.text) == (200, "alive")
    assert (ready.status_code, ready.text) == (503, "not ready: database")


async def test_a_schema_that_took_away_what_a_process_needs_makes_it_unready_and_one_that_added_does_not(
    client: httpx.AsyncClient, house: House, clean: EmbeddedServer
) -> None:
    with superuser(clean) as connection:
        connection.execute("INSERT INTO public.applied_migration (name, checksum) VALUES ('9999_later', '')")
        try:
            added = await client.get("/readyz")
            connection.execute("UPDATE public.applied_migration SET needs = '9999' WHERE name = '9999_later'")
            ready, alive = await client.get("/readyz"), await client.get("/healthz")
        finally:
            connection.execute("DELETE FROM public.applied_migration WHERE name = '9999_later'")

    assert (added.status_code, added.text) == (200, "ready")
    assert (ready.status_code, ready.text, alive.status_code) == (503, "not ready: schema", 200)
    assert (await client.get("/readyz")).text == "ready"


async def test_a_database_that_stands_still_makes_unready_within_seconds(
    client: httpx.AsyncClient, house: House, clean: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backoffice.kernel.web.front.READY_SECONDS", 0.2)
    with superuser(clean) as connection, connection.transaction():
        connection.execute("LOCK TABLE public.applied_migration IN ACCESS EXCLUSIVE MODE")
        ready = await client.get("/readyz")

    assert (ready.status_code, ready.text) == (503, "not ready: database")


async def test_a_database_whose_processes_are_paused_makes_unready_within_seconds(
    client: httpx.AsyncClient, house: House, clean: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backoffice.kernel.web.front.READY_SECONDS", 0.2)
    assert (await client.get("/readyz")).text == "ready"
    with superuser(clean) as connection:
        paused = connection.execute("SELECT pid FROM pg_stat_activity WHERE application_name = 'backoffice'").fetchall()
    for [pid] in paused:
        os.kill(pid, signal.SIGSTOP)
    asked = [asyncio.create_task(client.get("/readyz")) for _ in range(3)]
    done, _ = await asyncio.wait(asked, timeout=20)
    for [pid] in paused:
        os.kill(pid, signal.SIGCONT)

    assert paused
    assert len(done) == 3
    assert {one.result().text for one in done} == {"not ready: database"}


async def test_without_redis_the_house_serves_and_says_what_it_lacks(settings: Settings) -> None:
    with silent_port() as port:
        lame = front(settings.model_copy(update={"redis_url": SecretStr(f"redis://:canary@127.0.0.1:{port}")}))
        await lame.house.open()
        async with at(lame) as client:
            refused = [
                await client.post("/helpdesk/api/v1/auth/login", json={"username": "nobody", "password": "Wrong123!"})
                for _ in range(4)
            ]
            ready = await client.get("/readyz")
        await lame.house.close()

    assert {answer.status_code for answer in refused} == {401}
    assert (ready.status_code, ready.text) == (200, "ready, without redis for limits")


@pytest.mark.parametrize("path", ["/nothing", "/helpdesk", "/helpdesk/nothing", "/helpdesk/api/v1/nothing", "/api/v1"])
async def test_an_unknown_path_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)

    assert (answer.status_code, answer.json()) == (404, {"detail": "Not found"})


@pytest.mark.parametrize("product", ["helpdesk", "marketplace", "shield"])
@pytest.mark.parametrize("slash", ["", "/"])
async def test_where_a_product_begins_a_browser_is_sent_to_its_documentation_and_a_client_gets_its_404(
    client: httpx.AsyncClient, product: str, slash: str
) -> None:
    browser = await client.get(f"/{product}{slash}", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    machine = await client.get(f"/{product}{slash}", headers={"Accept": "application/json"})

    assert (browser.status_code, browser.headers["location"]) == (308, f"/{product}/docs")
    assert (machine.status_code, machine.json()) == (404, (await client.get(f"/{product}/nothing")).json())


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        ("OPTIONS *", 404),
        ("OPTIONS /", 405),
        ("POST /", 405),
        ("DELETE /healthz", 405),
        ("GET /helpdesk/docs/files/nothing.js", 404),
        ("GET /helpdesk/docs/files/", 404),
        ("GET /helpdesk/docs/files/../../secrets", 404),
        ("POST /helpdesk/docs/files/swagger-ui.css", 405),
        ("POST /helpdesk/docs", 405),
        ("PUT /helpdesk/openapi.json", 405),
        ("OPTIONS /shield/openapi.json", 405),
        ("DELETE /shield/docs", 405),
        ("GET /shield/docs/files/nothing.js", 404),
    ],
)
async def test_what_is_not_there_or_not_done_there_is_refused_without_a_traceback(
    application: Front, house: House, capsys: pytest.CaptureFixture[str], request_line: str, status: int
) -> None:
    assert await asked(application, *request_line.split()) == status
    assert "request failed" not in capsys.readouterr().out


@pytest.mark.parametrize("path", ["/", "/nothing", "/helpdesk/docs", "/helpdesk/api/v1/auth/me"])
async def test_a_websocket_is_closed_before_it_opens(application: Front, path: str) -> None:
    told: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        told.append(message["type"])

    await application({"type": "websocket", "path": path, "headers": []}, receive, send)

    assert told == ["websocket.close"]


async def asked(application: Front, method: str, path: str) -> int:
    """The status of a request whose target no well-meant client would send."""
    started: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        started.append(message)

    scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b""}
    where = {"scheme": "http", "server": ("house.test", 80), "client": ("127.0.0.1", 1), "http_version": "1.1"}
    await application({**scope, **where, "headers": [], "asgi": {"version": "3.0"}}, receive, send)
    return int(started[0]["status"])


async def test_a_host_of_its_own_serves_the_product_at_the_root(settings: Settings, house: House) -> None:
    hosted = front(settings.model_copy(update={"hosts": {"desk.example": "helpdesk"}}))

    async with at(hosted, "http://desk.example:8443") as client:
        assert (await client.get("/api/v1/auth/me")).status_code == 401
        assert (await client.get("/openapi.json")).json()["servers"] == [{"url": "/"}]
        assert '"/docs/files/swagger-ui.css"' in (await client.get("/docs")).text
        assert (await client.get("/healthz")).text == "alive"
        assert (await client.get("/", headers={"Accept": "text/html"})).headers["location"] == "/docs"
    async with at(hosted, "http://other.example") as client:
        assert (await client.get("/api/v1/auth/me")).status_code == 404
        assert (await client.get("/helpdesk/api/v1/auth/me")).status_code == 401


async def test_one_product_alone_answers_at_the_root(settings: Settings) -> None:
    async with at(front(settings.model_copy(update={"product": "helpdesk"}))) as client:
        assert (await client.get("/api/v1/auth/me")).status_code == 401
        assert "/docs" in LINKED.findall((await client.get("/")).text)
        assert (await client.get("/docs")).status_code == 200


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_a_configured_origin_may_call(settings: Settings, method: str) -> None:
    async with at(front(settings.model_copy(update={"cors_origins": [DASHBOARD]}))) as client:
        answer = await client.options("/helpdesk/api/v1/tickets", headers=preflight(DASHBOARD, method))

    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == DASHBOARD
    assert method in answer.headers["access-control-allow-methods"]
    allowed = answer.headers["access-control-allow-headers"].lower()
    assert all(header in allowed for header in ASKED.split(", "))
    assert "access-control-allow-credentials" not in answer.headers


async def test_another_origin_may_not_call(settings: Settings) -> None:
    async with at(front(settings.model_copy(update={"cors_origins": [DASHBOARD]}))) as client:
        asked = await client.options("/helpdesk/api/v1/tickets", headers=preflight("https://evil.example", "GET"))
        called = await client.get("/helpdesk/api/v1/auth/me", headers={"Origin": "https://evil.example"})

    assert asked.status_code == 400
    assert "access-control-allow-origin" not in asked.headers
    assert "access-control-allow-origin" not in called.headers


async def test_no_origin_may_call_where_none_is_configured(client: httpx.AsyncClient) -> None:
    answer = await client.options("/helpdesk/api/v1/tickets", headers=preflight(DASHBOARD, "GET"))

    assert answer.status_code == 405
    assert "access-control-allow-origin" not in answer.headers


async def test_a_dashboard_can_read_refusals_and_the_headers_it_needs(settings: Settings) -> None:
    async with at(front(settings.model_copy(update={"cors_origins": [DASHBOARD]}))) as client:
        refused = await client.get("/helpdesk/api/v1/auth/me", headers={"Origin": DASHBOARD})

    assert refused.status_code == 401
    assert refused.headers["access-control-allow-origin"] == DASHBOARD
    assert "X-Trace-Id" in refused.headers["access-control-expose-headers"]


def preflight(origin: str, method: str) -> dict[str, Any]:
    return {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": ASKED,
    }
