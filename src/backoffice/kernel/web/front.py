"""The front of the process: which product a request is for, the open health doors, and the page naming what runs here.

A product answers under its own first path segment, on its own host name, or alone at the root when only one is served.
Where it begins it has no page: a browser is sent on to its documentation, if that is shown; everybody else gets the
product's 404.
"""

import asyncio
import html
from collections.abc import Mapping, Sequence

import psycopg
import structlog
from psycopg_pool import PoolClosed, PoolTimeout
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backoffice import __version__
from backoffice.kernel.asking import NoAnswer
from backoffice.kernel.database.schema import SchemaDiffers
from backoffice.kernel.health.counting import keep_folding
from backoffice.kernel.health.figures import Figure
from backoffice.kernel.health.metrics import answered, at_start
from backoffice.kernel.house import House, Opened
from backoffice.kernel.journal.hold import find_hold
from backoffice.kernel.process import Watchdog
from backoffice.kernel.secrets.refusal import SecretsDiffer
from backoffice.kernel.traces import traces
from backoffice.kernel.web.pages import asks_for_a_page, nothing_for_a_person, page
from backoffice.kernel.web.product_app import ProductApp

log = structlog.get_logger("backoffice.http")
BEAT_SECONDS = 1.0
END_WITHIN_SECONDS = 10.0
READY_SECONDS = 2.0
"""How long the database may take to say that it is there."""
SPARE_SECONDS = 0.5
NOT_SPOKEN = 1003
"""What a websocket is closed with before it opens: nothing here speaks that."""
FIRST = """<h1>backoffice</h1><p>The admin backend for customer-operations teams. What runs here:</p><ul>{products}</ul>
<p>Health: <a href="/healthz">alive</a>, <a href="/readyz">ready</a>.</p>"""
LINE = "<li><strong>{title}</strong> below <code>{base}/</code>{links}<br>{summary}</li>"
LINKS = (
    ': <a href="{base}/docs">documentation</a>, '
    '<a href="{base}/openapi.json">OpenAPI</a>, <a href="{base}/postman.json">Postman</a>'
)


HELD = (b"x-held", b"restored: nothing is sent until the money was compared and two people released it")
"""A header of every answer while the house is held, as far as this process has heard."""
OWN = ("/healthz", "/readyz", "/favicon.ico")


def _saying_held(send: Send) -> Send:
    """Whoever works here sees with each answer that nothing leaves the house."""

    async def said(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], HELD]}
        await send(message)

    return said


class Front:
    """ASGI: sends each request to its product."""

    def __init__(self, house: House, products: Mapping[str, ProductApp], *, opened: Opened | None = None) -> None:
        self.house = house
        self._products = products
        self._opened = opened
        self._alone = house.settings.product
        self._shows_docs = house.settings.api_docs
        self.watchdog: Watchdog | None = None
        self._is_held = False
        self.figures: Sequence[Figure] = ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": NOT_SPOKEN})
            return
        if self._is_held:
            send = _saying_held(send)
        app, root = self._find(scope)
        begins = self._shows_docs and scope["path"] in (root, f"{root}/")
        if app is not None and begins and asks_for_a_page(Request(scope)):
            await RedirectResponse(f"{root}/docs", 308)(scope, receive, send)
            return
        if app is not None:
            await app({**scope, "root_path": root, "app_root_path": root}, receive, send)
            return
        answer = await self._answer(Request(scope))
        await answer(scope, receive, send)

    def _find(self, scope: Scope) -> tuple[ASGIApp | None, str]:
        path: str = scope["path"]
        if path in OWN or not path.startswith("/"):
            return None, ""
        if self._alone:
            return (self._products[self._alone], "") if path != "/" else (None, "")
        if self.house.settings.hosts:
            host = dict(scope["headers"]).get(b"host", b"").decode("latin-1").split(":")[0]
            if host in self.house.settings.hosts:
                return self._products[self.house.settings.hosts[host]], ""
        first = path.split("/", 2)[1]
        if first in self._products:
            return self._products[first], f"/{first}"
        return None, ""

    async def _answer(self, request: Request) -> Response:
        path = request.scope["path"]
        if path != "/" and path not in OWN:
            return nothing_for_a_person() if asks_for_a_page(request) else JSONResponse({"detail": "Not found"}, 404)
        if request.method not in ("GET", "HEAD"):
            return JSONResponse({"detail": "Method Not Allowed"}, 405, {"allow": "GET, HEAD"})
        if path == "/healthz":
            return PlainTextResponse("alive")
        if path == "/readyz":
            return await self._readiness()
        if path == "/favicon.ico":
            return Response(status_code=204)
        return page(FIRST.format(products="".join(self._lines())))

    async def _readiness(self) -> Response:
        missing = "paused" if self.house.pause.why() else await self._missing()
        if missing:
            return PlainTextResponse(f"not ready: {missing}", 503)
        away = self.house.away()
        held = ", held after a restore" if self._is_held else ""
        return PlainTextResponse((f"ready, without {', '.join(away)}" if away else "ready") + held)

    def _lines(self) -> list[str]:
        return [self._line(name) for name in ([self._alone] if self._alone else self._products)]

    def _line(self, name: str) -> str:
        product, base = self._products[name].product, "" if self._alone else f"/{name}"
        title, summary = html.escape(product.title), html.escape(product.summary)
        links = LINKS.format(base=base) if self._shows_docs else ""
        return LINE.format(title=title, base=base, links=links, summary=summary)

    async def _missing(self) -> str:
        """What this process lacks to serve, in a word or two that give nothing away; empty when it is ready."""
        try:
            return await self.house.asking.of("readiness", self._look, within_seconds=READY_SECONDS + SPARE_SECONDS)
        except NoAnswer:
            return "database"

    async def _look(self) -> str:
        try:
            unknown = await self.house.refuse_unfit_database(timeout_seconds=READY_SECONDS)
            async with asyncio.timeout(READY_SECONDS), self.house.database.read() as db:
                self._is_held = await find_hold(db) is not None
        except SchemaDiffers:
            return "schema"
        except SecretsDiffer:
            return "secrets"
        except (psycopg.Error, PoolTimeout, PoolClosed, TimeoutError):
            return "database"
        return "secrets" if unknown else ""

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await self.house.open()
        if self._opened:
            await self._opened(self.house)
            await self._look()
        self.house.replicas.watch()
        async with answered(self.house, self.figures) as port:
            beside = [asyncio.create_task(keep_folding(self.house))]
            if self.watchdog:
                beside.append(asyncio.create_task(self._beat(self.watchdog)))
            traced = traces.start("api", __version__)
            await send({"type": "lifespan.startup.complete"})
            self._say_begun(port, traced=traced)
            await receive()
            if self.watchdog:
                self.watchdog.end_within(END_WITHIN_SECONDS)
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            await asyncio.to_thread(traces.stop)
        await self.house.close()
        await send({"type": "lifespan.shutdown.complete"})

    def _say_begun(self, metrics_port: int | None, *, traced: bool) -> None:
        settings = self.house.settings
        said = at_start(self.house, settings.database_url.get_secret_value(), metrics_port=metrics_port)
        products = [self._alone] if self._alone else list(self._products)
        address = f"http://{settings.host}:{settings.port}"
        log.info("serving", **said, products=products, address=address, traces=traced)

    async def _beat(self, watchdog: Watchdog) -> None:
        """Let the watchdog rest as long as the loop turns. A database that is away is no reason to end."""
        watchdog.start()
        while True:
            watchdog.beat()
            await asyncio.sleep(BEAT_SECONDS)
