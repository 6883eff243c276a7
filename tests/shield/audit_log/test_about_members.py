"""What staff and the platform do about a member is found in the log under that member, whichever door they took."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from backoffice.application import described
from backoffice.kernel.house import House
from backoffice.shield.bank_record.intake import take_returns
from backoffice.shield.permissions import Scope
from tests.contract.conftest import A_DOCUMENT, A_DOCUMENTS_TYPE
from tests.shield.bank_account.test_api import DETAILS
from tests.shield.claim.test_platform import submission
from tests.shield.clearing.test_clearing import returned
from tests.shield.conftest import AdminOf, Platform
from tests.shield.making import Claim, Given, Member
from tests.shield.paying import all_files

ABOUT_MEMBERS = ("user.", "claim.", "payout.", "banking.")
BY_NO_DOOR = {"payout_processing", "payout_exception_opened"}
"""What the rail and a bank's file do."""
NUMBER = "000987654321"
BEGAN = "2026-09-01T00:00:00Z"
Does = Callable[..., Awaitable[Any]]
"""`await does("PATCH", "claims/...", status="approved")`: the data of the answer."""


def declared() -> set[str]:
    """Every act about members that a door of shield declares."""
    acts = {str(act) for door in described()["shield"].doors for act in door.lock.acts}
    return {act.replace(".", "_") for act in acts if act.startswith(ABOUT_MEMBERS)}


def hand_of(client: httpx.AsyncClient, side: str = "admin") -> Does:
    async def does(method: str, path: str, /, **body: Any) -> Any:
        answer = await client.request(method, f"/v1/{side}/{path}", json=body or None)
        assert answer.status_code < 300, f"{method} {path}: {answer.text}"
        return answer.json()["data"]

    return does


async def decide_claim(does: Does, claim: Claim, *, document_id: str, handler: str) -> None:
    path = f"claims/{claim.id}"
    await does("POST", f"{path}/notes", content="Called the member")
    await does("PATCH", f"{path}/documents/{document_id}", verified=True)
    await does("PATCH", path, status="under_review")
    await does("PATCH", path, assigned_to=handler)
    await does("PATCH", path, status="approved", amount_approved=100)
    await does("PATCH", path, amount_approved=90, change_reason="Miscounted")


async def pay(does: Does, other: Does, claim: Claim, *, failed: str) -> None:
    new = {"claim_id": claim.id, "amount": 40, "method": "check"}
    early = await does("POST", "payouts", **new)
    await does("PATCH", f"payouts/{early['id']}", action="cancel", reason="Too early")
    posted = await does("POST", "payouts", **new)
    await other("PATCH", f"payouts/{posted['id']}", action="mark_completed", reason="Posted")
    await does("PATCH", f"payouts/{failed}", action="retry", reason="Once more")


async def care_for(does: Does, member: Member) -> None:
    path, later = f"users/{member.id}", (datetime.now(UTC) + timedelta(days=5)).isoformat()
    await does("GET", path)
    await does("PATCH", path, profile={"first_name": "Jon"}, change_reason="Misspelt")
    await does("PATCH", f"{path}/plan", plan_id="plan_basic", effective_date=later, change_reason="Asked")
    await does("DELETE", f"{path}/plan/scheduled")
    await does("PATCH", f"{path}/plan", plan_id="plan_basic", change_reason="Asked")
    await does("POST", f"{path}/deactivate", reason="other", effective_date=later)
    await does("POST", f"{path}/reactivate", reason="Stays")
    await does("POST", f"{path}/deactivate", reason="other")
    await does("POST", f"{path}/reactivate", reason="Returns")


async def change_account(does: Does, other: Does, member: Member) -> None:
    path = f"users/{member.id}/banking"
    await does("PATCH", path, account_number=NUMBER, change_reason="New account")
    await does("POST", "banking/search", account_number=NUMBER)
    shown = await other("GET", path)
    await other("POST", f"{path}/confirm", version=shown["version"], reason="The member called from the known number")


async def hear_from_the_bank(does: Does, house: House, trace: str) -> None:
    await take_returns(house, returned(trace, code="R99", cents=1_000))
    (waiting,) = (await does("GET", "payouts/exceptions"))["exceptions"]
    decided = {"decision": "money_returned", "reason": "The bank says so by phone"}
    await does("POST", f"payouts/exceptions/{waiting['id']}/close", **decided)


async def bring(does: Does) -> Member:
    """A member as the platform brings them: enrolled, paying, with a bank account that was verified."""
    made = await does("POST", "members", email="jo@example.com", profile={"first_name": "Jo", "last_name": "Doe"})
    path = f"members/{made['id']}"
    await does("PATCH", path, profile={"phone": "+15550100"})
    await does("POST", f"{path}/enrolment", plan_id="plan_premium", effective_date=BEGAN, payment_method="ach")
    await does("POST", f"{path}/payments", external_id="payment-1", amount=29.99, method="ach", paid_at=BEGAN)
    await does("PUT", f"{path}/bank-account", **DETAILS)
    await does("POST", f"{path}/bank-account/micro-deposits", amounts=[12, 34])
    await does("POST", f"{path}/bank-account/micro-deposits/confirm", amounts=[12, 35])
    await does("POST", f"{path}/bank-account/micro-deposits/confirm", amounts=[12, 34])
    return Member(made["id"], "jo@example.com", "plan_premium")


async def test_every_act_about_a_member_is_found_by_the_member(
    given: Given, by_file: House, admin_of: AdminOf, platform: Platform
) -> None:
    boss, key = await admin_of("super_admin"), await platform(*Scope)
    does, brings = hand_of(boss), hand_of(key, "platform")
    member = await bring(brings)
    submitted = await brings("POST", "claims", **submission(member))
    claim = Claim(submitted["id"], member, requested_minor=250_000, approved_minor=None)
    uploaded = await key.post(f"/v1/platform/claims/{claim.id}/documents", files=A_DOCUMENT, data=A_DOCUMENTS_TYPE)
    account = await given.value("SELECT id FROM shield.bank_account")
    approved = await given.claim(member, status="approved")
    failed = await given.payout(approved, 1_000, status="failed", account_id=account)

    await decide_claim(does, claim, document_id=uploaded.json()["data"]["id"], handler=boss.admin.shown_id)
    sent = await given.payout(approved, 1_000, account_id=account)
    await all_files(by_file)
    trace = await given.value("SELECT trace_number FROM shield.payout_attempt WHERE payout_id = %(id)s", id=sent)
    await hear_from_the_bank(hand_of(await admin_of("super_admin")), by_file, trace)
    await pay(does, hand_of(await admin_of("super_admin")), claim, failed=failed)
    await given.payout(approved, 500, account_id=account)
    await change_account(does, hand_of(await admin_of("super_admin")), member)
    await care_for(does, member)

    found = await does("GET", f"audit-log?user_id={member.id}&limit=100")
    assert {entry["action"] for entry in found["entries"]} == declared() | BY_NO_DOOR
