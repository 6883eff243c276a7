"""What requests leave to the garbage collector, whose work stops the whole process: next to nothing, at any door."""

import gc
from typing import Any

import httpx

from backoffice.kernel.web.front import Front
from tests.walls.conftest import People
from tests.walls.knocking import knocks

TIMES = 5
"""How often each door is asked; what one request leaves is divided by it."""
UNAUTHENTICATED = 401


async def ask(application: Front, request: httpx.Request) -> int:
    """The status of the answer. A client would leave objects of its own."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "method": request.method,
        "path": request.url.path,
        "root_path": "",
        "query_string": request.url.query,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": ("127.0.0.1", 1),
    }
    status = 0

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": request.content, "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status
        status = message.get("status", status)

    await application(scope, receive, send)
    return status


async def left_by(application: Front, request: httpx.Request, statuses: set[int]) -> float:
    """Objects that one request leaves."""
    gc.collect()
    gc.disable()
    try:
        statuses |= {await ask(application, request) for _ in range(TIMES)}
        return gc.collect() / TIMES
    finally:
        gc.enable()


async def test_requests_at_every_door_leave_nothing_to_the_collector(application: Front, people: People) -> None:
    client = httpx.AsyncClient(base_url="http://house.test")
    proofs = await people.proofs()
    doors = sorted([*knocks(), *knocks(public=True)], key=lambda knock: "/auth/" in knock.url)  # some end the session
    left: dict[str, float] = {}
    statuses: set[int] = set()
    gc.collect()
    gc.freeze()  # what the house itself is made of is not walked for each door
    for knock in doors:
        request = client.build_request(knock.method, knock.url, headers=proofs.get(knock.asks, {}), **knock.sent)
        request.read()
        await ask(application, request)
        left[knock.name] = await left_by(application, request, statuses)
        if left[knock.name] >= 1:  # the pool may have had a new connection meanwhile; a door that leaves does it again
            left[knock.name] = await left_by(application, request, statuses)
    gc.unfreeze()

    assert {200, 400, 401, 403, 404} <= statuses, statuses
    assert {name: objects for name, objects in left.items() if objects >= 1} == {}
