"""Staff, the platform, jobs, banks and time walk a member's payouts at once, at random: never a cent too much."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import given as generated

from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.errors import Refusal
from backoffice.kernel.gateways.nacha import MODIFIERS
from backoffice.kernel.house import House
from backoffice.shield.bank_record import intake
from backoffice.shield.clearing import actions as clearing
from backoffice.shield.member.store import lock_member
from backoffice.shield.payout.rules import TRANSITIONS, RailName
from backoffice.shield.transfer import actions as sending
from backoffice.shield.transfer import jobs
from tests.shield.clearing.test_clearing import returned
from tests.shield.conftest import AdminOf, Platform
from tests.shield.making import AdminClient, Claim, Given, Member
from tests.shield.paying import AT_ONCE, all_files, come_due, run_in
from tests.shield.payout.schedules import SCHEDULES, STAFF, Step
from tests.shield.payout.witness import TRIES, find_broken, find_unexplained, witnessed

PATIENCE_SECONDS = 600
NUMBERS = ["000987654321", "000123455678", "000123450002"]
BANK = {
    "bank_name": "Second Bank",
    "account_holder_name": "John Doe",
    "account_type": "savings",
    "routing_number": "021000021",
}
LEAVING = ["fraud", "user_requested"]
CLAIMS = 2
Thing = dict[str, Any]
PAYOUTS = """
SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'status', status) ORDER BY id), '[]'::jsonb)
  FROM shield.payout WHERE member_id = %(member_id)s
"""
PAYERS, HANDLERS = {"finance", "super_admin"}, {"claims_handler", "super_admin"}
ABLE = {
    **dict.fromkeys(["create", "cancel", "retry", "mark_completed"], PAYERS),
    **dict.fromkeys(["approve", "withdraw", "leave", "come_back"], HANDLERS),
    "change_bank": {"support", "super_admin"},
    "confirm": {"super_admin"},
}
"""Whose roles let them try."""
UNMADE = {("pending", "failed"), ("failed", "completed")}
MOVES = {(was, to) for was, ways in TRANSITIONS.items() for to in ways} - UNMADE
"""A pending payout could fail, and nothing makes one; that a failed one was paid after all, only a bank says."""
TALLY = """
SELECT jsonb_agg(status)
  FROM (SELECT status, sum(payouts) AS n, sum(amount_minor) AS minor FROM shield.payout_tally GROUP BY status) t
  FULL JOIN (SELECT status, count(*) AS n, sum(amount_minor) AS minor FROM shield.payout GROUP BY status) p
       USING (status)
 WHERE coalesce(t.n, 0) <> coalesce(p.n, 0) OR coalesce(t.minor, 0) <> coalesce(p.minor, 0)
"""
LONG = settings.get_current_profile_name() == "long"


class World:
    """Those who act, the same in every walk, and which of their ways ever led anywhere."""

    def __init__(self, given: Given, by_file: House, *, staff: list[AdminClient], platform: httpx.AsyncClient) -> None:
        self.given, self.by_file, self.staff, self.platform = given, by_file, staff, platform
        self.by_sandbox = run_in(given.house, **AT_ONCE)
        self.files = itertools.count()
        self.led_on: set[str] = set()

    def bank(self) -> House:
        """A house whose files go to a bank that has room for one more today."""
        routing = f"{91_000_019 + next(self.files) // len(MODIFIERS) * 10:09d}"
        return run_in(self.by_file, nacha_bank_routing=routing).house


@dataclass
class Walk:
    """One member's claims and payouts. What is there is looked up before each batch of steps."""

    world: World
    member: Member
    claims: list[Claim]
    payouts: list[Thing] = field(default_factory=list)
    tries: list[Thing] = field(default_factory=list)

    async def take(self, step: Step) -> None:
        """One step; a refusal is an answer, anything else fails the test."""
        way: Callable[[Step], Awaitable[None]] = getattr(self, step.what)
        with suppress(Refusal):
            await way(step)

    async def look(self) -> None:
        given, facts = self.world.given, {"member_id": self.member.id}
        self.payouts = await given.value(PAYOUTS, **facts)
        self.tries = await given.value(TRIES, **facts)

    def _one(self, step: Step, there: list[Thing], *statuses: str) -> Thing | None:
        """One of what is in these states; now and then one in any."""
        fitting = [one for one in there if one["status"] in statuses or step.nth == 7]
        return fitting[-1 - step.nth % len(fitting)] if fitting else None

    async def _ask(self, step: Step, line: str, /, **body: Any) -> None:
        verb, path = line.split()
        person = self.world.staff[step.who]
        if person.admin.role not in ABLE[step.what]:
            able = [one for one in self.world.staff if one.admin.role in ABLE[step.what]]
            person = able[step.who % len(able)]
        answer = await person.request(verb, f"/v1/admin/{path}", json=body)
        assert answer.status_code < 500, answer.text
        if answer.is_success:
            self.world.led_on.add(step.what)

    async def create(self, step: Step) -> None:
        claim, method = self.claims[step.nth % CLAIMS], "wire" if step.nth == 6 else "check" if step.nth == 7 else "ach"
        await self._ask(step, "POST payouts", claim_id=claim.id, amount=step.cents / 100, method=method)

    async def _act(self, step: Step, *statuses: str) -> None:
        if one := self._one(step, self.payouts, *statuses):
            await self._ask(step, f"PATCH payouts/{one['id']}", action=step.what, reason="The walk")

    async def cancel(self, step: Step) -> None:
        await self._act(step, "pending")

    async def retry(self, step: Step) -> None:
        await self._act(step, "failed")

    async def mark_completed(self, step: Step) -> None:
        await self._act(step, "pending", "processing")

    async def approve(self, step: Step) -> None:
        body = {"status": "approved", "amount_approved": (2 * step.cents + 30_000) / 100}
        await self._ask(step, f"PATCH claims/{self.claims[step.nth % CLAIMS].id}", **body)

    async def withdraw(self, step: Step) -> None:
        await self._ask(step, f"PATCH claims/{self.claims[step.nth % CLAIMS].id}", status="under_review")

    async def change_bank(self, step: Step) -> None:
        body = {"account_number": NUMBERS[step.nth % len(NUMBERS)], "skip_verification": step.nth < 6}
        await self._ask(step, f"PATCH users/{self.member.id}/banking", **body, change_reason="The walk")

    async def confirm(self, step: Step) -> None:
        sql = "SELECT version FROM shield.bank_account WHERE member_id = %(id)s"
        version = await self.world.given.value(sql, id=self.member.id)
        await self._ask(step, f"POST users/{self.member.id}/banking/confirm", version=version, reason="The walk")

    async def leave(self, step: Step) -> None:
        await self._ask(step, f"POST users/{self.member.id}/deactivate", reason=LEAVING[step.nth % len(LEAVING)])

    async def come_back(self, step: Step) -> None:
        await self._ask(step, f"POST users/{self.member.id}/reactivate", reason="The walk")

    async def replace_bank(self, step: Step) -> None:
        body = {**BANK, "account_number": NUMBERS[step.nth % len(NUMBERS)]}
        await self.world.platform.put(f"/v1/platform/members/{self.member.id}/bank-account", json=body)

    async def verify(self, _: Step) -> None:
        deposits = f"/v1/platform/members/{self.member.id}/bank-account/micro-deposits"
        for path in (deposits, f"{deposits}/confirm"):
            await self.world.platform.post(path, json={"amounts": [3, 7]})

    async def begin(self, step: Step) -> None:
        """A worker that dies between the intent and the rail."""
        run = self.world.by_sandbox
        if one := self._one(step, self.payouts, "pending"):
            async with run.write() as tx:
                await sending.begin(tx, run.house, one["id"], leaving=sending.BY_SANDBOX)

    async def send(self, step: Step) -> None:
        if one := self._one(step, self.payouts, "pending", "processing"):
            await jobs.send_payout(self.world.by_sandbox, payout_id=one["id"])

    async def write_file(self, _: Step) -> None:
        await all_files(self.world.bank())

    async def settle(self, step: Step) -> None:
        if one := self._one(step, self.tries, "sent"):
            await self._settle(one)

    async def _settle(self, one: Thing) -> None:
        await come_due(self.world.given, one["id"])
        await jobs.settle_payout(self.world.by_sandbox, attempt_id=one["id"])

    async def send_back(self, step: Step) -> None:
        """The bank returns a payment, or asks for other data."""
        in_files = [one for one in self.tries if one["rail"] == RailName.NACHA]
        if one := self._one(step, in_files, "sent", "settled"):
            kind = "99" if step.code.startswith("R") else "98"
            text = returned(one["trace"], code=step.code, cents=one["minor"], kind=kind)
            await intake.take_returns(self.world.by_file, text)

    async def reject_file(self, _: Step) -> None:
        """The bank took nothing of the newest file."""
        newest = await self.world.given.value("SELECT name FROM shield.nacha_file ORDER BY id DESC LIMIT 1")
        if newest is not None:
            await clearing.reject_file(self.world.by_file, newest, because="The walk")

    async def a_day_passes(self, _: Step) -> None:
        async with self.world.given.write() as tx:
            tx.record("a day passes", self.member.id)
            await lock_member(tx, self.member.id)
            for sql in (
                "UPDATE shield.bank_account SET hold_until = hold_until - interval '1 day' WHERE member_id = %(id)s",
                "UPDATE shield.payout SET held_until = held_until - interval '1 day' WHERE member_id = %(id)s",
            ):
                await tx.run(sql, id=self.member.id)

    async def come_to_an_end(self) -> None:
        """Workers do what is left to do: nothing stays on its way for ever, and all of it is in the rails' records."""
        await self.look()
        for one in self.payouts:
            await jobs.send_payout(self.world.by_sandbox, payout_id=one["id"])
        await self.look()
        for one in self.tries:
            await self._settle(one)
        given, facts = self.world.given, {"id": self.member.id}
        stuck = "SELECT count(*) FROM shield.payout WHERE member_id = %(id)s AND status = 'processing'"
        assert await given.value(stuck, **facts) == 0
        assert await find_unexplained(given, self.member) == []
        async with given.write() as tx:
            tx.record("the walk is over", self.member.id)
            over = "UPDATE shield.payout SET held_because = 'Over' WHERE member_id = %(id)s AND status = 'pending'"
            await tx.run(over, **facts)


async def walk(world: World, schedule: list[list[list[Step]]]) -> None:
    member = await world.given.member()
    claims = [await world.given.claim(member, status="under_review", requested_minor=300_000) for _ in range(CLAIMS)]
    await world.given.account(member)
    one = Walk(world, member, claims)
    for number in range(CLAIMS):
        await one.approve(Step("approve", 0, number, 100_000, ""))
    taken = []
    for batch in itertools.chain.from_iterable(schedule):
        taken.append(" + ".join(map(str, batch)))
        await one.look()
        await asyncio.gather(*(one.take(step) for step in batch))
        assert await find_broken(world.given, member) == [], "after\n" + "\n".join(taken)
    await one.come_to_an_end()
    assert await find_broken(world.given, member) == [], "at the end of\n" + "\n".join(taken)


@pytest.fixture
def witness(clean: EmbeddedServer) -> Iterator[None]:
    with witnessed(clean):
        yield


async def test_whatever_happens_at_once_nobody_is_paid_a_cent_too_much(
    given: Given, by_file: House, admin_of: AdminOf, platform: Platform, witness: None
) -> None:
    staff = [await admin_of(role) for role in STAFF]
    world = World(given, by_file, staff=staff, platform=await platform("banking:submit"))
    loop = asyncio.get_running_loop()

    @settings(
        max_examples=1_000 if LONG else 40,
        derandomize=not LONG,
        phases=[Phase.generate],
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @generated(SCHEDULES)
    def never_too_much(schedule: list[list[list[Step]]]) -> None:
        asyncio.run_coroutine_threadsafe(walk(world, schedule), loop).result(PATIENCE_SECONDS)

    await asyncio.to_thread(never_too_much)
    seen = {
        tuple(move) for move in await given.value("SELECT jsonb_agg(jsonb_build_array(was, became)) FROM tests.moved")
    }
    assert seen >= MOVES, "the walks went nowhere"
    assert world.led_on == ABLE.keys(), "some ways never led on"
    assert await given.value(TALLY) is None
