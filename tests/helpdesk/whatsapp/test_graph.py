"""Calling the Graph API: against the stand-in over loopback, as it behaves and as it misbehaves."""

import socket

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from backoffice.helpdesk.rehearsal.simulator import BUSINESS_PHONE_ID
from backoffice.helpdesk.rehearsal.stand_in import graph_stand_in, running
from backoffice.helpdesk.whatsapp.graph import (
    Graph,
    GraphRefused,
    GraphUnavailable,
    GraphUncertain,
)
from backoffice.helpdesk.whatsapp.payload import Button

ASHA = "+919876543210"


@pytest.fixture
async def address():
    async with running(graph_stand_in()) as address:
        yield address


@pytest.fixture
async def graph(request, address):
    patience = 0.5 if request.node.get_closest_marker("impatient") else 60
    graph = Graph(BUSINESS_PHONE_ID, "token", address=address, timeout_seconds=patience)
    yield graph
    await graph.aclose()


@pytest.fixture
async def stand_in(address):
    async with httpx.AsyncClient(base_url=f"{address}/stand-in") as client:
        yield client


async def list_sent(stand_in):
    return (await stand_in.get("/sent")).json()["sent"]


async def test_a_text_is_sent_with_its_tracker(graph, stand_in):
    message_id = await graph.send_text(ASHA, "We are looking into it", tracker="intent-1")

    [sent] = await list_sent(stand_in)
    assert (sent["id"], sent["to"], sent["tracker"]) == (message_id, "919876543210", "intent-1")
    assert sent["message"]["text"]["body"] == "We are looking into it"


async def test_buttons_are_sent_in_their_order(graph, stand_in):
    buttons = [Button("raise:yes", "Yes"), Button("raise:no", "No")]

    await graph.send_buttons(ASHA, "Shall we raise a ticket?", buttons=buttons, tracker="intent-2")

    [sent] = await list_sent(stand_in)
    replies = [button["reply"] for button in sent["message"]["interactive"]["action"]["buttons"]]
    assert replies == [{"id": "raise:yes", "title": "Yes"}, {"id": "raise:no", "title": "No"}]
    assert sent["tracker"] == "intent-2"


async def test_a_template_is_sent_with_its_variables(graph, stand_in):
    message_id = await graph.send_template(
        ASHA, "support_message", language="en", variables=["We are back"], tracker="intent-3"
    )

    [sent] = await list_sent(stand_in)
    assert sent["id"] == message_id
    assert sent["message"]["template"]["language"] == {"code": "en"}
    assert sent["message"]["template"]["components"][0]["parameters"] == [{"type": "text", "text": "We are back"}]


async def test_a_tracker_of_512_characters_survives(graph, stand_in):
    await graph.send_text(ASHA, "Hello", tracker="t" * 512)

    [sent] = await list_sent(stand_in)
    assert sent["tracker"] == "t" * 512


async def test_a_longer_tracker_is_never_sent(graph, stand_in):
    with pytest.raises(ValueError, match="512"):
        await graph.send_text(ASHA, "Hello", tracker="t" * 513)

    assert await list_sent(stand_in) == []


async def test_media_is_downloaded_with_its_type(graph, stand_in):
    headers = {"Content-Type": "audio/ogg; codecs=opus"}
    uploaded = await stand_in.post("/media", content=b"OggS" * 50_000, headers=headers)

    media = await graph.download_media(uploaded.json()["id"])

    assert (media.content, media.mime) == (b"OggS" * 50_000, "audio/ogg; codecs=opus")


async def test_media_larger_than_allowed_is_refused(address, stand_in):
    media_id = (await stand_in.post("/media", content=b"x" * 1001)).json()["id"]
    graph = Graph(BUSINESS_PHONE_ID, "token", address=address, largest_media_bytes=1000)

    with pytest.raises(GraphRefused, match="larger than 1000 bytes"):
        await graph.download_media(media_id)

    await graph.aclose()


@pytest.mark.parametrize(("status", "failure"), [(404, GraphRefused), (503, GraphUncertain)])
async def test_media_whose_address_fails_says_whether_another_try_helps(status, failure):
    async def describe(request: Request) -> JSONResponse:
        url = str(request.url_for("file"))
        return JSONResponse({"id": "9", "url": url, "mime_type": "image/jpeg", "sha256": "", "file_size": 3})

    async def fail(request: Request) -> Response:
        return Response(status_code=status)

    app = Starlette(routes=[Route("/file", fail, name="file"), Route("/{version}/9", describe)])
    async with running(app) as address:
        graph = Graph(BUSINESS_PHONE_ID, "token", address=address)
        with pytest.raises(failure):
            await graph.download_media("9")
        await graph.aclose()


async def test_media_that_is_not_there_is_refused(graph):
    with pytest.raises(GraphRefused) as refusal:
        await graph.download_media("1234567890")

    assert refusal.value.code == 100


async def test_a_declined_message_is_refused_with_its_code_and_not_sent(graph, stand_in):
    await stand_in.post("/faults", json={"next": "refuse"})

    with pytest.raises(GraphRefused) as refusal:
        await graph.send_text(ASHA, "Hello", tracker="intent-4")

    assert (refusal.value.code, refusal.value.title) == (131026, "Message undeliverable")
    assert not refusal.value.throttled
    assert await list_sent(stand_in) == []


async def test_a_throttled_message_is_refused_and_may_pass_later(graph, stand_in):
    await stand_in.post("/faults", json={"next": "throttle"})

    with pytest.raises(GraphRefused) as refusal:
        await graph.send_text(ASHA, "Hello", tracker="intent-5")

    assert refusal.value.throttled
    assert await graph.send_text(ASHA, "Hello", tracker="intent-5")


async def test_an_unknown_template_is_refused(graph):
    with pytest.raises(GraphRefused) as refusal:
        await graph.send_template(ASHA, "no_such_template", language="en", tracker="intent-6")

    assert refusal.value.code == 132001


async def test_a_language_whatsapp_does_not_know_is_refused(graph):
    with pytest.raises(GraphRefused) as refusal:
        await graph.send_template(ASHA, "hello_world", language="tlh", tracker="intent-7")

    assert refusal.value.code == 132001


@pytest.mark.parametrize(
    ("fault", "times_sent"),
    [pytest.param("hang", 0, marks=pytest.mark.impatient), ("drop_after_send", 1), ("error_500", 0)],
)
async def test_without_a_clear_answer_it_is_uncertain_whether_it_was_sent(graph, stand_in, fault, times_sent):
    await stand_in.post("/faults", json={"next": fault})

    with pytest.raises(GraphUncertain):
        await graph.send_text(ASHA, "Hello", tracker="intent-8")

    assert len(await list_sent(stand_in)) == times_sent


async def test_a_page_of_something_in_between_is_uncertain(graph, stand_in):
    await stand_in.post("/faults", json={"next": "proxy_page"})

    with pytest.raises(GraphUncertain):
        await graph.send_text(ASHA, "Hello", tracker="intent-9")


async def test_a_server_that_is_not_there_is_unavailable():
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port = reserved.getsockname()[1]
    graph = Graph(BUSINESS_PHONE_ID, "token", address=f"http://127.0.0.1:{port}")

    with pytest.raises(GraphUnavailable):
        await graph.send_text(ASHA, "Hello", tracker="intent-10")

    await graph.aclose()


async def test_a_token_no_header_can_carry_sends_nothing(address, stand_in):
    graph = Graph(BUSINESS_PHONE_ID, "token\n", address=address)

    with pytest.raises(GraphUnavailable):
        await graph.send_text(ASHA, "Hello", tracker="intent-12")

    assert await list_sent(stand_in) == []
    await graph.aclose()


def test_without_a_token_there_is_no_graph():
    with pytest.raises(ValueError, match="token"):
        Graph(BUSINESS_PHONE_ID, "")


async def test_after_a_failure_the_next_message_passes(graph, stand_in):
    await stand_in.post("/faults", json={"next": "drop_after_send", "count": 2})
    for _ in range(2):
        with pytest.raises(GraphUncertain):
            await graph.send_text(ASHA, "Hello", tracker="intent-11")

    assert await graph.send_text(ASHA, "Hello", tracker="intent-11")
