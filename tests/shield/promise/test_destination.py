"""A payout goes where its approver saw it go: another account is confirmed by a third person, and time is nobody."""

from typing import Any

import httpx
import pytest

from backoffice.kernel.jobs.queue import JobRun
from backoffice.shield.payout.rules import ACCOUNT_CHANGED
from backoffice.shield.transfer import jobs
from tests.shield.conftest import AdminOf, Platform
from tests.shield.making import AdminClient, Claim, Given, Member

USERS, CLAIMS, PAYOUTS = "/v1/admin/users", "/v1/admin/claims", "/v1/admin/payouts"
NEW = {"account_number": "777888999", "change_reason": "They said so"}
OTHER = {
    "bank_name": "Second Bank",
    "account_holder_name": "John Doe",
    "account_type": "savings",
    "routing_number": "021000021",
    "account_number": "555666777",
}


class Play:
    """An approver, a payer, and two who may confirm."""

    def __init__(self, given: Given, run: JobRun, people: list[AdminClient]) -> None:
        self.given, self.run = given, run
        self.approver, self.payer, self.third, self.fourth = people

    async def approved(self, member: Member, cents: int = 50_000) -> Claim:
        claim = await self.given.claim(member, status="under_review", requested_minor=cents)
        body = {"status": "approved", "amount_approved": cents / 100}
        answer = await self.approver.patch(f"{CLAIMS}/{claim.id}", json=body)
        assert answer.status_code == 200, answer.text
        return claim

    async def promise(self, claim: Claim, method: str = "ach") -> httpx.Response:
        wanted = {"claim_id": claim.id, "amount": 10.00, "method": method}
        return await self.payer.post(PAYOUTS, json=wanted)

    async def pending(self, method: str = "ach") -> tuple[Claim, str]:
        """A payout to the account that its approver saw."""
        member = await self.given.member()
        await self.given.account(member)
        claim = await self.approved(member)
        answer = await self.promise(claim, method)
        assert answer.status_code == 201, answer.text
        return claim, answer.json()["data"]["id"]

    async def change(self, who: httpx.AsyncClient, claim: Claim) -> None:
        answer = await who.patch(f"{USERS}/{claim.member.id}/banking", json=NEW)
        assert answer.status_code == 200, answer.text

    async def years_pass(self) -> None:
        """Every hold lapses, and the account is verified."""
        await self.given._one(
            "UPDATE shield.bank_account SET hold_until = now(), verified_at = now(), verification_method = 'override'"
            " RETURNING id"
        )
        await self.given._one(
            "WITH p AS (UPDATE shield.payout SET held_until = now() WHERE held_until IS NOT NULL RETURNING 1)"
            " SELECT count(*) FROM p"
        )

    async def leaves(self, payout_id: str) -> bool:
        await jobs.send_payout(self.run, payout_id=payout_id)
        status = "SELECT status FROM shield.payout WHERE id = %(id)s"
        return bool(await self.given.value(status, id=payout_id) == "processing")

    async def confirm(self, who: AdminClient, claim: Claim, *, version: int | None = None) -> httpx.Response:
        sql = "SELECT version FROM shield.bank_account WHERE member_id = %(id)s"
        seen = version or await self.given.value(sql, id=claim.member.id)
        body = {"version": seen, "reason": "Called them back"}
        return await who.post(f"{USERS}/{claim.member.id}/banking/confirm", json=body)


@pytest.fixture
async def play(given: Given, at_once: JobRun, admin_of: AdminOf) -> Play:
    return Play(given, at_once, [await admin_of("super_admin") for _ in range(4)])


async def test_a_payout_does_not_follow_its_approver_to_another_account(play: Play) -> None:
    claim, payout_id = await play.pending()
    await play.change(play.approver, claim)
    await play.years_pass()

    assert not await play.leaves(payout_id)
    shown = (await play.payer.get(f"{PAYOUTS}/{payout_id}")).json()["data"]
    assert (shown["status"], shown["held_because"], shown["held_until"]) == ("pending", ACCOUNT_CHANGED, None)
    assert (await play.confirm(play.approver, claim)).status_code == 403
    assert not await play.leaves(payout_id)

    done = (await play.confirm(play.third, claim)).json()["data"]
    assert (done["released_payouts"], done["held_payouts"]) == ([payout_id], [])
    assert done["audit_entry"]["reason"] == "Called them back"
    assert await play.leaves(payout_id)
    assert await play.given.value("SELECT account_last_four FROM shield.payout_attempt") == "8999"


@pytest.mark.parametrize("role", ["platform", "support"])
async def test_whoever_changes_the_account_a_third_person_confirms(
    play: Play, admin_of: AdminOf, platform: Platform, role: str
) -> None:
    claim, payout_id = await play.pending()
    if role == "platform":
        client = await platform("banking:submit")
        path = f"/v1/platform/members/{claim.member.id}/bank-account"
        assert (await client.put(path, json=OTHER)).status_code == 200
    else:
        await play.change(await admin_of("support"), claim)
    await play.years_pass()

    assert not await play.leaves(payout_id)
    assert (await play.confirm(play.approver, claim)).json()["error"]["code"] == "FORBIDDEN"
    assert (await play.confirm(play.payer, claim)).status_code == 200
    assert await play.leaves(payout_id)


async def test_who_changed_it_first_does_not_confirm_what_another_changed_since(play: Play) -> None:
    claim, payout_id = await play.pending()
    await play.change(play.third, claim)
    label = {"bank_name": "First Bank", "change_reason": "Spelling"}
    await play.fourth.patch(f"{USERS}/{claim.member.id}/banking", json=label)
    await play.years_pass()

    assert [(await play.confirm(who, claim)).status_code for who in (play.third, play.fourth)] == [403, 403]
    assert not await play.leaves(payout_id)


async def test_a_confirmation_holds_for_the_version_that_was_looked_at(play: Play) -> None:
    claim, payout_id = await play.pending()
    await play.change(play.approver, claim)
    seen = (await play.third.get(f"{USERS}/{claim.member.id}/banking")).json()["data"]["version"]
    await play.approver.patch(f"{USERS}/{claim.member.id}/banking", json={**NEW, "account_number": "111222333"})
    await play.years_pass()

    late = await play.confirm(play.third, claim, version=seen)

    assert (late.status_code, late.json()["error"]["code"]) == (409, "CONFLICT")
    assert not await play.leaves(payout_id)


async def test_a_confirmation_shortens_no_hold_and_verifies_nothing(play: Play) -> None:
    claim, payout_id = await play.pending()
    await play.change(play.approver, claim)

    assert (await play.confirm(play.third, claim)).status_code == 200
    assert not await play.leaves(payout_id)
    assert await play.given.value("SELECT held_until > now() FROM shield.payout")
    await play.years_pass()
    assert await play.leaves(payout_id)


async def test_nothing_new_is_promised_to_an_account_that_was_changed_after_the_approval(play: Play) -> None:
    member = await play.given.member()
    await play.given.account(member)
    claim = await play.approved(member)
    await play.change(play.third, claim)
    await play.years_pass()

    refused = await play.promise(claim)

    assert (refused.status_code, "somebody else must confirm" in refused.text) == (409, True)
    assert (await play.confirm(play.fourth, claim)).status_code == 200
    assert (await play.promise(claim)).status_code == 201


async def test_an_approver_who_made_the_account_themselves_is_no_witness_of_it(play: Play) -> None:
    member = await play.given.member()
    first = {**OTHER, "change_reason": "They gave it by phone", "skip_verification": True}
    assert (await play.approver.patch(f"{USERS}/{member.id}/banking", json=first)).status_code == 200
    await play.years_pass()
    claim = await play.approved(member)

    assert (await play.promise(claim)).status_code == 409
    assert (await play.confirm(play.approver, claim)).status_code == 403
    assert (await play.confirm(play.third, claim)).status_code == 200
    assert (await play.promise(claim)).status_code == 201


async def test_a_first_account_that_came_after_the_approval_needs_nobody(play: Play, platform: Platform) -> None:
    member = await play.given.member()
    claim = await play.approved(member)
    client = await platform("banking:submit")
    assert (await client.put(f"/v1/platform/members/{member.id}/bank-account", json=OTHER)).status_code == 200
    await play.years_pass()

    assert (await play.promise(claim)).status_code == 201


async def test_an_account_after_the_first_is_confirmed_though_the_approver_saw_none(
    play: Play, platform: Platform
) -> None:
    member = await play.given.member()
    claim = await play.approved(member)
    client = await platform("banking:submit")
    assert (await client.put(f"/v1/platform/members/{member.id}/bank-account", json=OTHER)).status_code == 200
    await play.years_pass()
    payout_id = (await play.promise(claim)).json()["data"]["id"]
    await play.change(play.third, claim)
    await play.years_pass()
    cancel = {"action": "cancel", "reason": "To create it anew"}
    assert (await play.payer.patch(f"{PAYOUTS}/{payout_id}", json=cancel)).status_code == 200

    assert (await play.promise(claim)).status_code == 409
    assert (await play.confirm(play.fourth, claim)).status_code == 200
    assert (await play.promise(claim)).status_code == 201


async def test_a_retry_is_bound_like_a_new_promise(play: Play) -> None:
    claim, payout_id = await play.pending()
    await play.given._one("UPDATE shield.payout SET status = 'processing' RETURNING id")
    await play.given._one("UPDATE shield.payout SET status = 'failed' RETURNING id")
    await play.change(play.third, claim)
    await play.years_pass()
    retry = {"action": "retry", "reason": "Once more"}

    refused = await play.payer.patch(f"{PAYOUTS}/{payout_id}", json=retry)
    await play.confirm(play.fourth, claim)

    assert refused.status_code == 409
    assert (await play.payer.patch(f"{PAYOUTS}/{payout_id}", json=retry)).status_code == 200
    assert await play.leaves(payout_id)


async def test_completing_by_hand_waits_for_the_confirmation_too(play: Play) -> None:
    claim, payout_id = await play.pending("wire")
    await play.change(play.approver, claim)
    await play.years_pass()
    done = {"action": "mark_completed", "reason": "Wired"}

    refused = await play.fourth.patch(f"{PAYOUTS}/{payout_id}", json=done)
    await play.confirm(play.third, claim)

    assert (refused.status_code, "must confirm it" in refused.text) == (409, True)
    assert (await play.fourth.patch(f"{PAYOUTS}/{payout_id}", json=done)).status_code == 200


async def test_a_confirmation_lets_go_of_no_payout_that_is_held_for_fraud(play: Play) -> None:
    claim, payout_id = await play.pending()
    leave = {"reason": "fraud"}
    assert (await play.payer.post(f"{USERS}/{claim.member.id}/deactivate", json=leave)).status_code == 200
    await play.change(play.approver, claim)
    await play.years_pass()

    await play.confirm(play.third, claim)

    assert not await play.leaves(payout_id)
    assert "fraud" in (await play.given.value("SELECT held_because FROM shield.payout"))


async def test_who_only_takes_something_off_an_approval_sees_no_account_for_the_approver(play: Play) -> None:
    claim, _ = await play.pending()
    await play.change(play.fourth, claim)
    trimmed = await play.third.patch(f"{CLAIMS}/{claim.id}", json={"amount_approved": 499.99})
    await play.years_pass()

    assert trimmed.status_code == 200
    assert (await play.promise(claim)).status_code == 409


async def test_a_confirmation_said_again_under_its_key_answers_as_before(play: Play) -> None:
    claim, _ = await play.pending()
    await play.change(play.approver, claim)
    version = await play.given.value("SELECT version FROM shield.bank_account")
    body: dict[str, Any] = {"version": version, "reason": "Called them back"}
    path, headers = f"{USERS}/{claim.member.id}/banking/confirm", {"Idempotency-Key": "once"}

    first, again = [await play.third.post(path, json=body, headers=headers) for _ in range(2)]

    assert (first.status_code, first.content) == (200, again.content)
    assert len(await play.given.audited("banking.confirmed")) == 1
