"""What staff note for themselves, what is another customer's, and addresses that are to be masked: told nowhere.

The doors are walked as they are declared: one that is new is looked at like the others.
"""

import asyncio
import itertools
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import given as generated
from hypothesis import settings as effort
from hypothesis import strategies as st
from pydantic import SecretStr

from backoffice.application import described
from backoffice.kernel.house import House
from backoffice.kernel.notify.jobs import send_notification
from backoffice.kernel.web.door import Door
from backoffice.kernel.webhooks import actions as webhooks
from backoffice.marketplace.permissions import BOOK, EVERYTHING
from backoffice.marketplace.permissions import Market as May
from backoffice.marketplace.product import MARKETPLACE
from backoffice.settings import Settings
from tests.marketplace.conftest import StaffOf
from tests.marketplace.dispute.acting import BODIES, WAITING
from tests.marketplace.making import Given, Path
from tests.marketplace.market import SECRET, Market
from tests.marketplace.money import run_in
from tests.marketplace.privacy.conftest import make_whole

INSIDE, OTHERS = "Canaryinside", "Canaryother"
DOORS = {
    f"{method} {door.path_format}": door for door in described()["marketplace"].doors for method in door.methods or ()
}
EXAMPLES = described()["marketplace"].product.examples
INTERNAL = {"notes", "admin_notes", "internal_notes", "reason"}
"""Fields in which staff write for each other."""
TOLD = re.compile(r"/(suspend|ban|payments/{payment_id}/refund|takedown-requests/{request_id}/resolve)$")
"""Where a reason is what customer or vendor is told."""
OUTBOXES = ("mailbox", "outbox-sms", "outbox-push")
ADDRESS = re.compile(r"asha\d+@example\.com|98765\d{5}")
"""How the customers of these tests are reached."""
ASKED = ({"q": "asha1@example.com", "search": "asha"}, {"q": "+919876540001", "page_size": "100"})
A_PERIOD = {"from": "2025-11-01", "to": "2025-11-30"}
NAMED = re.compile(r"{(\w+)}")
PATIENCE_SECONDS = 600
COUNT = itertools.count(1)


def inner_fields(name: str, door: Door) -> set[str]:
    """Fields of a staff door's body that nobody outside is to read."""
    if "/admin/" not in name or not door.lock.inputs.body:
        return set()
    fields = INTERNAL & set(getattr(door.lock.inputs.body[1], "model_fields", ()))
    return fields - {"reason"} if TOLD.search(name) else fields


WRITTEN = {name: fields for name, door in DOORS.items() if (fields := inner_fields(name, door))}
READ = [name for name, door in DOORS.items() if name.startswith("GET ") and door.lock.scope]
ANSWERED = [name for name, door in DOORS.items() if door.lock.scope and "{" in name and "request" in EXAMPLES[name]]
SHOWN = [name for name, door in DOORS.items() if name.startswith("GET /api/v1/admin/") and door.lock.permission]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"sandbox_gateway_webhook_secret": SecretStr(SECRET)})


@pytest.fixture
async def market(given: Given, path: Path, staff_of: StaffOf) -> AsyncIterator[Market]:
    async with given.write() as tx:
        await webhooks.add_endpoint(tx, given.house.keys, "https://app.example/hooks", events=MARKETPLACE.events)
    yield Market(given, path, await staff_of())


class Case:
    """A customer about whom staff write, and all that anybody outside is told of it."""

    def __init__(self, market: Market, known: dict[str, list[Any]]) -> None:
        self.market, self.known = market, known
        self.ids = {name: found[0] for name, found in known.items()}
        self.told: list[str] = []

    def body(self, name: str, **fields: Any) -> dict[str, Any]:
        example: dict[str, Any] = EXAMPLES[name].get("request", {})
        about = {field: self.ids[field] for field in example if field in self.ids}
        about |= {field: 500 for field in example if field.endswith("amount_cents")}
        new = {"external_id": f"canary {next(COUNT)}"} if "external_id" in example else {}
        return {**example, **about, **new, **fields}

    async def write(self, name: str) -> bool:
        """Staff do what this door does, with words for each other, to the first thing that can be done to.

        Whether it was done: a refusal is an answer.
        """
        method, path = name.split()
        for place in places(path, self.known):
            secret = f"{INSIDE} {next(COUNT)}"
            body = self.body(name, **dict.fromkeys(WRITTEN[name], secret))
            answer = await self.market.staff.request(method, place, json=body, headers={"Idempotency-Key": secret})
            assert answer.status_code < 500, answer.text
            if answer.is_success:
                return True
        return False

    async def look(self) -> None:
        """At each door of the platform, at each message and webhook, at the customer's own record."""
        platform = self.market.path.platform
        for place in [place for name in READ for place in places(name.split()[1], self.known)[:1]]:
            answer = await platform.get(place)
            assert answer.status_code == 200, answer.text
            self.told.append(answer.text)
        for name in ANSWERED:
            method, path = name.split()
            for place in places(path, self.known)[:1]:
                self.told.append((await platform.request(method, place, json=self.body(name))).text)
        record = await self.market.staff.get(f"/api/v1/admin/users/{self.ids['user_id']}/record")
        self.told += [record.text, str(await self.market.given.value(BODIES)), *await sent(self.market.given.house)]


def places(path: str, known: dict[str, list[Any]]) -> list[str]:
    """The addresses behind a path, one for each thing that is there."""
    names = NAMED.findall(path)
    found = itertools.product(*(known.get(name, []) for name in names))
    return [path.format(**dict(zip(names, ids, strict=True))) for ids in found]


async def sent(house: House) -> list[str]:
    """Every message that left since the last look, by any channel."""
    async with house.database.read() as db:
        waiting = await db.find_value(list, WAITING)
    for notice_id in waiting or []:
        await send_notification(run_in(house), notice_id=str(notice_id))
    folders = [house.settings.data_folder / name for name in OUTBOXES]
    files = [file for folder in folders if folder.exists() for file in folder.iterdir()]
    told = [file.read_text() for file in files]
    for file in files:
        file.unlink()
    return told


async def test_no_word_of_staff_and_nothing_of_anybody_else_is_told_outside(market: Market) -> None:
    await make_whole(market.path, market.given, name=OTHERS)
    await sent(market.given.house)
    done: set[str] = set()
    loop = asyncio.get_running_loop()

    async def run(acts: list[str]) -> None:
        known = await market.known(" ".join(DOORS))
        case = Case(market, known)
        for act in acts:
            if await case.write(act):
                done.add(act)
        await case.look()
        assert [text for text in case.told if INSIDE.lower() in text.lower()] == []
        assert [text for text in case.told if OTHERS.lower() in text.lower()] == []
        assert any("Asha Rao" in text for text in case.told), "what is the customer's own is told"

    @effort(
        max_examples=5,
        phases=[Phase.generate],
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @generated(st.permutations(sorted(WRITTEN)))
    def stays_inside(acts: list[str]) -> None:
        asyncio.run_coroutine_threadsafe(run(acts), loop).result(PATIENCE_SECONDS)

    await asyncio.to_thread(stays_inside)
    assert done == set(WRITTEN), "each took words in some walk"


async def test_there_is_something_behind_each_name_that_an_address_may_say(market: Market) -> None:
    addresses = " ".join(DOORS)
    known = await market.known(addresses)

    assert set(NAMED.findall(addresses)) - {name for name, ids in known.items() if ids} == set()


async def test_whoever_may_not_see_addresses_sees_none_at_any_door(market: Market, staff_of: StaffOf) -> None:
    known = await market.known(" ".join(DOORS))
    everything = [str(one) for one in BOOK.known if one not in (May.USERS_VIEW_PII, EVERYTHING)]
    made = await market.staff.post("/api/v1/admin/roles", json={"name": "Almost all", "permissions": everything})
    assert made.status_code == 201, made.text
    almost, boss = await staff_of(made.json()["data"]["id"]), market.staff

    shown, hidden = await seen_by(boss, known), await seen_by(almost, known)

    assert [name for name, text in hidden.items() if ADDRESS.search(text)] == []
    assert len([name for name, text in shown.items() if ADDRESS.search(text)]) >= 5, "others see them"
    assert set(shown) - set(hidden) == {
        "GET /api/v1/admin/users/{user_id}/record",
        "GET /api/v1/admin/gateway-events/{event_id}/body",
    }


async def seen_by(staff: httpx.AsyncClient, known: dict[str, list[Any]]) -> dict[str, str]:
    """What each door shows them, by its name; those that refuse them are left out."""
    seen = {}
    for name in SHOWN:
        for place, asked in itertools.product(places(name.split()[1], known), ASKED):
            answer = await staff.get(place, params={**A_PERIOD, **asked})
            assert answer.status_code in (200, 403, 404), f"{place}: {answer.text}"
            if answer.status_code == 200:
                seen[name] = seen.get(name, "") + answer.text
    return seen
