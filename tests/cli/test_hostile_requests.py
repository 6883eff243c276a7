"""What strangers send to a server that was really started, below all that our own code sees: bytes on a connection.

Each is answered or closed within seconds, none breaks anything, and the log stays one line of JSON for each request.
"""

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.serving import Serving

PATIENCE_SECONDS = 0.5
LOGIN = b"POST /helpdesk/api/v1/auth/login HTTP/1.1\r\nHost: desk\r\nContent-Type: application/json\r\n"
CHUNKED = LOGIN + b"Transfer-Encoding: chunked\r\n\r\n"
PING = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "a" * 24}
CLOSED = 0
"""No answer at all."""


def asked(target: bytes, *lines: bytes, method: bytes = b"GET") -> bytes:
    return b"\r\n".join((method + b" " + target + b" HTTP/1.1", b"Host: desk", *lines, b"", b""))


HOSTILE = {
    "half a body": (LOGIN + b"Content-Length: 1000\r\n\r\n{", 408),
    "half a chunk": (CHUNKED + b"a\r\n{", 408),
    "a chunk of no size": (CHUNKED + b"ZZ\r\n{}\r\n0\r\n\r\n", 400),
    "a chunk of all sizes": (CHUNKED + b"ffffffffffffffffff\r\n{}", 400),
    "a chunk with a novel beside it": (CHUNKED + b"1;" + b"a" * 100_000 + b"\r\n{\r\n0\r\n\r\n", 400),
    "a length and chunks": (
        LOGIN + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        400,
    ),
    "two lengths": (LOGIN + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x", 400),
    "a length below nothing": (LOGIN + b"Content-Length: -1\r\n\r\n{}", 400),
    "a length beyond numbers": (LOGIN + b"Content-Length: 99999999999999999999999\r\n\r\n{}", 400),
    "a length of terabytes": (LOGIN + b"Content-Length: 9999999999999\r\n\r\n{}", 413),
    "chunks, and not": (LOGIN + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", 400),
    "NUL in a header": (asked(b"/readyz", b"X-A: a\0b"), 400),
    "a header on two lines": (asked(b"/readyz", b"X-A: a", b" b"), 400),
    "a header without end": (asked(b"/readyz", b"X-A: " + b"a" * 1_000_000), 431),
    "headers without end": (asked(b"/readyz", *[b"X-A: a"] * 10_000), 431),
    "a path without end": (asked(b"/helpdesk/" + b"a" * 70_000), 414),
    "a line's end in a path": (asked(b"/helpdesk/a%0d%0aX-Evil:%20b"), 404),
    "a terminal's orders in a path": (asked(b"/helpdesk/%1b[2J%9b31m"), 404),
    "NUL in a path": (asked(b"/helpdesk/%00"), 404),
    "no UTF-8 in a path": (asked(b"/helpdesk/%ff%c0%af"), 404),
    "up and up": (asked(b"/helpdesk/..%2f..%2f..%2fetc%2fpasswd"), 404),
    "another host in the path": (asked(b"//evil.example/"), 404),
    "another host altogether": (asked(b"http://evil.example/helpdesk/api/v1/auth/me"), 401),
    "a websocket": (asked(b"/helpdesk/api/v1/auth/me", *(f"{k}: {v}".encode() for k, v in PING.items())), 401),
    "a method of its own": (asked(b"/helpdesk/api/v1/auth/me", method=b"A" * 5_000), 405),
    "a tunnel": (asked(b"/helpdesk/api/v1/auth/me", method=b"CONNECT"), 405),
    "HTTP/0.9": (b"GET /readyz\r\n\r\n", 400),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", CLOSED),
    "TLS": (b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" + b"a" * 500, 400),
}


@pytest.fixture
def serving(database_settings: dict[str, str], tmp_path: Path) -> Iterator[Serving]:
    patience = {"BODY_PATIENCE_SECONDS": str(PATIENCE_SECONDS), "LOG_FORMAT": "json"}
    one = Serving(tmp_path, **database_settings, **patience)
    yield one
    one.end()


def answer_of(port: int, raw: bytes) -> bytes:
    """All that comes back, until the other side closes or says nothing more."""
    got = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        try:
            connection.sendall(raw)
            while chunk := connection.recv(65_536):
                got += chunk
                connection.settimeout(0.1)
        except (TimeoutError, ConnectionError):
            pass
    return got


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/") else CLOSED


def test_whatever_bytes_come_the_server_answers_and_goes_on(serving: Serving) -> None:
    serving.answering()
    found = {}
    for name, (raw, _) in HOSTILE.items():
        begun = time.monotonic()
        found[name] = answer_of(serving.port, raw)
        assert time.monotonic() - begun < PATIENCE_SECONDS + 5, name
    for raw in (LOGIN + b"Content-Length: 1000\r\n\r\n{", CHUNKED + b"a\r\n{"):
        with socket.create_connection(("127.0.0.1", serving.port)) as connection:
            connection.sendall(raw)
    alive = serving.is_alive()
    serving.end()

    assert {name: status_of(one) for name, one in found.items()} == {
        name: status for name, (_, status) in HOSTILE.items()
    }
    assert alive
    unread = ("half a body", "half a chunk", "a length of terabytes")
    assert [name for name in unread if b"\r\nconnection: close" not in found[name].lower()] == []
    assert [name for name, one in found.items() if b"x-evil" in one.split(b"\r\n\r\n")[0].lower()] == []
    told = [json.loads(line) for line in serving.log.read_bytes().splitlines()]
    lines = [line for line in told if line["event"] != "serving"]
    assert {line["event"] for line in lines} == {"request"}
    assert [line for line in lines if line["status"] >= 500] == []
