"""The front of the process: which product a request is for, the open health doors, and the page naming what runs here.

A product answers under its own first path segment, on its own host name, or alone at the root when only one is served.
"""

import html
from collections.abc import Mapping

import psycopg
from psycopg_pool import PoolClosed, PoolTimeout
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from backoffice.kernel.database.schema import SchemaDiffers
from backoffice.kernel.house import House
from backoffice.kernel.web.product_app import ProductApp

READY_SECONDS = 2.0
"""How long the database may take to say that it is there."""
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>backoffice</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{{font:16px/1.6 system-ui,sans-serif;max-width:42rem;margin:4rem auto;padding:0 1rem;color:#1c2530}}
h1{{font-size:1.6rem}}li{{margin:.6rem 0}}a{{color:#0b57d0}}code{{background:#f2f4f7;padding:.1rem .3rem}}</style>
<h1>backoffice</h1><p>The admin backend for customer-operations teams. What runs here:</p><ul>{products}</ul>
<p>Health: <a href="/healthz">alive</a>, <a href="/readyz">ready</a>.</p></html>"""
PAGE_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
}
LINE = (
    '<li><strong>{title}</strong> below <code>{base}/</code>: <a href="{base}/docs">documentation</a><br>{summary}</li>'
)


class Front:
    """ASGI: sends each request to its product."""

    def __init__(self, house: House, products: Mapping[str, ProductApp]) -> None:
        self.house = house
        self._products = products
        self._alone = house.settings.product

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        app, root = self._find(scope)
        if app is not None:
            await app({**scope, "root_path": root, "app_root_path": root}, receive, send)
            return
        answer = await self._answer(scope["path"])
        await answer(scope, receive, send)

    def _find(self, scope: Scope) -> tuple[ASGIApp | None, str]:
        path: str = scope["path"]
        if path in ("/healthz", "/readyz"):
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

    async def _answer(self, path: str) -> Response:
        if path == "/healthz":
            return PlainTextResponse("alive")
        if path == "/readyz":
            missing = await self._missing()
            if missing:
                return PlainTextResponse(f"not ready: {missing}", 503)
            away = self.house.away()
            return PlainTextResponse(f"ready, without {', '.join(away)}" if away else "ready")
        if path == "/":
            return HTMLResponse(PAGE.format(products="".join(self._lines())), headers=PAGE_HEADERS)
        return JSONResponse({"detail": "Not found"}, 404)

    def _lines(self) -> list[str]:
        shown = [self._alone] if self._alone else list(self._products)
        return [
            LINE.format(
                title=html.escape(self._products[name].product.title),
                base="" if self._alone else f"/{name}",
                summary=html.escape(self._products[name].product.summary),
            )
            for name in shown
        ]

    async def _missing(self) -> str:
        """What this process lacks to serve, in a word or two that give nothing away; empty when it is ready."""
        try:
            await self.house.refuse_unfit_database(timeout_seconds=READY_SECONDS)
        except SchemaDiffers:
            return "schema"
        except (psycopg.Error, PoolTimeout, PoolClosed, TimeoutError):
            return "database"
        return ""

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.house.open()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.house.close()
                await send({"type": "lifespan.shutdown.complete"})
                return
