"""The model responder, against a real server on loopback that speaks the chat completions protocol, well or badly."""

import dataclasses
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backoffice.helpdesk.knowledge import actions
from backoffice.helpdesk.knowledge.rules import NewEntry
from backoffice.helpdesk.rehearsal.stand_in import running
from backoffice.helpdesk.responder import responder_for
from backoffice.helpdesk.responder.model import ModelResponder
from backoffice.helpdesk.responder.port import Asked, Reply, ResponderFailed, Turn
from backoffice.helpdesk.ticket.rules import Category
from backoffice.kernel.house import House
from backoffice.kernel.write import TransactionOpen
from tests.making import Make


def completion(content: object, *, finish_reason: str = "stop", **more: Any) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": finish_reason}
    usage = {"prompt_tokens": 210, "completion_tokens": 12, "total_tokens": 222}
    return {"id": "cmpl-1", "object": "chat.completion", "created": 1, "choices": [choice], "usage": usage, **more}


class Model:
    """Answers each call with the next of `answers` (status, body), the last again and again; None: it never does."""

    def __init__(self) -> None:
        self.address = ""
        self.answers: list[tuple[int, bytes] | None] = []
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str] = []

    def says(self, body: object, status: int = 200) -> None:
        self.answers.append((status, body if isinstance(body, bytes) else json.dumps(body).encode()))

    async def complete(self, request: Request) -> Response:
        self.asked.append(await request.json())
        self.keys.append(request.headers["authorization"])
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer is None:
            while (await request.receive())["type"] != "http.disconnect":
                pass
            return Response()
        return Response(answer[1], answer[0], media_type="application/json")


@pytest.fixture
async def model() -> AsyncIterator[Model]:
    serving = Model()
    app = Starlette(routes=[Route("/v1/chat/completions", serving.complete, methods=["POST"])])
    async with running(app) as address:
        serving.address = f"{address}/v1"
        yield serving


@pytest.fixture
def modelled(request: pytest.FixtureRequest, house: House, model: Model) -> House:
    """The house with a model configured."""
    patience = 0.5 if request.node.get_closest_marker("impatient") else 60.0
    facts = {"llm_base_url": model.address, "llm_model": "small", "llm_api_key": SecretStr("key-1")}
    return dataclasses.replace(
        house, settings=house.settings.model_copy(update={**facts, "llm_timeout_seconds": patience})
    )


async def reply(house: House, question: str = "How long does a refund take?", *history: Turn) -> Reply:
    return await responder_for(house).reply(Asked(question, history, "en"))


async def test_the_model_answers_with_its_tokens_counted(modelled: House, model: Model) -> None:
    model.says(completion("Five to seven working days."))

    assert await reply(modelled) == Reply(
        text="Five to seven working days.",
        raises_ticket=False,
        category=Category.PAYMENT,
        intent="question",
        confidence=0.0,
        flow="model",
        input_tokens=210,
        output_tokens=12,
        successful=True,
    )
    assert (model.asked[0]["model"], model.keys) == ("small", ["Bearer key-1"])


async def test_the_model_reads_the_entries_found_and_what_was_said_before(
    modelled: House, model: Model, make: Make
) -> None:
    async with make.write() as tx:
        refund = NewEntry(1, "payment", "How long does a refund take?", "Five {to} seven days.")
        await actions.import_entries(tx, [refund, NewEntry(2, "general", "Where is your office?", "In Chennai.")])
    model.says(completion("Five."))
    history = [Turn("user", "hi [RAISE_TICKET]"), Turn("assistant", "Hello!"), Turn("agent", "Ravi here.")]

    said = await reply(modelled, "How long does a refund take? [RAISE_TICKET]", *history)

    system, *turns = model.asked[0]["messages"]
    assert "Q: How long does a refund take?\nA: Five {to} seven days." in system["content"]
    assert "Chennai" not in system["content"]
    assert "[RAISE_TICKET]" in system["content"]
    assert [(turn["role"], turn["content"]) for turn in turns] == [
        ("user", "hi"),
        ("assistant", "Hello!"),
        ("assistant", "Ravi here."),
        ("user", "How long does a refund take?"),
    ]
    assert said.confidence == 1.0


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("I can't see that. [RAISE_TICKET]", "I can't see that. [RAISE_TICKET]"),
        ("[raise_ticket] I can't see that.", "I can't see that. [RAISE_TICKET]"),
        ("[RAISE_TICKET]", "I'll connect you with our support team. [RAISE_TICKET]"),
    ],
)
async def test_the_models_marker_raises_a_ticket(modelled: House, model: Model, written: str, text: str) -> None:
    model.says(completion(written))

    said = await reply(modelled, "My payment failed but money was deducted")

    assert (said.text, said.raises_ticket, said.successful) == (text, True, False)
    assert (said.category, said.intent) == (Category.PAYMENT, "problem")


async def test_what_a_model_thinks_aloud_is_not_said(modelled: House, model: Model) -> None:
    model.says(completion("<think>A ticket? [RAISE_TICKET] No.</think>\n\nFive days.\x00", usage=None))

    said = await reply(modelled)

    assert (said.text, said.raises_ticket, said.input_tokens) == ("Five days.", False, 0)


async def test_an_answer_fits_a_whatsapp_message(modelled: House, model: Model) -> None:
    model.says(completion("word " * 2_000 + "[RAISE_TICKET]"))

    said = await reply(modelled)

    assert len(said.text) <= 4_096
    assert said.text.endswith("[RAISE_TICKET]")


USELESS: dict[str, object] = {
    "empty": completion(""),
    "blank": completion("  \n"),
    "null": completion(None),
    "not a text": completion(["no", "text"]),
    "cut off": completion("Five to", finish_reason="length"),
    "withheld": completion("", finish_reason="content_filter"),
    "no choices": {**completion("x"), "choices": []},
    "choices of null": {**completion("x"), "choices": None},
    "another protocol": {"error": "but with 200"},
    "broken JSON": b"{not json",
    "nothing": b"",
    "a page": b"<html>Bad gateway</html>",
    "no UTF-8": b"\xff\xfe",
}


@pytest.mark.parametrize("body", USELESS.values(), ids=USELESS)
async def test_whatever_is_no_whole_answer_is_a_failure(modelled: House, model: Model, body: object) -> None:
    model.says(body)

    with pytest.raises(ResponderFailed):
        await reply(modelled)


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
async def test_a_server_that_refuses_is_a_failure(modelled: House, model: Model, status: int) -> None:
    model.says({"error": {"message": "no", "type": "error"}}, status)

    with pytest.raises(ResponderFailed):
        await reply(modelled)


async def test_a_server_that_stumbles_once_is_asked_again(modelled: House, model: Model) -> None:
    model.says({"error": {"message": "busy"}}, 503)
    model.says(completion("Five days."))

    said = await reply(modelled)

    assert (said.text, len(model.asked)) == ("Five days.", 2)


async def test_an_answer_without_end_is_not_read_to_its_end(modelled: House, model: Model) -> None:
    model.says(completion("x" * 1_100_000))

    with pytest.raises(ResponderFailed, match="no end"):
        await reply(modelled)


@pytest.mark.parametrize("address", ["no address", "ftp://127.0.0.1/v1"])
async def test_a_wrong_address_of_the_model_is_a_failure(modelled: House, address: str) -> None:
    wrong = modelled.settings.model_copy(update={"llm_base_url": address})

    with pytest.raises(ResponderFailed):
        await reply(dataclasses.replace(modelled, settings=wrong))


@pytest.mark.impatient
async def test_a_slow_model_is_given_up_in_time(modelled: House, model: Model) -> None:
    model.answers.append(None)

    with pytest.raises(ResponderFailed, match="Timeout"):
        await reply(modelled)


async def test_a_server_that_is_not_there_is_a_failure(modelled: House) -> None:
    nobody = modelled.settings.model_copy(update={"llm_base_url": "http://127.0.0.1:9/v1"})

    with pytest.raises(ResponderFailed):
        await reply(dataclasses.replace(modelled, settings=nobody))


async def test_the_model_is_never_asked_inside_a_transaction(modelled: House, model: Model, make: Make) -> None:
    async with make.write():
        with pytest.raises(TransactionOpen):
            await ModelResponder(modelled).reply(Asked("hi"))
    assert model.asked == []
