"""Lines of the log: JSON for who collects them, plain for who watches a terminal, and never a reason to fail."""

import json
import os
import pty
import subprocess
import sys
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

import pytest

from backoffice.kernel.telemetry import as_json

SPEAKING = """
import logging, sys, structlog
from backoffice.kernel.telemetry import start_logging
start_logging(style=sys.argv[1], level="info")
with structlog.contextvars.bound_contextvars(request_id="r-1"):
    structlog.get_logger().info("ours", status=200, token="t-1", who="caf\\u00e9", path="/\\x1b[2J\\u202e\\n")
logging.getLogger("theirs").warning("theirs")
structlog.get_logger().debug("unheard")
"""


def speak(style: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", SPEAKING, style], capture_output=True, check=True)
    return done.stderr.decode().splitlines()


def speak_on_a_terminal(style: str) -> list[str]:
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        with os.fdopen(theirs, "wb") as stderr:
            subprocess.run([sys.executable, "-c", SPEAKING, style], stderr=stderr, check=True)
        return terminal.read(10_000).decode().splitlines()


def test_where_nobody_watches_lines_are_json() -> None:
    ours, theirs = (json.loads(line) for line in speak("auto"))

    assert ours.pop("timestamp").endswith("Z")
    assert ours == {
        "event": "ours",
        "level": "info",
        "path": "/\x1b[2J\u202e\n",
        "request_id": "r-1",
        "status": 200,
        "token": "[hidden]",
        "who": "café",
    }
    assert (theirs["event"], theirs["level"]) == ("theirs", "warning")


def test_on_a_terminal_lines_are_for_people() -> None:
    ours, theirs = speak_on_a_terminal("auto")

    assert "[info" in ours
    assert "request_id=r-1" in ours
    assert "who=café" in ours
    assert r"path=/\x1b[2J\u202e\n" in ours, "a terminal obeys nobody's path"
    assert "theirs" in theirs


def test_a_setting_has_its_way_wherever_lines_go() -> None:
    assert "request_id=r-1" in speak("console")[0]
    assert json.loads(speak_on_a_terminal("json")[0])["request_id"] == "r-1"


@dataclass
class Card:
    holder: str
    number: str = field(repr=False)


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        ("half a character: \ud800", "half a character: \ud800"),
        (2**70, 2**70),
        (Decimal("1.50"), "Decimal('1.50')"),
        (UUID(int=7), str(UUID(int=7))),
        (Card("asha", "4111"), "Card(holder='asha')"),
        ({1: "a number as a name"}, {"1": "a number as a name"}),
        (b"raw", "b'raw'"),
    ],
    ids=["surrogate", "large", "decimal", "uuid", "dataclass", "number", "bytes"],
)
def test_whatever_is_logged_becomes_a_line(odd: object, said: object) -> None:
    assert json.loads(as_json({"event": "odd", "odd": odd})) == {"event": "odd", "odd": said}
