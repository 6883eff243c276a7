"""Clients of a product that a test opens; all are closed after it."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TypeVar

import httpx

from backoffice.kernel.web.front import Front

C = TypeVar("C", bound=httpx.AsyncClient)


@dataclass(frozen=True)
class Clients:
    application: Front
    base_url: str
    stack: AsyncExitStack

    async def open(self, kind: type[C], **headers: str) -> C:
        """`X_API_Key` is the header X-API-Key."""
        transport = httpx.ASGITransport(self.application, raise_app_exceptions=False)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.stack.enter_async_context(kind(transport=transport, base_url=self.base_url, headers=sent))
