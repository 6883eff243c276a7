"""Rails that are set up wrong say so in one sentence before any payout begins; workers need no common folder."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from backoffice.kernel.gateways.banking_days import today
from backoffice.kernel.house import House
from backoffice.shield.clearing.actions import DayTooFar
from backoffice.shield.transfer import jobs
from backoffice.shield.transfer.rails import NachaNotSetUp, SandboxNotSetUp, sandbox_of
from tests.shield.making import Given
from tests.shield.paying import AT_ONCE, Approved, all_files, run_in
from tests.shield.transfer.test_sending import settle_all

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"nacha_bank_routing": "091000018"}, "NACHA_BANK_ROUTING"),
    ({"nacha_bank_routing": "09100001"}, "NACHA_BANK_ROUTING"),
    ({"nacha_bank_routing": "٠٩١٠٠٠٠١٩"}, "NACHA_BANK_ROUTING"),
    ({"nacha_bank_name": "B" * 24}, "NACHA_BANK_NAME"),
    ({"nacha_bank_name": "🙂"}, "NACHA_BANK_NAME"),
    ({"nacha_origin": "19123456789"}, "NACHA_ORIGIN"),
    ({"nacha_origin": "1912 45678"}, "NACHA_ORIGIN"),
    ({"nacha_company_id": "19123456789"}, "NACHA_COMPANY_ID"),
    ({"nacha_company_id": "19-1234567"}, "NACHA_COMPANY_ID"),
    ({"nacha_company_name": "C" * 24}, "NACHA_COMPANY_NAME"),
    ({"nacha_offset_account": SecretStr("1" * 18)}, "NACHA_OFFSET_ACCOUNT"),
    ({"nacha_offset_account": SecretStr("555 000")}, "NACHA_OFFSET_ACCOUNT"),
]


@pytest.mark.parametrize(("wrong", "named"), WRONG)
async def test_a_setting_that_no_bank_takes_is_named_before_any_payout_begins(
    by_file: House, approved: Approved, given: Given, wrong: dict[str, Any], named: str
) -> None:
    await given.payout(await approved(), 50_000)
    with pytest.raises(NachaNotSetUp, match=named) as refused:
        await all_files(run_in(by_file, **wrong).house)

    assert "\n" not in refused.value.sentence
    assert "555 000" not in refused.value.sentence
    assert await given.value("SELECT status FROM shield.payout") == "pending"
    assert await given.value("SELECT count(*) FROM shield.payout_attempt") == 0


async def test_a_day_that_no_bank_keeps_a_file_for_is_refused(by_file: House, approved: Approved, given: Given) -> None:
    await given.payout(await approved(), 50_000)
    with pytest.raises(DayTooFar):
        await all_files(by_file, today() + timedelta(days=31))

    assert await given.value("SELECT status FROM shield.payout") == "pending"


@pytest.mark.parametrize("code", ["R68", "R01", "C01", "nonsense"])
def test_the_sandbox_returns_only_what_a_bank_may_return(house: House, code: str) -> None:
    other = run_in(house, sandbox_rail_returns={"0002": code}).house

    with pytest.raises(SandboxNotSetUp, match=code):
        sandbox_of(other.settings)


async def test_two_workers_with_folders_of_their_own_send_and_settle_each_others_payouts(
    house: House, approved: Approved, given: Given, tmp_path: Path
) -> None:
    workers = [run_in(house, data_folder=tmp_path / name, **AT_ONCE) for name in ("one", "other")]
    stands = await given.payout(await approved(), 50_000)
    returned = await given.payout(await approved(number="000123450002"), 50_000)
    for payout_id in (stands, returned):
        await jobs.send_payout(workers[0], payout_id=payout_id)
    await settle_all(workers[1])
    sql = "SELECT status FROM shield.payout WHERE id = %(id)s"

    assert [await given.value(sql, id=one) for one in (stands, returned)] == ["completed", "failed"]
