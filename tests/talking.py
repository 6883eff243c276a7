"""A customer on WhatsApp, for tests: their phone, WhatsApp's own server, a model to ask, and a worker between them.

Fixtures for the conftest.py of whichever folder tests the conversation; all of it speaks real HTTP over loopback.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
import procrastinate
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

import backoffice.helpdesk.jobs
import backoffice.helpdesk.responder.model
from backoffice.helpdesk.rehearsal.simulator import button_reply, delivery, new_message_id, payload, signed, text
from backoffice.helpdesk.rehearsal.stand_in import graph_stand_in, running
from backoffice.helpdesk.whatsapp.account import close_graph
from backoffice.helpdesk.whatsapp.payload import DeliveryState
from backoffice.kernel.actor import Context, system
from backoffice.kernel.house import House
from backoffice.kernel.jobs.queue import JobRun
from backoffice.kernel.jobs.worker import queue_pool
from backoffice.kernel.lanes import queue
from backoffice.settings import Settings

ASHA = "+919876543210"
WEBHOOK = "/api/v1/whatsapp/webhook"
NEEDED = (backoffice.helpdesk.jobs, backoffice.helpdesk.responder.model)
"""The worker's jobs, and the model's client, which takes longer to import than a test waits for an answer."""


@dataclass
class Model:
    """A server that speaks the chat completions protocol and says what a test wants, in turn; then the last again."""

    says: list[str] = field(default_factory=lambda: ["I can help with that."])
    status: int = 200
    is_slow: bool = False
    usage: Any = field(default_factory=lambda: {"prompt_tokens": 40, "completion_tokens": 2, "total_tokens": 42})
    raw: bytes | None = None
    before_answering: Callable[[], Awaitable[None]] | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)
    address: str = ""

    async def complete(self, request: Request) -> Response:
        self.asked.append(await request.json())
        if self.is_slow:
            while (await request.receive())["type"] != "http.disconnect":
                pass
        if self.before_answering:
            await self.before_answering()
        if self.status != 200:
            return JSONResponse({"error": {"message": "overloaded", "type": "server_error"}}, self.status)
        if self.raw is not None:
            return Response(self.raw, media_type="application/json")
        content = self.says.pop(0) if len(self.says) > 1 else self.says[0]
        message = {"role": "assistant", "content": content}
        return JSONResponse(
            {
                "id": "chatcmpl-1",
                "object": "chat.completion",
                "created": 1_700_000_000,
                "model": "tests",
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                "usage": self.usage,
            }
        )


class Talk:
    """What happens on the customer's phone, and what the worker makes of it."""

    def __init__(self, house: House, client: httpx.AsyncClient, graph: str) -> None:
        self.house = house
        self.client = client
        self.graph = httpx.AsyncClient(base_url=f"{graph}/stand-in", verify=False)  # noqa: S501 - plain HTTP

    async def post(self, body: dict[str, Any], *, secret: str = "app-secret") -> httpx.Response:
        raw, headers = signed(body, secret)
        return await self.client.post(WEBHOOK, content=raw, headers=headers)

    async def writes(
        self, content: str | dict[str, Any], *, phone: str = ASHA, message_id: str = "", sent_at: datetime | None = None
    ) -> str:
        """The customer sends words (or other content), and the worker does what follows. Returns the message id."""
        message_id = message_id or new_message_id(phone[1:])
        content = text(content) if isinstance(content, str) else content
        answer = await self.post(payload(phone, content, message_id=message_id, sent_at=sent_at))
        assert answer.status_code == 200, answer.text
        await self.work()
        return message_id

    async def presses(self, title: str, *, phone: str = ASHA) -> str:
        """The customer presses the button of this title under the newest question."""
        asked = [one for one in await self.received(phone) if one["type"] == "interactive"][-1]
        replies = [button["reply"] for button in asked["interactive"]["action"]["buttons"]]
        [button_id] = [reply["id"] for reply in replies if reply["title"] == title]
        return await self.writes(button_reply(button_id, title), phone=phone)

    async def work(self, *, at_once: int = 1) -> None:
        """Run a worker until it finds nothing to begin."""
        with queue.replace_connector(procrastinate.PsycopgConnector()):
            async with queue_pool(self.house.settings) as pool, queue.open_async(pool):
                await queue.run_worker_async(
                    wait=False,
                    concurrency=at_once,
                    listen_notify=False,
                    install_signal_handlers=False,
                    delete_jobs=procrastinate.jobs.DeleteJobCondition.SUCCESSFUL,
                    additional_context={"house": self.house},
                )

    def run(self, attempt: int = 0) -> JobRun:
        """For calling a job by itself."""
        return JobRun(self.house, system("helpdesk", "tests"), Context(request_id="job-0"), attempt)

    async def sent(self, phone: str = ASHA) -> list[dict[str, Any]]:
        """What WhatsApp accepted for this number, oldest first, with id and tracker."""
        return (await self.graph.get("/sent", params={"to": phone})).json()["sent"]  # type: ignore[no-any-return]

    async def received(self, phone: str = ASHA) -> list[dict[str, Any]]:
        """The messages themselves."""
        return [{"type": "text", **one["message"]} for one in await self.sent(phone)]

    async def read(self, phone: str = ASHA) -> list[str]:
        """The words on the customer's screen, oldest first."""
        return [words_of(message) for message in await self.received(phone)]

    async def breaks(self, fault: str, *, count: int = 1) -> None:
        """WhatsApp's next messages meet this fault."""
        await self.graph.post("/faults", json={"next": fault, "count": count})

    async def reports(self, state: str, sent: dict[str, Any], **facts: Any) -> None:
        """WhatsApp tells how far a message came."""
        body = delivery(sent["id"], DeliveryState(state), phone=sent["to"], tracker=sent["tracker"], **facts)
        assert (await self.post(body)).status_code == 200

    async def rows(self, sql: Any, **params: Any) -> list[tuple[Any, ...]]:
        async with self.house.database.read() as db:
            return await (await db.connection.execute(sql, params)).fetchall()

    async def change(self, sql: Any, **params: Any) -> None:
        """Put something into the past."""
        async with self.house.database.write(system("helpdesk", "tests")) as tx:
            tx.record("made", "for a test")
            await tx.run(sql, **params)

    async def statuses(self) -> list[str]:
        return [row[0] for row in await self.rows("SELECT status FROM helpdesk.outbound ORDER BY id")]


def wide(words: str) -> str:
    """As some keyboards write them: each letter as broad as it is high."""
    return "".join("\u3000" if letter == " " else chr(ord(letter) + 0xFEE0) for letter in words)


def words_of(message: dict[str, Any]) -> str:
    match message["type"]:
        case "interactive":
            return message["interactive"]["body"]["text"]  # type: ignore[no-any-return]
        case "template":
            return message["template"]["components"][0]["parameters"][0]["text"]  # type: ignore[no-any-return]
        case _:
            return message["text"]["body"]  # type: ignore[no-any-return]


@pytest.fixture
async def stand_in() -> AsyncIterator[str]:
    """WhatsApp's Graph API."""
    async with running(graph_stand_in()) as address:
        yield address


@pytest.fixture
async def model() -> AsyncIterator[Model]:
    """An OpenAI-compatible server."""
    model = Model()
    app = Starlette(routes=[Route("/v1/chat/completions", model.complete, methods=["POST"])])
    async with running(app) as model.address:
        yield model


@pytest.fixture
def settings(request: pytest.FixtureRequest, settings: Settings, stand_in: str, model: Model) -> Settings:
    patience = 0.5 if request.node.get_closest_marker("impatient") else 60.0
    changes = {
        "whatsapp_graph_url": stand_in,
        "whatsapp_timeout_seconds": patience,
        "whatsapp_template": "support_message",
        "llm_base_url": f"{model.address}/v1",
        "llm_model": "tests",
        "llm_api_key": SecretStr("model-key"),
        "llm_timeout_seconds": patience,
    }
    return settings.model_copy(update=changes)


@pytest.fixture
async def talk(house: House, visitor: httpx.AsyncClient, stand_in: str) -> AsyncIterator[Talk]:
    talk = Talk(house, visitor, stand_in)
    yield talk
    await talk.graph.aclose()
    await close_graph(house.settings)
    await asyncio.sleep(0)
