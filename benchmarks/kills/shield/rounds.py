"""Rounds of calls: a claim is brought to its approval, then 200 people want something of it at the same time."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from benchmarks.kills.line import Answer, Call, Line, Unanswered
from benchmarks.kills.shield.people import Cast

CALLS = 200
APPROVED = 600
AMOUNTS = (0.01, 2.5, 7, 15.2, 30)
APPROVALS = (500, 550.5, APPROVED)
ACCOUNTS = ("000123455678", "000987654321", "000123450006")
"""What goes to the last one comes back."""


@dataclass
class Books:
    """What those who called were told."""

    claims: list[str] = field(default_factory=list)
    paid: dict[str, str] = field(default_factory=dict)
    """The payout that was answered for each key, which is also the payout's note."""
    answered: int = 0
    refused: int = 0
    tries: int = 0
    stuck: list[str] = field(default_factory=list)

    def note(self, call: Call, answer: Answer) -> None:
        self.answered += 1
        self.tries += answer.tries
        self.refused += not answer.is_success
        if answer.is_success and call.body.get("notes") == call.key:
            self.paid[call.key] = answer.data["id"]


@dataclass(frozen=True)
class Round:
    """One claim, from its member's first day until 200 calls on it are answered."""

    line: Line
    cast: Cast
    books: Books
    random: Random

    async def play(self) -> None:
        try:
            claim_id = await self._approved()
        except Unanswered as why:
            self.books.stuck.append(str(why))
            return
        self.books.claims.append(claim_id)
        async with asyncio.TaskGroup() as group:
            for _ in range(CALLS):
                group.create_task(self._call(claim_id))

    async def _call(self, claim_id: str) -> None:
        """One of the 200; who acts on a payout takes one that somebody was told of by then."""
        wish, who = self.random.random(), self.random.choice(self.cast.payers)
        await asyncio.sleep(self.random.random())
        known = list(self.books.paid.values())
        if wish < 0.65 or not known:
            call = Call("POST", "/v1/admin/payouts", {"claim_id": claim_id, "method": "ach"})
            call.body.update(amount=self.random.choice(AMOUNTS), notes=call.key)
        elif wish < 0.8:
            body = {"amount_approved": self.random.choice(APPROVALS), "change_reason": "Looked at again"}
            call, who = Call("PATCH", f"/v1/admin/claims/{claim_id}", body), self.random.choice(self.cast.approvers)
        else:
            body = {"action": self.random.choice(["cancel", "retry", "mark_completed"]), "reason": "In the storm"}
            call = Call("PATCH", f"/v1/admin/payouts/{self.random.choice(known[-CALLS:])}", body)
        try:
            self.books.note(call, await self.line.ask(call, who))
        except Unanswered as why:
            self.books.stuck.append(str(why))

    async def _approved(self) -> str:
        """A claim of a new member with a verified account, approved."""
        number = len(self.books.claims)
        email = f"storm{number}@example.com"
        profile = {"first_name": "John", "last_name": f"Storm{number}"}
        member_id = (await self._platform("POST members", email=email, profile=profile))["id"]
        long_ago = (datetime.now(UTC) - timedelta(days=200)).isoformat()
        await self._platform(
            f"POST members/{member_id}/enrolment",
            plan_id="plan_premium",
            effective_date=long_ago,
            payment_method="card_ending_4242",
        )
        account = f"members/{member_id}/bank-account"
        await self._platform(
            f"PUT {account}",
            bank_name="Chase Bank",
            account_holder_name="John Storm",
            account_type="checking",
            account_number=ACCOUNTS[number % len(ACCOUNTS)],
            routing_number="021000021",
        )
        for path in ("micro-deposits", "micro-deposits/confirm"):
            await self._platform(f"POST {account}/{path}", amounts=[3, 7])
        submitted = await self._platform(
            "POST claims",
            external_id=f"storm-{number}",
            user_id=member_id,
            type="unemployment",
            reason="Layoff",
            termination_date=(datetime.now(UTC) - timedelta(days=14)).isoformat(),
            amount_requested=APPROVED,
        )
        path = f"/v1/admin/claims/{submitted['id']}"
        for body in ({"status": "under_review"}, {"status": "approved", "amount_approved": APPROVED}):
            await self.line.done(Call("PATCH", path, body), self.cast.approvers[0])
        return str(submitted["id"])

    async def _platform(self, line: str, /, **body: Any) -> dict[str, Any]:
        verb, path = line.split()
        return await self.line.done(Call(verb, f"/v1/platform/{path}", body), self.cast.platform)
