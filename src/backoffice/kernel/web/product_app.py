"""One product as an ASGI application: its doors behind the gate, and its documentation page, served by us alone.

The page and the documents are there with `API_DOCS` only: they tell strangers what there is to try.
"""

import asyncio
from collections.abc import Iterable
from threading import Lock
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.openapi.utils import get_openapi
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from backoffice import __version__
from backoffice.kernel.house import House
from backoffice.kernel.web.door import Door, Doors
from backoffice.kernel.web.doorway import Doorway
from backoffice.kernel.web.gate import Gate, nothing_here
from backoffice.kernel.web.postman import collection
from backoffice.kernel.web.product import Product

SWAGGER_UI = ("fastapi_swagger", "resources")
"""The package that carries Swagger UI 5, and its folder: it reads OpenAPI 3.1 and asks nobody outside."""
DOCS_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
)
"""The page loads what we serve, and nothing else; its starter is an inline script."""
MADE_ALONE = Lock()
"""FastAPI keeps the fields of models in one memory for all documents: two that are made at once spoil each other."""
READ_HEADERS = ["X-Request-Id", "X-Trace-Id", "Idempotent-Replayed", "Retry-After"]


class ProductApp(FastAPI):
    """A FastAPI application for its documentation; its doors answer by themselves, so no other layer stands between."""

    def __init__(self, product: Product, house: House, *, doors: Iterable[Doors]) -> None:
        super().__init__(
            title=product.title,
            description=product.summary,
            version=__version__,
            openapi_url=None,
            telemetry={"auto_configure": False},
        )
        self.product = product
        self.house = house
        self._making = asyncio.Lock()
        self.router.redirect_slashes = False
        self.router.default = nothing_here
        documentation = self._documentation() if house.settings.api_docs else []
        self.router.routes[:] = [*documentation, *(door for capability in doors for door in capability.made)]
        self._stack = self._behind_gate()

    def _documentation(self) -> list[BaseRoute]:
        return [
            Route("/openapi.json", self._serve_openapi),
            Route("/postman.json", self._serve_collection),
            Route("/docs", self._serve_docs),
            Mount("/docs/files", StaticFiles(packages=[SWAGGER_UI])),
        ]

    @property
    def doors(self) -> list[Door]:
        return [route for route in self.router.routes if isinstance(route, Door)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = self
        await self._stack(scope, receive, send)

    def _behind_gate(self) -> ASGIApp:
        gate = Gate(Doorway(self.doors), otherwise=self.router, product=self.product, house=self.house)
        origins = self.house.settings.cors_origins
        if not origins:
            return gate
        return CORSMiddleware(
            gate, origins, allow_methods=["*"], allow_headers=["*"], expose_headers=READ_HEADERS, max_age=600
        )

    def openapi(self) -> dict[str, Any]:
        with MADE_ALONE:
            if not self.openapi_schema:
                self.openapi_schema = self._described()
            return self.openapi_schema

    def _described(self) -> dict[str, Any]:
        document = get_openapi(
            title=self.title,
            version=self.version,
            description=self.description,
            routes=[door.documented for door in self.doors],
        )
        schemes = document.setdefault("components", {}).setdefault("securitySchemes", {})
        schemes["bearer"] = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
        if self.product.scopes:
            schemes["apiKey"] = {"type": "apiKey", "in": "header", "name": "X-API-Key"}
        for path in document["paths"].values():
            for operation in path.values():
                operation["responses"].pop("422", None)
        for unused in ("HTTPValidationError", "ValidationError"):
            document["components"].get("schemas", {}).pop(unused, None)
        return document

    async def _serve_openapi(self, request: Request) -> Response:
        """Made in a thread, for all who ask meanwhile: the first time it takes seconds, and other doors are served."""
        async with self._making:
            document = await asyncio.to_thread(self.openapi)
        return JSONResponse({**document, "servers": [{"url": request.scope.get("root_path", "") or "/"}]})

    async def _serve_collection(self, request: Request) -> Response:
        """The collection asks where whoever fetched it found us."""
        origin = f"{request.url.scheme}://{request.url.netloc}"
        return JSONResponse(self.postman(f"{origin}{request.scope.get('root_path', '')}"))

    def postman(self, base_url: str) -> dict[str, Any]:
        return collection(self.product, self.doors, base_url=base_url)

    async def _serve_docs(self, request: Request) -> HTMLResponse:
        root = request.scope.get("root_path", "")
        page = get_swagger_ui_html(
            openapi_url=f"{root}/openapi.json",
            title=self.title,
            swagger_js_url=f"{root}/docs/files/swagger-ui-bundle.js",
            swagger_css_url=f"{root}/docs/files/swagger-ui.css",
            swagger_favicon_url=f"{root}/docs/files/favicon-32x32.png",
        )
        page.headers["content-security-policy"] = DOCS_POLICY
        return page
