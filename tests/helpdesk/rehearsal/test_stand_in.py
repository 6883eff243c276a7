"""The Graph API stand-in: it refuses what Meta refuses, records what it accepts, and reports back signed."""

import asyncio
import subprocess
import sys

import httpx
import orjson
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backoffice.helpdesk.rehearsal import simulator
from backoffice.helpdesk.rehearsal.stand_in import graph_stand_in, running
from backoffice.helpdesk.whatsapp.payload import DeliveryState, parse
from backoffice.helpdesk.whatsapp.signature import HEADER, is_genuine

MESSAGES = f"/v26.0/{simulator.BUSINESS_PHONE_ID}/messages"
TOKEN = {"Authorization": "Bearer token"}
HELLO = {"messaging_product": "whatsapp", "to": "919876543210", "type": "text", "text": {"body": "Hello"}}


def with_buttons(*replies):
    buttons = [{"type": "reply", "reply": reply} for reply in replies]
    interactive = {"type": "button", "body": {"text": "Well?"}, "action": {"buttons": buttons}}
    return {**HELLO, "type": "interactive", "interactive": interactive}


def with_template(name, *variables):
    body = {"type": "body", "parameters": [{"type": "text", "text": variable} for variable in variables]}
    template = {"name": name, "language": {"code": "en"}, "components": [body]}
    return {**HELLO, "type": "template", "template": template}


class Webhook:
    """An endpoint that refuses the first `deaf` bodies and keeps all later ones with their signatures."""

    def __init__(self, *, deaf=0):
        self.deaf = deaf
        self.received = asyncio.Queue()
        self.app = Starlette(routes=[Route("/hook", self.receive, methods=["POST"])])

    async def receive(self, request: Request) -> Response:
        if self.deaf > 0:
            self.deaf -= 1
            return Response(status_code=503)
        self.received.put_nowait((await request.body(), request.headers[HEADER]))
        return Response()


@pytest.fixture
async def client(tmp_path):
    app = graph_stand_in(tmp_path)
    async with running(app) as address, httpx.AsyncClient(base_url=address, headers=TOKEN) as client:
        yield client


async def test_an_accepted_message_is_answered_as_meta_answers(client):
    answer = await client.post(MESSAGES, json={**HELLO, "to": "+91 98765 43210"})

    body = answer.json()
    assert answer.status_code == 200
    assert body["messaging_product"] == "whatsapp"
    assert body["contacts"] == [{"input": "+91 98765 43210", "wa_id": "919876543210"}]
    assert body["messages"][0]["id"].startswith("wamid.HBgM")


async def test_accepted_messages_are_kept_in_memory_and_in_the_folder(client, tmp_path):
    await client.post(MESSAGES, json={**HELLO, "biz_opaque_callback_data": "intent-1"})
    await client.post(MESSAGES, json={**HELLO, "to": "15550001111"})

    sent = (await client.get("/stand-in/sent", params={"to": "+919876543210"})).json()["sent"]
    lines = [orjson.loads(line) for line in (tmp_path / "sent.jsonl").read_bytes().splitlines()]
    assert [one["tracker"] for one in sent] == ["intent-1"]
    assert [line["to"] for line in lines] == ["919876543210", "15550001111"]
    assert lines[0] == sent[0]


async def test_sent_messages_can_be_found_by_their_tracker(client):
    await client.post(MESSAGES, json={**HELLO, "biz_opaque_callback_data": "intent-1"})
    await client.post(MESSAGES, json={**HELLO, "biz_opaque_callback_data": "intent-2"})

    sent = (await client.get("/stand-in/sent", params={"tracker": "intent-2"})).json()["sent"]

    assert [one["tracker"] for one in sent] == ["intent-2"]


@pytest.mark.parametrize("headers", [{"Authorization": ""}, {"Authorization": "Bearer"}, {"Authorization": "Basic x"}])
async def test_a_message_without_a_token_is_refused(client, headers):
    answer = await client.post(MESSAGES, json=HELLO, headers=headers)

    assert (answer.status_code, answer.json()["error"]["code"]) == (401, 190)


@pytest.mark.parametrize(
    ("message", "status", "code"),
    [
        ([], 400, 100),
        ({**HELLO, "messaging_product": "sms"}, 400, 100),
        ({**HELLO, "to": None}, 400, 100),
        ({**HELLO, "to": "0091 98765 43210"}, 400, 100),
        ({**HELLO, "to": "hello"}, 400, 100),
        ({**HELLO, "type": "telegram"}, 400, 100),
        ({**HELLO, "type": ["text"]}, 400, 100),
        ({**HELLO, "text": None}, 400, 131008),
        ({**HELLO, "text": {"body": ""}}, 400, 100),
        ({**HELLO, "text": {"body": "x" * 4097}}, 400, 100),
        ({**HELLO, "biz_opaque_callback_data": "t" * 513}, 400, 100),
        (with_buttons(), 400, 131009),
        (with_buttons({"id": "a", "title": "x" * 21}), 400, 131009),
        (with_buttons({"id": "a", "title": "Yes"}, {"id": "b", "title": "Yes"}), 400, 131009),
        (with_buttons(*({"id": str(n), "title": str(n)} for n in range(4))), 400, 131009),
        (with_template("no_such_template"), 404, 132001),
        (with_template("support_message"), 400, 132000),
    ],
)
async def test_what_meta_would_refuse_is_refused_and_not_recorded(client, message, status, code):
    answer = await client.post(MESSAGES, json=message)

    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["type"]) == (status, code, "OAuthException")
    assert (await client.get("/stand-in/sent")).json()["sent"] == []


async def test_an_unknown_fault_is_refused(client):
    assert (await client.post("/stand-in/faults", json={"next": "melt"})).status_code == 400


async def test_a_fault_can_be_taken_back(client):
    await client.post("/stand-in/faults", json={"next": "refuse", "count": 5})
    await client.post("/stand-in/faults", json={"next": "refuse", "count": 0})

    assert (await client.post(MESSAGES, json=HELLO)).status_code == 200


async def test_media_needs_the_token_too(client):
    media_id = (await client.post("/stand-in/media", content=b"jpeg")).json()["id"]
    described = (await client.get(f"/v26.0/{media_id}")).json()

    assert described["file_size"] == 4
    assert (await client.get(described["url"])).content == b"jpeg"
    assert (await client.get(described["url"], headers={"Authorization": ""})).status_code == 401


@pytest.mark.parametrize("fault", ["none", "drop_after_send"])
async def test_an_accepted_message_is_reported_sent_and_delivered_and_signed(fault):
    webhook = Webhook(deaf=1)
    async with running(webhook.app) as hook:
        app = graph_stand_in(webhook=f"{hook}/hook", secret="app-secret")
        async with running(app) as address, httpx.AsyncClient(base_url=address, headers=TOKEN) as client:
            await client.post("/stand-in/faults", json={"next": fault})
            try:
                await client.post(MESSAGES, json={**HELLO, "biz_opaque_callback_data": "intent-1"})
            except httpx.RemoteProtocolError:
                assert fault == "drop_after_send"
            [sent] = (await client.get("/stand-in/sent")).json()["sent"]
            reports = [await asyncio.wait_for(webhook.received.get(), 60) for _ in range(2)]

    statuses = [status for raw, _ in reports for status in parse(orjson.loads(raw)).statuses]
    assert all(is_genuine("app-secret", raw, header=header) for raw, header in reports)
    assert [status.status for status in statuses] == [DeliveryState.SENT, DeliveryState.DELIVERED]
    assert {(status.wa_message_id, status.tracker) for status in statuses} == {(sent["id"], "intent-1")}


async def test_a_simulated_message_arrives_signed_and_readable():
    webhook = Webhook()
    async with running(webhook.app) as hook:
        body = simulator.payload("+919876543210", simulator.text("My payment failed"))
        answer = await simulator.post(f"{hook}/hook", body, secret="app-secret")
        raw, header = webhook.received.get_nowait()

    assert answer.status_code == 200
    assert is_genuine("app-secret", raw, header=header)
    assert parse(orjson.loads(raw)).messages[0].text == "My payment failed"


async def test_a_port_in_use_is_said_and_not_shared():
    async with running(graph_stand_in()) as address:
        with pytest.raises(OSError, match="in use"):
            async with running(graph_stand_in(), port=int(address.rpartition(":")[2])):
                pass


async def test_it_runs_as_a_program_of_its_own(tmp_path):
    command = [sys.executable, "-m", "backoffice.helpdesk.rehearsal.stand_in", "--port", "0", "--folder", str(tmp_path)]
    program = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    try:
        line = (await asyncio.wait_for(program.stdout.readline(), 60)).decode()
        async with httpx.AsyncClient(base_url=line.rpartition(" ")[2].strip(), headers=TOKEN) as client:
            assert (await client.post(MESSAGES, json=HELLO)).status_code == 200
    finally:
        program.send_signal(2)

    assert await asyncio.wait_for(program.wait(), 60) == 0
    assert len((tmp_path / "sent.jsonl").read_bytes().splitlines()) == 1
