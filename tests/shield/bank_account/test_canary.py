"""Canaries: numbers planted by every path are nowhere in plain: not in the files, the WAL, the logs, the answers."""

import base64
import io
import logging
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog

from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.secrets.rotation import rotate
from backoffice.kernel.telemetry import hide_secrets
from backoffice.shield.bank_account.rules import is_valid_routing
from backoffice.shield.sealed import SEALED
from backoffice.shield.transfer import actions as sending
from backoffice.shield.transfer.actions import BY_SANDBOX
from tests.conftest import superuser
from tests.shield.conftest import AdminOf, Platform
from tests.shield.making import Given
from tests.shield.test_sealed import turned

ROUTINGS = ("314159265", "271828189")
ACCOUNTS = ("70314159265358", "70271828182845", "70161803398874", "70141421356237")
SSN = "917-26-5358"
PLANTED = (*ROUTINGS, *ACCOUNTS, SSN, SSN.replace("-", ""))


class Heard:
    """Every answer body, and every line that was logged."""

    def __init__(self) -> None:
        self.answers: list[bytes] = []
        self.lines = io.StringIO()

    async def hear(self, response: httpx.Response) -> None:
        self.answers.append(await response.aread())

    def listen(self, client: httpx.AsyncClient) -> httpx.AsyncClient:
        client.event_hooks = {"response": [self.hear]}
        return client


@pytest.fixture
def heard() -> Iterator[Heard]:
    """Logs as `serve` writes them, into memory."""
    ears = Heard()
    handler = logging.StreamHandler(ears.lines)
    # The test's own client logs whole addresses, the search's number in them, as a proxy in front of us might.
    handler.addFilter(lambda record: not record.name.startswith("httpx"))
    root, before = logging.getLogger(), structlog.get_config()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    structlog.configure(
        processors=[hide_secrets, structlog.processors.format_exc_info, structlog.processors.JSONRenderer()],
        logger_factory=structlog.WriteLoggerFactory(file=ears.lines),
        cache_logger_on_first_use=False,
    )
    yield ears
    structlog.configure(**before)
    root.removeHandler(handler)
    root.setLevel(level)


def details(place: int) -> dict[str, Any]:
    return {
        "bank_name": "Canary Bank",
        "account_holder_name": "Can Ary",
        "account_type": "savings",
        "account_number": ACCOUNTS[place],
        "routing_number": ROUTINGS[place % 2],
    }


async def sing(given: Given, staff: httpx.AsyncClient, platform: httpx.AsyncClient) -> None:
    """Every path that takes a number, the refused ones too."""
    profile = {"first_name": "Can", "last_name": "Ary", "ssn": SSN}
    made = await platform.post("/v1/platform/members", json={"email": "canary@example.com", "profile": profile})
    member_id = made.json()["data"]["id"]
    own, ours = f"/v1/platform/members/{member_id}/bank-account", f"/v1/admin/users/{member_id}/banking"
    keyed = {"Idempotency-Key": "canary"}
    await platform.put(own, json=details(0), headers=keyed)
    await platform.post(f"{own}/micro-deposits", json={"amounts": [12, 34]}, headers=keyed)
    await platform.post(f"{own}/micro-deposits/confirm", json={"amounts": [12, 34]}, headers=keyed)
    for sent in (details(1), {"routing_number": ROUTINGS[0]}, {"account_number": ACCOUNTS[2]}):
        changed = await staff.patch(ours, json={**sent, "change_reason": "Canary", "skip_verification": True})
        assert changed.status_code == 200, changed.text
    wrong = (
        {"account_number": f"{ACCOUNTS[3]}x"},
        {"routing_number": f"{ROUTINGS[1]}0"},
        {"account_type": ACCOUNTS[3]},
    )
    for sent in wrong:
        assert (await staff.patch(ours, json={**sent, "change_reason": "Canary"})).status_code == 400
        assert (await platform.put(own, json={**details(3), **sent})).status_code == 400
    await platform.patch(f"/v1/platform/members/{member_id}", json={"profile": {"ssn": f"{SSN}x"}})
    await platform.put("/v1/platform/members/user_nobody/bank-account", json=details(3))
    for number in (ACCOUNTS[2], ACCOUNTS[3], f"{ACCOUNTS[3]}x"):
        await staff.post("/v1/admin/banking/search", json={"account_number": number})
    for path in (ours, f"/v1/admin/users/{member_id}", "/v1/admin/users", "/v1/admin/audit-log"):
        assert (await staff.get(path)).status_code == 200
    await _pay(given, member_id)


async def _pay(given: Given, member_id: str) -> None:
    member = await given.member()
    await given.account(member, number=ACCOUNTS[3])
    payout_id = await given.payout(await given.claim(member, status="approved"), 1000)
    async with given.write() as tx:
        attempt = await sending.begin(tx, given.house, payout_id, leaving=BY_SANDBOX)
        assert attempt is not None, member_id
        await sending.take_correction(tx, given.house, attempt, code="C01", corrected=ACCOUNTS[2])


def disguises(number: str) -> Iterator[bytes]:
    """How a number could stand somewhere: as text, in hex, in base64 at each of its three offsets."""
    plain = number.encode()
    yield plain
    yield plain.hex().encode()
    for offset in range(3):
        coded = base64.b64encode(b"\0" * offset + plain)
        yield coded[-(-offset * 8 // 6) : len(coded) - 4]


def files_of(server: EmbeddedServer) -> dict[Path, bytes]:
    """What is in them; the server takes some away while it is looked at."""
    written = {}
    for file in server.folder.root.rglob("*"):
        with suppress(FileNotFoundError):
            if file.is_file() and not file.is_socket():
                written[file] = file.read_bytes()
    return written


def found_in(text: bytes, place: str) -> list[str]:
    return [f"{number} in {place}" for number in PLANTED for one in disguises(number) if one in text]


async def test_planted_numbers_are_found_nowhere(
    given: Given, admin_of: AdminOf, platform: Platform, heard: Heard, clean: EmbeddedServer
) -> None:
    assert all(is_valid_routing(number) for number in ROUTINGS)
    staff = heard.listen(await admin_of("super_admin"))
    await sing(given, staff, heard.listen(await platform("members:write", "banking:submit")))
    house = turned(given.house)[0]
    await rotate(house.database, house.keys, columns=SEALED, progress=lambda _: None)
    with superuser(clean) as connection:
        connection.execute("CHECKPOINT")

    written = files_of(clean)

    assert any(b"Canary Bank" in text for file, text in written.items() if "base" in file.parts)
    assert any(b"Canary Bank" in text for file, text in written.items() if "pg_wal" in file.parts)
    assert b"Canary Bank" in b"".join(heard.answers)
    assert "/banking" in heard.lines.getvalue()
    assert [wrong for file, text in written.items() for wrong in found_in(text, str(file))] == []
    assert [wrong for answer in heard.answers for wrong in found_in(answer, "an answer")] == []
    assert found_in(heard.lines.getvalue().encode(), "the logs") == []
