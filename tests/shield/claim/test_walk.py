"""Staff and payouts walk one member's claims at once, at random: no illegal state, no cent too much."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import pairwise

from hypothesis import HealthCheck, settings
from hypothesis import given as generated
from hypothesis import strategies as st

from backoffice.kernel.actor import Actor
from backoffice.kernel.errors import Refusal
from backoffice.shield.claim import actions, store
from backoffice.shield.claim.actions import ClaimUpdate
from backoffice.shield.claim.cover import sum_live_payouts
from backoffice.shield.claim.rules import TRANSITIONS, Status
from tests.shield.making import Claim, Given

CLAIMS, REQUESTED, COVERAGE = 3, 300_000, 500_000
PATIENCE_SECONDS = 600
WRONG = """
SELECT coalesce(jsonb_agg(to_jsonb(c)), '[]'::jsonb)
  FROM (SELECT c.id, c.status, c.amount_requested_minor AS requested, coalesce(c.amount_approved_minor, 0) AS approved,
               c.amount_paid_minor AS paid, c.coverage_id,
               coalesce(sum(p.amount_minor) FILTER (WHERE p.status NOT IN ('failed', 'cancelled')), 0) AS live,
               coalesce(sum(p.amount_minor) FILTER (WHERE p.status = 'completed'), 0) AS completed
          FROM shield.claim c LEFT JOIN shield.payout p ON p.claim_id = c.id
         WHERE c.member_id = %(member_id)s GROUP BY c.id) c
 WHERE live > approved OR approved > requested OR paid <> completed
    OR (status = 'paid') <> (approved > 0 AND completed = approved)
    OR (approved > 0) <> (status IN ('approved', 'paid')) OR (coverage_id IS NOT NULL) <> (approved > 0)
"""


@dataclass(frozen=True)
class Step:
    """What one person, or a payout, does with one claim."""

    what: str
    claim: int
    to: Status
    amount: int | None


STEPS = st.builds(
    Step,
    what=st.sampled_from(["decide", "decide", "pay", "pay", "complete", "complete", "return"]),
    claim=st.integers(0, CLAIMS - 1),
    to=st.sampled_from([Status.UNDER_REVIEW, Status.UNDER_REVIEW, *Status, Status.APPROVED, Status.APPROVED]),
    amount=st.sampled_from([None, None, None, 1, 100_000, 200_000, 250_000, REQUESTED, REQUESTED + 1]),
)
ROUNDS = st.lists(st.lists(STEPS, min_size=1, max_size=4), min_size=4, max_size=16)


class Walk:
    """One member's claims, and the people who move them, each on a connection of their own."""

    def __init__(self, given: Given, claims: list[Claim], actors: list[Actor]) -> None:
        self.given, self.claims, self.actors = given, claims, actors

    async def take(self, step: Step, actor: Actor) -> None:
        """One step; a refusal is an answer, anything else fails the test."""
        ways: dict[str, Callable[[Step, Actor], Awaitable[None]]] = {
            "decide": self.decide,
            "pay": self.pay,
            "complete": self.settle,
            "return": self.settle,
        }
        try:
            await ways[step.what](step, actor)
        except Refusal:
            return

    async def decide(self, step: Step, actor: Actor) -> None:
        async with self.given.write(actor) as tx:
            amount = step.amount or REQUESTED // 2
            wanted = ClaimUpdate(status=step.to, amount_minor=amount if step.to is Status.APPROVED else None)
            await actions.update_claim(tx, self.claims[step.claim].id, wanted)

    async def pay(self, step: Step, _: Actor) -> None:
        """A payout as large as is wanted, or as there is room for."""
        claim = self.claims[step.claim]
        async with self.given.write() as tx:
            await store.lock_member_of(tx, claim.id)
            row, live = await store.lock_claim(tx, claim.id), await sum_live_payouts(tx, claim.id)
            room = (row.amount_approved_minor or 0) - live
            if row.status is Status.APPROVED and room > 0:
                await tx.run(
                    """
                    INSERT INTO shield.payout (id, claim_id, member_id, amount_minor, method)
                    SELECT 'payout_' || replace(uuidv7()::text, '-', ''), %(claim_id)s, %(member_id)s, %(amount)s, 'ach'
                    """,
                    claim_id=claim.id,
                    member_id=claim.member.id,
                    amount=min(step.amount or room, room),
                )
                tx.record("payout made", claim.id)

    async def settle(self, step: Step, _: Actor) -> None:
        """A pending payout is completed, or a completed one comes back."""
        claim = self.claims[step.claim]
        was, becomes = ("pending", "completed") if step.what == "complete" else ("completed", "failed")
        async with self.given.write() as tx:
            await store.lock_member_of(tx, claim.id)
            await store.lock_claim(tx, claim.id)
            await tx.run(
                """
                UPDATE shield.payout SET status = %(becomes)s
                 WHERE id = (SELECT min(id) FROM shield.payout WHERE claim_id = %(claim_id)s AND status = %(was)s)
                """,
                claim_id=claim.id,
                was=was,
                becomes=becomes,
            )
            tx.record("payout moved", claim.id)
            await actions.follow_payouts(tx, claim.id)

    async def check(self) -> None:
        member_id = self.claims[0].member.id
        assert await self.given.value(WRONG, member_id=member_id) == []
        total = "SELECT coalesce(sum(amount_approved_minor), 0)::bigint FROM shield.claim WHERE member_id = %(id)s"
        assert await self.given.value(total, id=member_id) <= COVERAGE
        for claim in self.claims:
            sql = (
                "SELECT coalesce(jsonb_agg(became ORDER BY id), '[]') FROM shield.claim_history WHERE claim_id = %(id)s"
            )
            path = [Status.PENDING, *map(Status, await self.given.value(sql, id=claim.id))]
            assert all(new in TRANSITIONS[old] for old, new in pairwise(path)), path
            assert await self.given.value("SELECT status FROM shield.claim WHERE id = %(id)s", id=claim.id) == path[-1]


async def test_whatever_staff_and_payouts_do_at_once_every_claim_stays_lawful(given: Given) -> None:
    actors = [(await given.admin("claims_handler")).actor for _ in range(4)]
    loop = asyncio.get_running_loop()
    seen: set[Status] = set()

    async def walk(rounds: list[list[Step]]) -> None:
        member = await given.member()
        claims = [await given.claim(member, requested_minor=REQUESTED) for _ in range(CLAIMS)]
        one = Walk(given, claims, actors)
        for number in range(CLAIMS):
            await one.take(Step("decide", number, Status.UNDER_REVIEW, None), actors[0])
        for steps in rounds:
            await asyncio.gather(*(one.take(step, actor) for step, actor in zip(steps, actors, strict=False)))
            await one.check()
        seen.update(map(Status, await given.value("SELECT jsonb_agg(DISTINCT became) FROM shield.claim_history")))

    @settings(max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @generated(ROUNDS)
    def stays_lawful(rounds: list[list[Step]]) -> None:
        asyncio.run_coroutine_threadsafe(walk(rounds), loop).result(PATIENCE_SECONDS)

    await asyncio.to_thread(stays_lawful)
    assert seen >= {Status.UNDER_REVIEW, Status.APPROVED, Status.DENIED, Status.PAID}, "the walks went nowhere"
