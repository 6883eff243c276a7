"""Requests made up from the OpenAPI document, right ones and wrong ones: every answer is one that it names."""

import asyncio
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from backoffice.application import described
from tests.contract.conftest import Asking, Known

CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]
ALWAYS = {"400", "401", "403", "405", "413", "415", "429", "500", "503"}
HEALTH = "/api/v1/admin/system/health"
"""Where nobody works on what waits it answers 503, in a shape of its own."""
OWN_SHAPES = {HEALTH: ["#/components/schemas/Success_HealthOut_"]}
OURS = ("authorization", "x-api-key", "content-length")
EXAMPLES = 100 if effort.get_current_profile_name() == "long" else 12
"""Requests for each door."""
PATIENCE_SECONDS = 300
READ = "GET"
IN_ITS_OWN_THREAD = "ignore:Do not use the `random` module inside strategies"
"""That is where the house draws."""


class Door(NamedTuple):
    """An operation that is documented, by what it is called."""

    product: str
    method: str
    path: str


def doors() -> list[Door]:
    """Of every product. Documents are made by who asks them."""
    return [
        Door(product, method, door.path_format)
        for product, app in described().items()
        for door in app.doors
        for method in sorted(door.methods or ())
    ]


WRITES = [door for door in doors() if door.method != READ]


@cache
def documented(product: str) -> Any:
    return schemathesis.openapi.from_dict(described()[product].openapi())


@pytest.mark.filterwarnings(IN_ITS_OWN_THREAD)
@pytest.mark.parametrize("door", WRITES, ids=" ".join)
async def test_whatever_is_sent_the_answer_is_a_documented_one(door: Door, asking: Asking) -> None:
    client_of, known = await asking(door.product, door.path)

    await try_out(door, client_of(door.path), known)


@pytest.mark.filterwarnings(IN_ITS_OWN_THREAD)
@pytest.mark.parametrize("product", described())
async def test_whatever_is_asked_for_the_answer_is_a_documented_one(product: str, asking: Asking) -> None:
    """In one house: who reads leaves it as it was."""
    reads = [door for door in doors() if (door.product, door.method) == (product, READ)]
    client_of, known = await asking(product, *(door.path for door in reads))

    for door in reads:
        await try_out(door, client_of(door.path), known)


async def try_out(door: Door, client: httpx.AsyncClient, known: Known) -> None:
    loop = asyncio.get_running_loop()

    def send(case: Any) -> httpx.Response:
        asked = client.request(**as_request(case, f"http://desk.test/{door.product}"))
        answer: httpx.Response = asyncio.run_coroutine_threadsafe(asked, loop).result(PATIENCE_SECONDS)
        return answer

    await asyncio.to_thread(tried(documented(door.product)[door.path][door.method], known, send))


def tried(operation: Any, known: Known, send: Callable[[Any], httpx.Response]) -> Callable[[], None]:
    """The property: right and wrong requests, to ids that exist and to others."""
    right, wrong = (
        operation.as_strategy(generation_mode=mode) for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    )
    requested = st.one_of(right, right, wrong) if is_parametrized(operation) else right

    @effort(
        max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(case=requested, data=st.data())
    def answers_as_documented(case: Any, data: st.DataObject) -> None:
        for part in ("path_parameters", "body"):
            sent = getattr(case, part)
            for name in known.keys() & sent if isinstance(sent, dict) else ():
                if data.draw(st.sampled_from((True, True, True, False))):
                    sent = {**sent, name: data.draw(st.sampled_from(known[name]))}  # it may be the document's example
            setattr(case, part, sent)
        case.validate_response(send(case), checks=CHECKS if operation.path == HEALTH else [not_a_server_error, *CHECKS])

    return answers_as_documented


def is_parametrized(operation: Any) -> bool:
    """Whether there is anything that a request could get wrong."""
    return bool(operation.body or operation.path_parameters or operation.query or operation.headers)


def as_request(case: Any, base_url: str) -> dict[str, Any]:
    """The very bytes that schemathesis would send, but for its made-up token: the client has a real one."""
    prepared = requests.Request(**case.as_transport_kwargs(base_url=base_url)).prepare()
    headers = {name: value for name, value in prepared.headers.items() if name.lower() not in OURS}
    return {"method": prepared.method, "url": prepared.url, "headers": headers, "content": prepared.body or b""}


def shapes_of(answer: Any) -> set[str]:
    schema = answer["content"]["application/json"]["schema"]
    return {one["$ref"] for one in schema.get("anyOf", [schema])}


def test_every_operation_documents_what_any_door_may_refuse_in_its_products_shape() -> None:
    lacking = []
    for app in described().values():
        document = app.openapi()
        shape = f"#/components/schemas/{app.product.error_model.__name__}"
        for path, item in document["paths"].items():
            for method, operation in item.items():
                answers = operation["responses"]
                refusals = {status: answer for status, answer in answers.items() if status >= "400"}
                shapes = {one for answer in refusals.values() for one in shapes_of(answer)}
                if shapes != {shape, *OWN_SHAPES.get(path, ())} or not set(refusals) >= ALWAYS or "422" in answers:
                    lacking.append(f"{method.upper()} {path}: {sorted(answers)} {sorted(shapes)}")
    assert lacking == []


BATCHES = ("customers", "vendors", "services", "bookings", "payments", "reviews")


def test_an_upload_is_documented_as_a_multipart_form_with_its_fields() -> None:
    fields: dict[str, set[str]] = {}
    for app in described().values():
        document = app.openapi()
        for door in app.doors:
            if door.lock.inputs.upload:
                [(media_type, body)] = document["paths"][door.path_format]["post"]["requestBody"]["content"].items()
                assert media_type == "multipart/form-data", door.path_format
                form = document["components"]["schemas"][body["schema"]["$ref"].rpartition("/")[2]]
                fields[door.path_format] = {
                    f"{name}{'' if name in form['required'] else '?'}" for name in form["properties"]
                }

    assert fields == {
        "/api/v1/rag/import-csv": {"file"},
        "/api/v1/testing-mode/whitelist/upload": {"file", "label?"},
        "/api/v1/broadcast/upload-and-send": {"file", "message"},
        "/v1/platform/claims/{claim_id}/documents": {"file", "type"},
        **{f"/api/v1/platform/{kind}/batch": {"file", "all_or_nothing?"} for kind in BATCHES},
        "/api/v1/platform/disputes/{dispute_id}/evidence": {"file", "sender", "description?"},
        "/api/v1/platform/takedown-requests/{request_id}/evidence": {"file", "description?"},
    }


def test_what_a_document_says_is_sent_when_nothing_is_may_be_sent() -> None:
    """The documentation page fills its forms with it."""
    refused = []
    for app in described().values():
        for path, item in app.openapi()["paths"].items():
            for operation in item.values():
                for parameter in operation.get("parameters", ()):
                    shown = parameter["schema"]
                    if isinstance(shown.get("default"), int) and shown["default"] < shown.get("minimum", 0):
                        refused.append(f"{path}: {parameter['name']}")
    assert refused == []
