"""A customer who was forgotten is nowhere in the clear; rows, sums and the proven log stay."""

import asyncio
import itertools
from typing import Any

import httpx
import pytest

from backoffice.kernel.actor import Context, system
from backoffice.kernel.encryption.data_key import find_key
from backoffice.kernel.files.storage import FileNotThere
from backoffice.kernel.jobs.queue import JobRun
from backoffice.kernel.notify.jobs import send_notification
from backoffice.kernel.proof.seal import seal_entries
from backoffice.kernel.proof.verify import verify
from backoffice.marketplace.customer.rules import person
from backoffice.marketplace.privacy import rules
from backoffice.marketplace.privacy.jobs import delete_evidence
from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Given, Path, StaffClient
from tests.marketplace.money import send
from tests.marketplace.privacy.conftest import NOT_THEIRS, THEIRS, VENDORS, Whole

KEYS = itertools.count(1)
COMPLAINT = {"type": "other", "subject": THEIRS, "description": THEIRS}
LATE_WORDS = {"sender": "user", "message": THEIRS}
EVERY_TABLE = """
    SELECT string_agg(format('SELECT t::text AS row FROM %I.%I t', schemaname, tablename), ' UNION ALL ')
      FROM pg_tables WHERE schemaname IN ('kernel', 'marketplace') AND tablename NOT IN ('idempotency_key')
"""


async def settle(staff: StaffClient, whole: Whole) -> None:
    """The dispute is rejected, so nothing is under way."""
    answer = await staff.patch(
        f"/api/v1/admin/disputes/{whole.dispute['id']}",
        json={"status": "rejected"},
        headers={"Idempotency-Key": f"settle {next(KEYS)}"},
    )
    assert answer.status_code == 200, answer.text


async def forget(staff: httpx.AsyncClient, whole: Whole) -> httpx.Response:
    return await staff.post(f"/api/v1/admin/users/{whole.id}/anonymize")


async def everything(given: Given) -> str:
    """Every row of ours as text."""
    statement: Any = await given.value(EVERY_TABLE)
    return str(await given.value(f"SELECT string_agg(row, ' ') FROM ({statement}) everything"))


async def test_nothing_that_names_them_or_was_said_is_left_in_any_table(
    whole: Whole, staff_of: StaffOf, given: Given
) -> None:
    staff = await staff_of()
    await settle(staff, whole)
    rows = "SELECT (SELECT count(*) FROM marketplace.booking) + count(*) FROM marketplace.review"
    before = await given.value(rows)

    answer = await forget(staff, whole)

    assert answer.json()["data"] == {"user_id": whole.id, "status": "deleted"}
    left = await everything(given)
    phone = "+91987654"
    for canary in (THEIRS, NOT_THEIRS, VENDORS, THEIRS.lower(), phone, "192.0.2.7"):
        assert canary not in left
    assert before == await given.value(rows) == 2
    assert (await staff.get(f"/api/v1/admin/users/{whole.id}")).json()["data"]["account_status"] == "deleted"


async def test_why_staff_gave_their_money_back_is_not_left(whole: Whole, staff_of: StaffOf, given: Given) -> None:
    staff = await staff_of()
    await settle(staff, whole)
    payment = await given.value("SELECT id FROM marketplace.payment")
    said = {"amount_cents": 1, "reason": NOT_THEIRS, "admin_notes": NOT_THEIRS}
    key = {"Idempotency-Key": f"why {next(KEYS)}"}
    back = await staff.post(f"/api/v1/admin/payments/{payment}/refund", json=said, headers=key)
    await send(given.house, back.json()["data"]["id"])

    answer = await forget(staff, whole)

    assert answer.status_code == 200, answer.text
    assert NOT_THEIRS not in await everything(given)


async def test_what_staff_say_of_them_afterwards_is_not_kept(
    whole: Whole, path: Path, staff_of: StaffOf, given: Given
) -> None:
    staff = await staff_of()
    await settle(staff, whole)
    await forget(staff, whole)
    request = await given.value("SELECT id FROM marketplace.takedown_request")
    review = await given.value("SELECT id FROM marketplace.review")
    booking, why = (
        f"bookings/{whole.booking['id']}",
        f"{NOT_THEIRS} wrote what nobody could prove, as both sides agree now",
    )
    late = [
        (
            "POST",
            f"reviews/takedown-requests/{request}/resolve",
            {"decision": "accept", "action": "hide", "reason": why, "admin_notes": why},
        ),
        ("POST", f"reviews/{review}/restore", {"reason": why}),
        ("PATCH", booking, {"status": "disputed"}),
        ("PATCH", booking, {"status": "cancelled", "cancellation_reason": why, "force_refund": True}),
        ("PATCH", booking, {"admin_notes": why}),
    ]

    answers = [
        await staff.request(
            method, f"/api/v1/admin/{path_}", json=body, headers={"Idempotency-Key": f"late {next(KEYS)}"}
        )
        for method, path_, body in late
    ]

    assert [one.status_code for one in answers] == [200, 200, 200, 200, 409], [one.text for one in answers]
    assert answers[-1].json()["error"]["code"] == "USER_DELETED"
    assert NOT_THEIRS not in await everything(given)


async def test_the_audit_log_still_verifies_and_their_values_in_it_are_destroyed(
    whole: Whole, staff_of: StaffOf, given: Given
) -> None:
    staff = await staff_of()
    await settle(staff, whole)
    await forget(staff, whole)

    async with given.read() as db:
        assert await find_key(db, f"marketplace:{whole.id}") is None
    async with given.write() as tx:
        await seal_entries(tx)
    async with given.read() as db:
        report = await verify(db)
    assert (report.broken, report.unsealed) == (None, 0)
    assert report.entries > 5


async def test_open_refunds_disputes_and_bookings_forbid_it(
    whole: Whole, path: Path, staff_of: StaffOf, given: Given
) -> None:
    staff = await staff_of()

    disputed = await forget(staff, whole)
    await settle(staff, whole)
    booking = await path.booking(whole.id, (await path.service())["id"])
    booked = await forget(staff, whole)
    await path.move(booking, "cancelled", by="customer", cancellation_reason="Changed my mind")
    done = await forget(staff, whole)

    assert (disputed.status_code, disputed.json()["error"]["code"]) == (409, "USER_HAS_OPEN_MATTERS")
    assert disputed.json()["error"]["open_disputes"] == 1
    assert (booked.status_code, booked.json()["error"]["open_bookings"]) == (409, 1)
    assert done.status_code == 200
    assert len(await given.audited("user.anonymized")) == 1


async def test_a_refund_on_its_way_forbids_it(whole: Whole, staff_of: StaffOf) -> None:
    staff = await staff_of()
    for wanted in ({"status": "in_progress"}, {"status": "resolved", "resolution_type": "full_refund"}):
        key = {"Idempotency-Key": f"refund {next(KEYS)}"}
        await staff.patch(f"/api/v1/admin/disputes/{whole.dispute['id']}", json=wanted, headers=key)

    answer = await forget(staff, whole)

    assert (answer.status_code, answer.json()["error"]["open_refunds"]) == (409, 1)


async def test_whoever_was_forgotten_stays_so_books_nothing_and_comes_back_by_no_second_import(
    whole: Whole, path: Path, staff_of: StaffOf, given: Given
) -> None:
    staff = await staff_of()
    await settle(staff, whole)
    answers = await asyncio.gather(*(forget(staff, whole) for _ in range(3)))
    again = await path.customer(external_id=whole.customer["external_id"], name=THEIRS)
    payment = await given.value("SELECT id FROM marketplace.payment")
    acts = [
        await staff.post(
            f"/api/v1/admin/users/{whole.id}/{act}", json=body, headers={"Idempotency-Key": f"late {next(KEYS)}"}
        )
        for act, body in (("suspend", {"reason": "x"}), ("notify", {"channel": "in_app", "message": "x"}))
    ]

    late = [
        await path.platform.request(method, f"/api/v1/platform/{where}", json=body)
        for method, where, body in (
            ("PATCH", f"customers/{whole.id}", {"external_id": "late", "name": THEIRS}),
            ("POST", "disputes", {"external_id": "late", "user_id": whole.id, **COMPLAINT}),
            ("POST", f"disputes/{whole.dispute['id']}/messages", {"external_id": "late", **LATE_WORDS}),
            ("POST", f"disputes/{whole.dispute['id']}/vendor-response", {"response": THEIRS}),
            ("POST", "refunds", {"external_id": "late", "payment_id": payment, "reason": "x", "description": THEIRS}),
        )
    ]

    assert {one.json()["error"]["code"] for one in late} == {"USER_DELETED"}
    assert {one.status_code for one in answers} == {200}
    assert len(await given.audited("user.anonymized")) == 1
    assert again["id"] == whole.id
    assert await given.value("SELECT count(name) FROM marketplace.customer") == 1, "of the friend who brought them"
    assert {(one.status_code, one.json()["error"]["code"]) for one in acts} == {(409, "USER_DELETED")}


async def test_a_name_that_others_have_too_is_still_found_with_a_typo(
    whole: Whole, path: Path, staff_of: StaffOf, given: Given
) -> None:
    staff = await staff_of()
    await path.customer(name=f"Other {THEIRS}")
    await settle(staff, whole)

    await forget(staff, whole)

    assert await given.value("SELECT count(*) FROM kernel.search_word WHERE word = %(word)s", word=THEIRS.lower()) == 1


async def test_the_files_of_their_disputes_are_deleted(whole: Whole, staff_of: StaffOf, given: Given) -> None:
    staff = await staff_of()
    await settle(staff, whole)
    await forget(staff, whole)
    asked = "SELECT args->'file_ids' FROM procrastinate.procrastinate_jobs WHERE task_name = %(name)s"
    file_ids = await given.value(asked, name=rules.DELETE_EVIDENCE)

    for _ in range(2):
        await delete_evidence(JobRun(given.house, system("kernel", "tests"), Context(), 0), file_ids=file_ids)

    assert file_ids
    with pytest.raises(FileNotThere):
        await given.house.files.fetch(file_ids[0])


async def test_what_waited_to_be_sent_to_them_is_not_sent(whole: Whole, staff_of: StaffOf, given: Given) -> None:
    staff = await staff_of()
    await settle(staff, whole)
    waits = "SELECT min(id) FROM kernel.notification WHERE status = 'queued' AND data_subject = %(person)s"
    waiting = await given.value(waits, person=person(whole.customer["id"]))
    await forget(staff, whole)

    await send_notification(JobRun(given.house, system("kernel", "tests"), Context(), 0), notice_id=waiting)

    assert await given.value("SELECT status FROM kernel.notification WHERE id = %(id)s", id=waiting) == "failed"


@pytest.mark.parametrize("role", ["support_agent", "finance_admin"])
async def test_only_whoever_may_anonymize_does(whole: Whole, staff_of: StaffOf, role: str) -> None:
    assert (await forget(await staff_of(role), whole)).status_code == 403
