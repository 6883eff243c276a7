"""What the record keeps of why a refund was decided."""

from tests.marketplace.conftest import StaffOf
from tests.marketplace.deciding.test_api import asked
from tests.marketplace.making import Given, Path
from tests.marketplace.money import approve, reject


async def test_why_a_refund_was_decided_is_sealed_in_the_record(path: Path, staff_of: StaffOf, given: Given) -> None:
    _, _, payment = await path.done(50_000)
    staff = await staff_of("finance_admin")
    first, second = [await asked(path, payment, amount_cents=1_000) for _ in range(2)]

    await approve(staff, first["id"], reason="Asha Rao was ill that day")
    await reject(staff, second["id"], reason="Asha Rao was seen there")

    kept = "SELECT string_agg(coalesce(reason, '') || coalesce(after::text, ''), ' ') FROM kernel.audit_entry"
    assert "Asha Rao" not in await given.value(kept)
