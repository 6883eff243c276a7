"""What staff note among themselves leaves through no answer of the platform, no message, no webhook."""

import asyncio
import dataclasses
import inspect
import itertools
from typing import Any, get_args, get_type_hints

import httpx
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as generated
from hypothesis import strategies as st

from backoffice.application import described
from backoffice.kernel.house import House
from backoffice.marketplace.dispute import notices, outside
from backoffice.marketplace.dispute.jobs import escalate_disputes
from backoffice.marketplace.dispute.told import EvidenceRow, MessageRow, ToldRow
from tests.marketplace.conftest import Platform
from tests.marketplace.dispute.acting import BODIES, Desk, clock, mails, pass_time
from tests.marketplace.dispute.conftest import DeskOf
from tests.marketplace.making import Given, Path

CANARY = "canary"
INSIDE = ("note", "note with attachment", "assign", "admin notes")
ALOUD = ("say", "look into", "resolve", "reject", "message", "response", "evidence", "late")
ACTS = st.lists(st.sampled_from([*INSIDE, *ALOUD]), min_size=3, max_size=9)
PATIENCE_SECONDS = 600
COUNT = itertools.count(1)


class Case:
    """One dispute, the people about it, and all that was ever told of it outside."""

    def __init__(self, given: Given, dispute: dict[str, Any], desks: list[Desk], platform: httpx.AsyncClient) -> None:
        self.given, self.dispute, self.desks, self.platform = given, dispute, desks, platform
        self.url = f"/api/v1/platform/disputes/{dispute['id']}"
        self.told: list[str] = []

    async def do(self, act: str) -> None:
        """One act; what the platform is answered is kept. A refusal is an answer."""
        number, desk = next(COUNT), self.desks[next(COUNT) % len(self.desks)]
        secret = f"{CANARY} {number}"
        ways: dict[str, Any] = {
            "note": lambda: desk.say(self.dispute, secret),
            "note with attachment": lambda: desk.say(
                self.dispute, secret, is_internal=True, attachments=[f"https://{CANARY}.example/{number}"]
            ),
            "assign": lambda: desk.assign(self.dispute, self.desks[number % 2].id, notes=secret),
            "admin notes": lambda: desk.change(self.dispute, admin_notes=secret),
            "say": lambda: desk.say(self.dispute, f"Aloud {number}", is_internal=False),
            "look into": lambda: desk.change(self.dispute, status="in_progress", admin_notes=secret),
            "resolve": lambda: desk.change(
                self.dispute, status="resolved", resolution_type="service_redo", admin_notes=secret
            ),
            "reject": lambda: desk.change(self.dispute, status="rejected", admin_notes=secret),
            "late": self.late,
        }
        await (ways[act]() if act in ways else self.ask(act, number))

    async def ask(self, act: str, number: int) -> None:
        sent: dict[str, Any] = {
            "message": {"json": {"external_id": f"said {number}", "sender": "user", "message": f"Said {number}"}},
            "response": {"json": {"response": f"Answer {number}"}},
            "evidence": {"files": {"file": ("a.pdf", b"%PDF-" + bytes([number % 250]))}, "data": {"sender": "user"}},
        }[act]
        path = {"message": "messages", "response": "vendor-response", "evidence": "evidence"}[act]
        self.told.append((await self.platform.post(f"{self.url}/{path}", **sent)).text)

    async def late(self) -> None:
        await pass_time(self.given, self.dispute, hours=49)
        await escalate_disputes(clock(self.given.house))

    async def look(self) -> None:
        """Everything else that is told: each door that the platform reads at, every message, every webhook."""
        for path in readable(self.dispute):
            answer = await self.platform.get(path)
            assert answer.status_code == 200, answer.text
            self.told.append(answer.text)
        self.told += [text for _, text in await mails(self.given)]
        self.told.append(str(await self.given.value(BODIES)))


def readable(dispute: dict[str, Any]) -> list[str]:
    """Every address at which the platform may read something about this dispute."""
    ids = {"dispute_id": dispute["id"], "user_id": dispute["user_id"], "booking_id": dispute["booking_id"]}
    doors = [one for one in described()["marketplace"].doors if one.lock.scope and "GET" in (one.methods or ())]
    return [one.path_format.format(**ids) for one in doors if one.lock.inputs.path.keys() <= ids.keys()]


@pytest.mark.usefixtures("listening")
async def test_whatever_is_done_no_note_of_staff_is_told_outside(
    house: House, given: Given, path: Path, desk_of: DeskOf, platform: Platform
) -> None:
    desks, client, loop = (
        [await desk_of(), await desk_of("support_agent")],
        await platform(),
        asyncio.get_running_loop(),
    )
    seen: set[str] = set()

    async def run(acts: list[str]) -> None:
        customer, booking, _ = await path.done()
        opened = await path.dispute(customer, booking)
        case = Case(given, {**opened, "user_id": customer["id"], "booking_id": booking["id"]}, desks, client)
        for act in acts:
            await case.do(act)
        await case.look()
        assert not [text for text in case.told if CANARY in text.lower()]
        seen.update(one for text in case.told for one in ("Aloud", "Said", "Answer", "service_redo") if one in text)

    @settings(max_examples=15, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @generated(ACTS)
    def stays_inside(acts: list[str]) -> None:
        asyncio.run_coroutine_threadsafe(run(acts), loop).result(PATIENCE_SECONDS)

    await asyncio.to_thread(stays_inside)
    assert seen == {"Aloud", "Said", "Answer", "service_redo"}, "what is said aloud is told"
    assert await given.value("SELECT count(*) FROM marketplace.dispute_note") > 0


@pytest.mark.parametrize("row", [ToldRow, MessageRow, EvidenceRow])
def test_a_row_that_is_told_outside_has_no_place_for_a_note(row: type) -> None:
    names = {one.name for one in dataclasses.fields(row)}

    assert not [name for name in names if "note" in name or "internal" in name]


def test_what_is_told_is_made_of_those_rows_alone() -> None:
    told = {"ToldRow", "MessageRow", "EvidenceRow", "PartiesRow", "Happened", "PersonRow"}
    rows = {
        kind.__name__
        for module in (notices, outside)
        for _, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__
        for hint in get_type_hints(function).values()
        for kind in (hint, *get_args(hint))
        if inspect.isclass(kind) and (kind.__name__.endswith("Row") or kind is notices.Happened)
    }

    assert rows <= told
    assert {"ToldRow", "MessageRow", "EvidenceRow"} <= rows
