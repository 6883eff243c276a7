"""A small Graph API on this machine, for demo and tests: checks messages as Meta does, records them, reports back.

    python -m backoffice.helpdesk.rehearsal.stand_in --port 8900 --folder var/whatsapp --webhook http://127.0.0.1:8000/...

What it recorded is at /stand-in/sent; /stand-in/faults makes it misbehave, /stand-in/media takes what customers attach.
"""

import asyncio
import hashlib
import re
import secrets
import socket
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import httpx
import orjson
import typer
from granian.constants import Interfaces
from granian.server.embed import Server
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from backoffice.helpdesk.rehearsal.simulator import delivery, new_message_id, signed
from backoffice.helpdesk.rehearsal.stand_in_rules import GraphError, check_message
from backoffice.helpdesk.whatsapp.payload import DeliveryState

Json = dict[str, Any]

DECLINED = {
    "refuse": (400, 131026, "Message undeliverable"),
    "throttle": (429, 130429, "Rate limit hit"),
    "error_500": (500, 131000, "Something went wrong"),
}
FAULTS = ("none", *DECLINED, "proxy_page", "hang", "drop_after_send")
REMEMBERED = 100_000
RETRY_SECONDS = (0.2, 0.5, 1, 2, 5, 10, 30, 60)


class StandIn:
    """What the stand-in remembers, and the doors that change it."""

    def __init__(self, folder: Path | None, *, webhook: str | None, secret: str) -> None:
        self.record = folder / "sent.jsonl" if folder else None
        self.webhook, self.secret = webhook, secret
        self.sent: deque[Json] = deque(maxlen=REMEMBERED)
        self.media: dict[str, tuple[bytes, str]] = {}
        self.fault, self.faults_left = "none", 0
        self.reports: set[asyncio.Task[None]] = set()
        self.client = httpx.AsyncClient(timeout=httpx.Timeout(10, pool=None), limits=httpx.Limits(max_connections=8))

    async def accept_message(self, request: Request) -> Response:
        must_be_signed_in(request)
        fault = self._take_fault()
        if fault in DECLINED:
            status, code, message = DECLINED[fault]
            raise GraphError(code, message, status=status)
        if fault == "proxy_page":
            return Response("<h1>Not Found</h1>", status_code=404, media_type="text/html")
        if fault == "hang":
            await _caller_gone(request)
            return Response()
        body = await _json_object(request)
        wa_id = check_message(body)
        message_id = new_message_id(wa_id)
        self._remember(body, wa_id=wa_id, message_id=message_id)
        if fault == "drop_after_send":
            return StreamingResponse(_half_an_answer(), headers={"content-length": "200"})
        contacts = [{"input": body.get("to") or wa_id, "wa_id": wa_id}]
        return JSONResponse({"messaging_product": "whatsapp", "contacts": contacts, "messages": [{"id": message_id}]})

    async def describe_media(self, request: Request) -> Response:
        must_be_signed_in(request)
        media_id = request.path_params["media_id"]
        content, mime = self._find_media(media_id)
        answer = {
            "url": str(request.url_for("media", media_id=media_id)),
            "mime_type": mime,
            "sha256": hashlib.sha256(content).hexdigest(),
            "file_size": len(content),
            "id": media_id,
            "messaging_product": "whatsapp",
        }
        return JSONResponse(answer)

    async def download_media(self, request: Request) -> Response:
        must_be_signed_in(request)
        content, mime = self._find_media(request.path_params["media_id"])
        return Response(content, media_type=mime)

    async def upload_media(self, request: Request) -> Response:
        """The body becomes a file that a customer attached; its content type is kept."""
        media_id = str(10**15 + secrets.randbelow(10**15))
        mime = request.headers.get("content-type", "application/octet-stream")
        self.media[media_id] = (await request.body(), mime)
        return JSONResponse({"id": media_id})

    async def list_sent(self, request: Request) -> Response:
        """Everything accepted, oldest first; `to` and `tracker` narrow it down."""
        to = re.sub(r"[+ ()-]", "", request.query_params.get("to", ""))
        tracker = request.query_params.get("tracker")
        sent = [one for one in self.sent if to in ("", one["to"]) and tracker in (None, one["tracker"])]
        return JSONResponse({"sent": sent})

    async def inject_fault(self, request: Request) -> Response:
        """The next `count` messages (1 unless said, 0 ends it) meet the fault named by `next`."""
        body = await _json_object(request)
        fault, count = body.get("next"), body.get("count", 1)
        if fault not in FAULTS or not isinstance(count, int):
            raise GraphError(100, "Invalid parameter", details=f"next is one of {', '.join(FAULTS)}")
        self.fault, self.faults_left = fault, count
        return JSONResponse({"next": fault, "count": count})

    @asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        yield
        for report in self.reports:
            report.cancel()
        await self.client.aclose()

    def _take_fault(self) -> str:
        if self.faults_left <= 0:
            return "none"
        self.faults_left -= 1
        return self.fault

    def _find_media(self, media_id: str) -> tuple[bytes, str]:
        if media_id not in self.media:
            raise GraphError(100, f"Unsupported get request. Object with ID '{media_id}' does not exist")
        return self.media[media_id]

    def _remember(self, body: Json, *, wa_id: str, message_id: str) -> None:
        tracker = body.get("biz_opaque_callback_data")
        accepted_at = datetime.now(UTC).isoformat()
        sent = {"id": message_id, "to": wa_id, "tracker": tracker, "accepted_at": accepted_at, "message": body}
        self.sent.append(sent)
        if self.record is not None:
            with self.record.open("ab") as lines:
                lines.write(orjson.dumps(sent) + b"\n")
        if self.webhook is not None:
            report = asyncio.create_task(self._report(self.webhook, sent))
            self.reports.add(report)
            report.add_done_callback(self.reports.discard)

    async def _report(self, webhook: str, sent: Json) -> None:
        """Tell the webhook `sent`, then `delivered`; like Meta, again and again until it answers with success."""
        for state in (DeliveryState.SENT, DeliveryState.DELIVERED):
            body = delivery(sent["id"], state, phone=sent["to"], tracker=sent["tracker"])
            raw, headers = signed(body, self.secret)
            for pause in RETRY_SECONDS:
                with suppress(httpx.HTTPError):
                    if (await self.client.post(webhook, content=raw, headers=headers)).is_success:
                        break
                await asyncio.sleep(pause)


def must_be_signed_in(request: Request) -> None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or not token.strip():
        raise GraphError(190, "Invalid OAuth access token - Cannot parse access token", status=401)


def graph_stand_in(folder: Path | None = None, *, webhook: str | None = None, secret: str = "") -> Starlette:
    """The app: records into `folder` when given one, reports to `webhook`, signed with `secret`, when given one."""
    if folder is not None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    here = StandIn(folder, webhook=webhook, secret=secret)
    routes = [
        Route("/stand-in/media", here.upload_media, methods=["POST"]),
        Route("/stand-in/media/{media_id}", here.download_media, name="media"),
        Route("/stand-in/sent", here.list_sent),
        Route("/stand-in/faults", here.inject_fault, methods=["POST"]),
        Route("/v{version:float}/{phone_id}/messages", here.accept_message, methods=["POST"]),
        Route("/v{version:float}/{media_id}", here.describe_media),
    ]
    return Starlette(routes=routes, lifespan=here.lifespan, exception_handlers={GraphError: _tell})


async def _tell(request: Request, error: Exception) -> Response:
    if not isinstance(error, GraphError):
        raise error
    return JSONResponse({"error": error.body}, status_code=error.status)


async def _json_object(request: Request) -> Json:
    try:
        body = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        raise GraphError(100, "Invalid parameter", details="The body is not a JSON object")
    return body


async def _caller_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _half_an_answer() -> AsyncIterator[bytes]:
    """Shorter than its announced length, so that the server has to break the connection."""
    yield b'{"messaging_product":"whatsapp",'


@asynccontextmanager
async def running(app: Starlette, *, port: int = 0) -> AsyncIterator[str]:
    """Serve the app in this process, on a free port unless given one; gives its base address once it answers."""
    port = _free_port(port)
    server = Server(app, port=port, interface=Interfaces.ASGI, websockets=False, log_enabled=False)
    serving = asyncio.ensure_future(server.serve())
    while not serving.done() and not await _answers(port):
        await asyncio.wait({serving}, timeout=0.01)
    if serving.done():
        raise OSError(f"nothing can be served on port {port}") from serving.exception()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop()  # type: ignore[no-untyped-call]
        await serving


def _free_port(wanted: int) -> int:
    """Granian would share a port with another Granian without a word; this raises OSError when it is taken."""
    with socket.create_server(("127.0.0.1", wanted)) as probe:
        return int(probe.getsockname()[1])


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


def serve(
    port: Annotated[int, typer.Option()],
    *,
    folder: Path | None = None,
    webhook: str | None = None,
    secret: Annotated[str, typer.Option(envvar="WHATSAPP_APP_SECRET")] = "",
) -> None:
    """Run the stand-in until it is interrupted."""

    async def until_interrupted() -> None:
        async with running(graph_stand_in(folder, webhook=webhook, secret=secret), port=port) as address:
            typer.echo(f"WhatsApp stand-in at {address}")
            await asyncio.Event().wait()

    with suppress(KeyboardInterrupt):
        asyncio.run(until_interrupted())


if __name__ == "__main__":
    typer.run(serve)
