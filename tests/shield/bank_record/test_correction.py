"""What a bank wants corrected is read into fields, and given to the account by a second person, through one door."""

from typing import Any

import pytest

from backoffice.kernel.house import House
from backoffice.shield.bank_account import actions as accounts
from backoffice.shield.bank_account.store import find_account_of
from backoffice.shield.bank_record.intake import take_returns
from backoffice.shield.bank_record.rules import correction_in
from tests.shield.bank_record.test_intake import LIST, listed
from tests.shield.clearing.test_clearing import returned
from tests.shield.conftest import AdminOf
from tests.shield.making import Given
from tests.shield.paying import Approved, all_files

REASON = {"reason": "The bank's own word"}


@pytest.mark.parametrize(
    ("code", "corrected", "details"),
    [
        ("C01", "1918171614", {"account_number": "1918171614"}),
        ("C02", "121000248", {"routing_number": "121000248"}),
        ("C03", "121000248   1918171614", {"routing_number": "121000248", "account_number": "1918171614"}),
        ("C04", "JANE  DOE", {"account_holder_name": "JANE DOE"}),
        ("C05", "32", {"account_type": "savings"}),
        ("C06", "1918171614          22", {"account_number": "1918171614", "account_type": "checking"}),
        (
            "C07",
            "12100024819181716141234567 32",
            {"routing_number": "121000248", "account_number": "19181716141234567", "account_type": "savings"},
        ),
        (
            "C07",
            "1210002481918171614       32",
            {"routing_number": "121000248", "account_number": "1918171614", "account_type": "savings"},
        ),
        ("C01", "", None),
        ("C01", "19-18", None),
        ("C01", "1918 171614", None),
        ("C02", "121000249", None),
        ("C05", "99", None),
        ("C09", "1918171614", None),
    ],
)
def test_corrected_data_is_read_into_fields_or_not_at_all(
    code: str, corrected: str, details: dict[str, str] | None
) -> None:
    found = correction_in(code, corrected)

    assert (dict(found.details) if found else None) == details


async def wanted(
    house: House, approved: Approved, given: Given, *, code: str = "C01", corrected: str = "1918171614", **facts: Any
) -> str:
    """A payout that left in a file, for whose account its bank wants this. The member's id."""
    claim = await approved(**facts)
    await given.payout(claim, 50_000)
    await all_files(house)
    trace = await given.value("SELECT trace_number FROM shield.payout_attempt")
    await take_returns(house, returned(trace, code=code, cents=0, kind="98", corrected=corrected))
    return claim.member.id


async def test_a_second_person_applies_what_the_bank_wants_and_old_and_new_stay(
    by_file: House, approved: Approved, given: Given, admin_of: AdminOf
) -> None:
    member_id = await wanted(by_file, approved, given)
    boss, finance = await admin_of("super_admin"), await admin_of("finance")
    (waiting,) = await listed(finance, cause="correction")
    seen = (await finance.get(f"{LIST}/{waiting['id']}")).json()["data"]
    assert seen["correction"]["account_number_masked"] == "****1614"
    assert "1918171614" not in str(seen)
    assert (await finance.post(f"{LIST}/{waiting['id']}/apply", json=REASON)).status_code == 403
    applied = await boss.post(f"{LIST}/{waiting['id']}/apply", json=REASON)
    assert applied.status_code == 200, applied.text
    async with given.read() as db:
        account = await find_account_of(db, member_id)
    assert account is not None

    assert accounts.open_numbers(by_file, account).account == "1918171614"
    assert not account.correction_pending and account.verified_at is not None
    assert (applied.json()["data"]["status"], applied.json()["data"]["decision"]) == ("closed", "applied")
    assert await given.value("SELECT status FROM shield.payout") == "processing"
    assert {"banking.info_updated", "payout.exception_closed"} <= {act for act, _, _ in await given.audited()}
    assert (await boss.post(f"{LIST}/{waiting['id']}/apply", json=REASON)).status_code == 409


async def test_neither_the_claims_approver_nor_the_accounts_changer_applies_a_correction(
    by_file: House, approved: Approved, given: Given, admin_of: AdminOf
) -> None:
    approver, changer = await admin_of("super_admin"), await admin_of("super_admin")
    await wanted(by_file, approved, given, approved_by=approver.admin.id)
    await given._one("UPDATE shield.bank_account SET changed_by = %(id)s RETURNING id", id=changer.admin.id)
    (waiting,) = await listed(approver)
    refused = [await one.post(f"{LIST}/{waiting['id']}/apply", json=REASON) for one in (approver, changer)]

    assert [one.status_code for one in refused] == [403, 403]
    assert await given.value("SELECT correction_pending FROM shield.bank_account") is True


async def test_what_can_not_be_read_or_is_about_another_account_by_now_is_not_applied(
    by_file: House, approved: Approved, given: Given, admin_of: AdminOf
) -> None:
    await wanted(by_file, approved, given, corrected="19-18")
    boss = await admin_of("super_admin")
    (unclear,) = await listed(boss)
    trace = unclear["trace_number"]
    await take_returns(by_file, returned(trace, code="C02", cents=0, kind="98", corrected="121000248"))
    second, _ = await listed(boss)
    account_id = await given.value("SELECT id FROM shield.bank_account")
    key_id, sealed = given.house.keys.encrypt(b"777888999", bound_to=account_id)
    await given._one(
        "UPDATE shield.bank_account SET account_key_id = %(key_id)s, account_sealed = %(sealed)s RETURNING id",
        key_id=key_id,
        sealed=sealed,
    )
    said = [(await boss.post(f"{LIST}/{one['id']}/apply", json=REASON)).json() for one in (unclear, second)]

    assert second["cause"] == "second_correction"
    assert ["by hand" in said[0]["error"]["message"], "another account" in said[1]["error"]["message"]] == [True, True]
