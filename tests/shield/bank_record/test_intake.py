"""What a bank sends is carried out where a rule knows it, and else is a work item that staff see, decide and close."""

import asyncio
from typing import Any

import pytest

from backoffice.kernel.house import House
from backoffice.shield.bank_record import rules
from backoffice.shield.bank_record.intake import Line, take_returns
from backoffice.shield.transfer import jobs
from tests.shield.clearing.test_clearing import in_file, returned
from tests.shield.conftest import AdminOf
from tests.shield.making import AdminClient, Given
from tests.shield.paying import Approved, all_files, run_in

STATUS = "SELECT status FROM shield.payout WHERE id = %(id)s"
LIST = "/v1/admin/payouts/exceptions"
RETRY = {"action": "retry", "reason": "Once more"}


async def take_one(house: House, trace: str, code: str, *, cents: int = 50_000, **how: Any) -> Line:
    (line,) = await take_returns(house, returned(trace, code=code, cents=cents, **how))
    return line


async def listed(client: AdminClient, **filters: Any) -> list[dict[str, Any]]:
    answer = await client.get(LIST, params=filters)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]["exceptions"]  # type: ignore[no-any-return]


NO_RETURNS = {
    "R61": "dishonored",
    "R68": "dishonored",
    "R70": "dishonored",
    "R71": "contested",
    "R77": "contested",
    "R01": "other_kind",
    "R10": "other_kind",
    "R29": "other_kind",
    "R40": "other_kind",
    "R80": "other_kind",
    "R63": "unknown_code",
    "R99": "unknown_code",
    "r02": "unknown_code",
    "   ": "unknown_code",
    "X1?": "unknown_code",
    "C01": "wrong_record",
    "C13": "wrong_record",
}


async def test_a_code_that_is_no_return_fails_no_payout_and_is_shown_to_staff(
    by_file: House, approved: Approved, given: Given, admin_of: AdminOf
) -> None:
    payout_id, trace, _ = await in_file(approved, given, by_file)
    for code in NO_RETURNS:
        line = await take_one(by_file, trace, code)
        assert line.outcome.startswith("left for staff"), (code, line)
    finance = await admin_of("finance")
    shown = await listed(finance, limit=100)

    assert {one["code"] or "   ": one["cause"] for one in shown} == NO_RETURNS
    assert {one["payout_id"] for one in shown} == {payout_id}
    assert await given.value(STATUS, id=payout_id) == "processing"
    assert await given.value("SELECT verified_at FROM shield.bank_account") is not None


@pytest.mark.parametrize("code", ["R02", "C14", "C62", "R68", "C99"])
async def test_a_code_in_a_record_of_the_other_kind_holds_and_fails_nothing(
    by_file: House, approved: Approved, given: Given, code: str
) -> None:
    payout_id, trace, _ = await in_file(approved, given, by_file)
    line = await take_one(by_file, trace, code, kind="98", corrected="1918171614")

    assert line.outcome.startswith("left for staff")
    assert await given.value(STATUS, id=payout_id) == "processing"
    assert await given.value("SELECT correction_pending FROM shield.bank_account") is False


@pytest.mark.parametrize("code", ["R03", "R04", "R13", "R20", "R28"])
async def test_an_account_that_is_none_is_no_longer_verified(
    by_file: House, approved: Approved, given: Given, code: str
) -> None:
    _, trace, _ = await in_file(approved, given, by_file)

    assert (await take_one(by_file, trace, code)).outcome == "payout failed"
    assert await given.value("SELECT verified_at FROM shield.bank_account") is None


async def test_the_same_file_again_adds_nothing_however_it_came_and_two_at_once_act_once(
    by_file: House, approved: Approved, given: Given
) -> None:
    _, trace, _ = await in_file(approved, given, by_file)
    text = returned("091000019999999", code="R02", cents=1) + returned(trace, code="R06", cents=50_000)
    trimmed = "\r\n".join(line.rstrip() for line in text.splitlines() if line[0] != "9")
    readings = await asyncio.gather(take_returns(by_file, text), take_returns(by_file, trimmed))
    outcomes = sorted(line.outcome for lines in readings for line in lines)

    assert outcomes == [
        "known already",
        "known already",
        "left for staff: No payment of ours has this trace number",
        "payout failed",
    ]
    assert await given.value("SELECT count(*) FROM shield.bank_record") == 2


async def test_what_our_bank_refuses_after_a_return_is_told_before_anybody_pays_twice(
    by_file: House, approved: Approved, given: Given, admin_of: AdminOf
) -> None:
    payout_id, trace, _ = await in_file(approved, given, by_file)
    finance, other = await admin_of("finance"), await admin_of("finance")
    await take_one(by_file, trace, "R23")
    line = await take_one(by_file, trace, "R68")
    assert "untimely" in line.meaning and "refused" in line.outcome
    told = "SELECT count(*) FROM kernel.notification WHERE template = 'shield.payout_exception'"
    assert await given.value(told) == 2
    refused = await finance.patch(f"/v1/admin/payouts/{payout_id}", json=RETRY)
    claim_id = await given.value("SELECT claim_id FROM shield.payout")
    again = await finance.post("/v1/admin/payouts", json={"claim_id": claim_id, "amount": 500, "method": "ach"})
    assert [refused.status_code, again.status_code] == [409, 409]
    (waiting,) = await listed(finance, status="open", payout_id=payout_id)
    decided = {"decision": "payment_stands", "reason": "Our bank kept the payment"}
    closed = await other.post(f"{LIST}/{waiting['id']}/close", json=decided)
    assert closed.status_code == 200, closed.text

    assert (closed.json()["data"]["payout_status"], closed.json()["data"]["decision"]) == (
        "completed",
        "payment_stands",
    )
    assert await given.value("SELECT status FROM shield.claim") == "paid"
    assert (await finance.patch(f"/v1/admin/payouts/{payout_id}", json=RETRY)).status_code == 409
    assert (await other.post(f"{LIST}/{waiting['id']}/close", json=decided)).status_code == 409
    assert [act for act, _, _ in await given.audited() if "exception" in act] == [
        "payout.exception_opened",
        "payout.exception_closed",
    ]


async def test_a_retry_that_waits_does_not_leave_while_the_bank_is_not_answered(
    by_file: House, approved: Approved, given: Given, admin_of: AdminOf
) -> None:
    payout_id, trace, _ = await in_file(approved, given, by_file)
    finance = await admin_of("finance")
    await take_one(by_file, trace, "R23")
    assert (await finance.patch(f"/v1/admin/payouts/{payout_id}", json=RETRY)).status_code == 200
    await take_one(by_file, trace, "R68")

    assert await all_files(by_file) == []
    sandbox = run_in(by_file, payout_rail="sandbox")
    await jobs.send_payout(sandbox, payout_id=payout_id)
    assert await given.value(STATUS, id=payout_id) == "pending"


async def test_a_payment_that_stands_takes_its_waiting_retry_along(
    by_file: House, approved: Approved, given: Given, admin_of: AdminOf
) -> None:
    payout_id, trace, _ = await in_file(approved, given, by_file)
    finance, other = await admin_of("finance"), await admin_of("finance")
    await take_one(by_file, trace, "R23")
    assert (await finance.patch(f"/v1/admin/payouts/{payout_id}", json=RETRY)).status_code == 200
    await take_one(by_file, trace, "R68")
    (waiting,) = await listed(other, status="open")
    stands = {"decision": "payment_stands", "reason": "Our bank kept the payment"}
    own = await finance.post(f"{LIST}/{waiting['id']}/close", json=stands)
    closed = await other.post(f"{LIST}/{waiting['id']}/close", json=stands)

    assert (own.status_code, closed.status_code) == (403, 200), closed.text
    assert closed.json()["data"]["payout_status"] == "completed"
    assert await all_files(by_file) == []


@pytest.mark.parametrize("decision", ["no_action", "settled_with_bank"])
async def test_nobody_alone_pays_again_what_the_bank_says_the_member_has(
    by_file: House, approved: Approved, given: Given, admin_of: AdminOf, decision: str
) -> None:
    payout_id, trace, _ = await in_file(approved, given, by_file)
    finance, other = await admin_of("finance"), await admin_of("finance")
    await take_one(by_file, trace, "R23")
    await take_one(by_file, trace, "R68")
    (waiting,) = await listed(finance, status="open")
    decided = {"decision": decision, "reason": "Nothing to see"}
    assert (await finance.post(f"{LIST}/{waiting['id']}/close", json=decided)).status_code == 200

    claim_id = await given.value("SELECT claim_id FROM shield.payout")
    new = {"claim_id": claim_id, "amount": 500, "method": "ach"}
    assert (await finance.patch(f"/v1/admin/payouts/{payout_id}", json=RETRY)).status_code == 403
    assert (await finance.post("/v1/admin/payouts", json=new)).status_code == 403
    assert (await other.patch(f"/v1/admin/payouts/{payout_id}", json=RETRY)).status_code == 200


async def test_whoever_tried_again_does_not_let_it_leave_by_their_own_word(
    by_file: House, approved: Approved, given: Given, admin_of: AdminOf
) -> None:
    payout_id, trace, _ = await in_file(approved, given, by_file)
    finance, other = await admin_of("finance"), await admin_of("finance")
    await take_one(by_file, trace, "R23")
    assert (await finance.patch(f"/v1/admin/payouts/{payout_id}", json=RETRY)).status_code == 200
    await take_one(by_file, trace, "R68")
    (waiting,) = await listed(finance, status="open")
    decided = {"decision": "no_action", "reason": "Nothing to see"}

    assert (await finance.post(f"{LIST}/{waiting['id']}/close", json=decided)).status_code == 403
    assert await all_files(by_file) == []
    assert (await other.post(f"{LIST}/{waiting['id']}/close", json=decided)).status_code == 200


def test_of_an_account_number_in_pieces_only_the_last_digits_are_shown() -> None:
    for number in ("0001-2345-5678", "0001 2345 5678", "0001.2345  5678", "000123455678"):
        shown = rules.shown_text(f"798C01091000010000043      02100002{number}")
        assert shown.endswith("5678")
        assert sum(one.isdigit() for one in shown) <= 11, shown


async def test_money_that_came_back_under_a_strange_code_is_declared_by_one_and_paid_again_by_another(
    by_file: House, approved: Approved, given: Given, admin_of: AdminOf
) -> None:
    payout_id, trace, _ = await in_file(approved, given, by_file)
    finance, other = await admin_of("finance"), await admin_of("finance")
    await take_one(by_file, trace, "R99")
    (waiting,) = await listed(finance)
    decided = {"decision": "money_returned", "reason": "The bank says so by phone"}
    closed = await finance.post(f"{LIST}/{waiting['id']}/close", json=decided)

    assert closed.json()["data"]["payout_status"] == "failed", closed.text
    assert (await finance.patch(f"/v1/admin/payouts/{payout_id}", json=RETRY)).status_code == 403
    assert (await other.patch(f"/v1/admin/payouts/{payout_id}", json=RETRY)).status_code == 200


@pytest.mark.parametrize("decision", ["money_returned", "payment_stands"])
async def test_what_is_about_no_payout_moves_none(
    by_file: House, approved: Approved, given: Given, admin_of: AdminOf, decision: str
) -> None:
    await in_file(approved, given, by_file)
    finance = await admin_of("finance")
    offset = await given.value("SELECT offset_trace FROM shield.nacha_file")
    await take_one(by_file, offset, "R02")
    (waiting,) = await listed(finance, cause="balancing_entry")
    refused = await finance.post(f"{LIST}/{waiting['id']}/close", json={"decision": decision, "reason": "Why"})
    closed = await finance.post(
        f"{LIST}/{waiting['id']}/close", json={"decision": "settled_with_bank", "reason": "Called the bank"}
    )

    assert (refused.status_code, closed.status_code) == (409, 200)
    assert await listed(finance, status="open") == []
    assert await given.value("SELECT status FROM shield.payout") == "processing"


async def test_a_second_return_another_amount_and_an_unreadable_record_are_each_a_row(
    by_file: House, approved: Approved, given: Given, admin_of: AdminOf
) -> None:
    _, trace, _ = await in_file(approved, given, by_file)
    spoilt = returned(trace, code="R02", cents=50_000).replace("0000050000", "00000500O0", 1)
    await take_returns(by_file, spoilt)
    await take_one(by_file, trace, "R02", cents=49_999)
    await take_one(by_file, trace, "R02")
    await take_one(by_file, trace, "R03")
    finance = await admin_of("finance")
    shown = await listed(finance)
    detail = (await finance.get(f"{LIST}/{shown[-1]['id']}")).json()["data"]

    assert [one["cause"] for one in shown] == ["second_return", "other_amount", "unreadable"]
    assert detail["explanation"] == "The record can't be read: there are characters where a number should be"
    assert "00000500O0" not in detail["record"] and trace not in detail["record"]


async def test_who_may_not_complete_payouts_decides_nothing(
    by_file: House, approved: Approved, given: Given, admin_of: AdminOf
) -> None:
    auditor, support = await admin_of("auditor"), await admin_of("support")
    await take_one(by_file, "091000019999999", "R02")
    (waiting,) = await listed(auditor)
    body = {"decision": "no_action", "reason": "Nothing"}

    assert (await support.get(LIST)).status_code == 403
    assert (await auditor.post(f"{LIST}/{waiting['id']}/close", json=body)).status_code == 403
    assert (await auditor.get(f"{LIST}/record_0")).status_code == 404
    by_hand = {"decision": "applied", "reason": "Nothing"}
    assert (await (await admin_of("finance")).post(f"{LIST}/{waiting['id']}/close", json=by_hand)).status_code == 400


async def test_a_file_of_our_own_is_no_return_file(by_file: House, approved: Approved, given: Given) -> None:
    _, _, path = await in_file(approved, given, by_file)

    with pytest.raises(Exception, match="no return"):
        await take_returns(by_file, path.read_bytes())
