"""Bodies that are meant to harm: nested without end, in other encodings, of numbers nobody can mean, or never ending.

Sent to every door that takes one. What a door makes of a body that is only wrong is in test_doors.py.
"""

import asyncio
import gzip
import itertools
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from backoffice.application import front
from backoffice.kernel.house import House
from backoffice.kernel.web.front import Front
from backoffice.kernel.web.inputs import STRANGERS_BYTES
from backoffice.settings import Settings
from tests.walls.knocking import Knock, Proofs, answers, knocks, unlike

TAKING = [one for one in [*knocks(), *knocks(public=True)] if one.has_body]
WITH_JSON = [one for one in TAKING if "json" in one.sent]
HARMFUL = {
    "lists in lists": b"[" * 10_000,
    "objects in objects": b'{"a":' * 3_000,
    "closed lists in lists": b'{"a":' + b"[" * 1_000 + b"]" * 1_000 + b"}",
    "UTF-16": json.dumps({"a": "b"}).encode("utf-16"),
    "UTF-32": json.dumps({"a": "b"}).encode("utf-32"),
    "a mark before it": b"\xef\xbb\xbf{}",
    "half a character": b'{"a": "\xe2\x82"}',
    "a surrogate in bytes": b'{"a": "\xed\xa0\x80"}',
    "an overlong slash": b'{"a": "\xc0\xaf"}',
    "not a number": b'{"a": NaN}',
    "without end": b'{"a": Infinity}',
    "a number of many digits": b'{"a": ' + b"9" * 10_000 + b"}",
    "a great exponent": b'{"a": 1e999999999}',
    "a small exponent": b'{"a": 1e-999999999}',
    "one name twice": b'{"a": 1, "a": 2}',
    "one name twice, once escaped": b'{"a": 1, "\\u0061": 2}',
    "two objects": b"{}{}",
    "a comment": b"{/* */}",
    "a comma too many": b'{"a": 1,}',
    "packed": gzip.compress(b"{}"),
    "a thousand names": b"{%s}" % b",".join(b'"%d":1' % number for number in range(1_100)),
}
AS_JSON = {"content-type": "application/json"}


EACH = 4
"""So many of them each door is sent, the next door the next ones: one reader reads for all."""


async def test_no_door_stumbles_over_a_harmful_body(application: Front, proofs: Proofs) -> None:
    kinds = itertools.cycle(HARMFUL)
    for _ in range(EACH):
        sent = {one.name: next(kinds) for one in WITH_JSON}
        found = await answers(application, WITH_JSON, proofs, sent=lambda one, sent=sent: packed(sent[one.name]))

        assert set(sent.values()) == set(HARMFUL)
        assert [(sent[one.name], said) for one, said in refused_otherwise(found)] == []


def packed(kind: str) -> dict[str, Any]:
    return {"content": HARMFUL[kind], "headers": AS_JSON}


def refused_otherwise(found: list[tuple[Knock, httpx.Response]]) -> list[tuple[Knock, list[str]]]:
    return [(one, said) for one, answer in found if (said := unlike([(one, answer)], 400))]


async def test_a_stranger_is_let_say_no_more_than_a_name_and_a_password(application: Front, house: House) -> None:
    asked = [one for one in WITH_JSON if one.door.lock.public is not None]
    long = {"content": b"{%s}" % (b" " * STRANGERS_BYTES), "headers": AS_JSON}

    assert asked
    assert unlike(await answers(application, asked, sent=lambda one: long), 413) == []


@pytest.fixture
async def hasty(settings: Settings) -> AsyncIterator[Front]:
    """The same house without patience."""
    application = front(settings.model_copy(update={"body_patience_seconds": 0.002}))
    await application.house.open()
    yield application
    await application.house.close()


async def test_no_door_waits_for_a_body_that_stops_coming(hasty: Front, proofs: Proofs) -> None:
    found = await answers(hasty, TAKING, proofs, sent=lambda one: {"content": half(), "headers": kind_of(one)})

    assert unlike(found, 408) == []
    assert {answer.headers["Connection"] for _, answer in found} == {"close"}


async def half() -> AsyncIterator[bytes]:
    yield b"{"
    await asyncio.Event().wait()


def kind_of(one: Knock) -> dict[str, str]:
    return {"content-type": "multipart/form-data; boundary=x"} if "files" in one.sent else AS_JSON


async def test_who_leaves_in_the_middle_of_a_body_breaks_nothing(
    application: Front, house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    for one in [one for one in TAKING if one.door.lock.public is not None]:
        assert await left_at(application, one) == 400, one.name
    assert "request failed" not in capsys.readouterr().out


async def left_at(application: Front, one: Knock) -> int:
    """The status that nobody is there to read any more."""
    told: list[Any] = []
    coming = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])

    async def receive() -> dict[str, Any]:
        return next(coming)

    async def send(message: Any) -> None:
        told.append(message)

    scope = {"type": "http", "method": one.method, "path": one.url, "raw_path": one.url.encode(), "query_string": b""}
    where = {"scheme": "http", "server": ("house.test", 80), "client": ("127.0.0.1", 1), "http_version": "1.1"}
    headers = [(name.encode(), value.encode()) for name, value in kind_of(one).items()]
    await application({**scope, **where, "headers": headers, "asgi": {"version": "3.0"}}, receive, send)
    return int(told[0]["status"])
