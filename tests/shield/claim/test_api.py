"""The staff doors of claims: the list, the detail with its facts, decisions, notes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.making import fold_all
from tests.shield.conftest import AdminOf
from tests.shield.making import AdminClient, Claim, Given


async def detail(client: httpx.AsyncClient, claim: Claim) -> dict[str, Any]:
    answer = await client.get(f"/v1/admin/claims/{claim.id}")
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]  # type: ignore[no-any-return]


async def test_the_list_shows_claims_newest_first_with_all_four_pagination_fields(
    handler: AdminClient, given: Given
) -> None:
    old = await given.claim(submitted_at=datetime(2026, 1, 1, tzinfo=UTC))
    new = await given.claim(old.member, status="approved", requested_minor=123_45)

    answer = (await handler.get("/v1/admin/claims?limit=1")).json()["data"]

    assert answer["pagination"] == {"current_page": 1, "total_pages": 2, "total_items": 2, "items_per_page": 1}
    shown = answer["claims"][0]
    assert (shown["id"], shown["user_id"], shown["user_email"]) == (new.id, new.member.id, new.member.email)
    assert (shown["amount_requested"], shown["amount_approved"]) == (123.45, 123.45)
    assert (shown["plan_coverage_amount"], shown["documents"], shown["status"]) == (5000.0, [], "approved")


async def test_the_list_filters_by_status_member_and_days_of_submission(handler: AdminClient, given: Given) -> None:
    first = await given.claim(status="denied", submitted_at=datetime(2026, 3, 1, 12, tzinfo=UTC))
    second = await given.claim(submitted_at=datetime(2026, 3, 31, 23, tzinfo=UTC))

    async def found(query: str) -> list[str]:
        data = (await handler.get(f"/v1/admin/claims?{query}")).json()["data"]
        assert data["pagination"]["total_items"] == len(data["claims"])
        return [claim["id"] for claim in data["claims"]]

    assert await found("status=denied") == [first.id]
    assert await found(f"user_id={second.member.id}") == [second.id]
    assert await found("date_from=2026-03-02") == [second.id]
    assert await found("date_to=2026-03-31") == [second.id, first.id]
    assert await found("date_to=2026-03-30") == [first.id]
    assert await found("status=pending&date_from=2026-03-01&date_to=2026-03-01") == []
    assert await found("user_id=user_unknown") == []


async def test_a_claim_is_found_between_the_times_it_is_shown_with(handler: AdminClient, given: Given) -> None:
    claim = await given.claim()
    at = (await handler.get("/v1/admin/claims")).json()["data"]["claims"][0]["submitted_date"]

    answer = await handler.get("/v1/admin/claims", params={"date_from": at, "date_to": at})

    assert [one["id"] for one in answer.json()["data"]["claims"]] == [claim.id]


@pytest.mark.parametrize("query", ["status=lost", "date_from=soon", "date_from=2026-02-01&date_to=2026-01-01"])
async def test_a_wrong_filter_is_refused(handler: AdminClient, query: str) -> None:
    answer = await handler.get(f"/v1/admin/claims?{query}")

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "VALIDATION_ERROR")


async def test_the_detail_shows_the_claim_as_the_contract_has_it(handler: AdminClient, given: Given) -> None:
    claim = await given.claim()

    shown = await detail(handler, claim)

    assert shown["user"] == {
        "id": claim.member.id,
        "name": shown["user"]["name"],
        "email": claim.member.email,
        "plan": "Premium Shield",
    }
    assert shown["status_history"] == [
        {
            "status": "pending",
            "timestamp": shown["submitted_date"],
            "changed_by": None,
            "notes": "Claim submitted by user",
        }
    ]
    assert (shown["amount_approved"], shown["amount_paid"], shown["remaining_coverage"]) == (None, None, 5000.0)
    assert (shown["documents"], shown["notes"], shown["assigned_to"]) == ([], [], None)
    assert shown["coverage_window"] == {"from": None, "to": None, "inside": False}
    assert shown["waiting_period"]["satisfied"] is True
    assert shown["duplicate_warning"] == []


async def test_the_waiting_period_runs_from_an_enrolment_that_a_plan_change_does_not_break(
    handler: AdminClient, given: Given
) -> None:
    now = datetime.now(UTC)
    member = await given.member(plan_id="plan_basic", enrolled_at=now - timedelta(days=60))
    async with given.write() as tx:
        await tx.run(
            "UPDATE shield.subscription SET ended_at = now() - interval '5 days' WHERE member_id = %(id)s", id=member.id
        )
        tx.record("changed", "plan")
    await given.subscription(member.id, "plan_premium", enrolled_at=now - timedelta(days=5))

    early = await given.claim(member, termination_date=now - timedelta(days=50))
    late = await given.claim(member, termination_date=now - timedelta(days=2))
    before = await given.claim(member, termination_date=now - timedelta(days=61))

    assert (await detail(handler, early))["waiting_period"]["satisfied"] is False
    assert (await detail(handler, late))["waiting_period"]["satisfied"] is True
    assert (await detail(handler, before))["waiting_period"] == {"ends_at": None, "satisfied": False}


async def test_claims_of_one_member_about_the_same_days_warn_of_each_other(handler: AdminClient, given: Given) -> None:
    lost = datetime(2026, 3, 1, tzinfo=UTC)
    first = await given.claim(termination_date=lost)
    again = await given.claim(first.member, termination_date=lost + timedelta(days=30))
    await given.claim(first.member, termination_date=lost + timedelta(days=61))
    await given.claim(termination_date=lost)

    assert (await detail(handler, first))["duplicate_warning"] == [again.id]


async def test_an_approval_answers_with_its_audit_entry_and_stands_in_the_history(
    handler: AdminClient, given: Given
) -> None:
    claim = await given.claim(status="under_review")
    body = {
        "status": "approved",
        "amount_approved": 2500.00,
        "notes": "All documents verified.",
        "change_reason": "Documentation verified with employer",
    }

    answer = await handler.patch(f"/v1/admin/claims/{claim.id}", json=body)

    data = answer.json()["data"]
    assert answer.status_code == 200, answer.text
    assert '"amount_approved":2500.00' in answer.text
    assert (data["claim_id"], data["status"], data["amount_approved"]) == (claim.id, "approved", 2500.0)
    entry = data["audit_entry"]
    assert (entry["action"], entry["admin_id"]) == ("claim_status_update", handler.admin.shown_id)
    assert entry["reason"] == "Documentation verified with employer"
    assert entry["changes"] == [
        {"field": "status", "old_value": "under_review", "new_value": "approved"},
        {"field": "amount_approved", "old_value": None, "new_value": 2500.0},
    ]
    shown = await detail(handler, claim)
    last = shown["status_history"][-1]
    assert (last["status"], last["changed_by"]) == ("approved", handler.admin.shown_id)
    assert (last["notes"], shown["notes"]) == ("All documents verified.", [])
    assert shown["coverage_window"]["inside"] is True
    assert await given.audited("claim.status_update") == [
        ("claim.status_update", f"claim:{claim.id}", handler.admin.id)
    ]


async def test_what_is_so_already_changes_nothing_and_records_nothing(handler: AdminClient, given: Given) -> None:
    claim = await given.claim(status="under_review")

    for body in ({}, {"status": "under_review"}, {"assigned_to": None}, {"change_reason": "none"}):
        answer = await handler.patch(f"/v1/admin/claims/{claim.id}", json=body)
        assert (answer.status_code, answer.json()["data"]["audit_entry"]) == (200, None)

    assert await given.audited() == []


async def test_a_claim_is_assigned_to_whoever_handles_claims_and_back_to_nobody(
    handler: AdminClient, given: Given
) -> None:
    claim, other = await given.claim(), await given.admin("claims_handler")
    url = f"/v1/admin/claims/{claim.id}"

    assigned = await handler.patch(url, json={"assigned_to": other.shown_id})

    entry = assigned.json()["data"]["audit_entry"]
    assert entry["action"] == "claim_assigned"
    assert entry["changes"] == [{"field": "assigned_to", "old_value": None, "new_value": other.shown_id}]
    assert (await detail(handler, claim))["assigned_to"]["admin_id"] == other.shown_id
    freed = await handler.patch(url, json={"assigned_to": None})
    assert freed.json()["data"]["audit_entry"]["changes"][0]["old_value"] == other.shown_id
    assert (await detail(handler, claim))["assigned_to"] is None


@pytest.mark.parametrize(("role", "status"), [("finance", 409), (None, 404)])
async def test_a_claim_is_not_assigned_to_anybody_else(
    handler: AdminClient, given: Given, role: str | None, status: int
) -> None:
    claim = await given.claim()
    admin_id = (await given.admin(role)).shown_id if role else "admin_nobody"

    answer = await handler.patch(
        f"/v1/admin/claims/{claim.id}", json={"assigned_to": admin_id, "status": "under_review"}
    )

    assert answer.status_code == status
    assert (await detail(handler, claim))["status"] == "pending"


async def test_a_note_is_kept_with_its_author(handler: AdminClient, given: Given) -> None:
    claim = await given.claim()

    answer = await handler.post(
        f"/v1/admin/claims/{claim.id}/notes", json={"content": "Called employer", "internal": False}
    )

    assert answer.status_code == 201
    noted = answer.json()["data"]
    assert (noted["admin_id"], noted["content"], noted["internal"]) == (
        handler.admin.shown_id,
        "Called employer",
        False,
    )
    assert (await detail(handler, claim))["notes"] == [noted]
    assert len(await given.audited("claim.note_added")) == 1


async def test_a_note_without_a_move_is_an_internal_note(handler: AdminClient, given: Given) -> None:
    claim = await given.claim()

    answer = await handler.patch(f"/v1/admin/claims/{claim.id}", json={"notes": "Waiting for the employer"})

    assert answer.json()["data"]["audit_entry"]["action"] == "claim_note_added"
    kept = (await detail(handler, claim))["notes"]
    assert [(note["content"], note["internal"]) for note in kept] == [("Waiting for the employer", True)]


async def test_notes_are_kept_out_of_the_audit_log_in_plain(handler: AdminClient, given: Given) -> None:
    claim = await given.claim()
    await handler.post(f"/v1/admin/claims/{claim.id}/notes", json={"content": "canary of the note"})

    assert await given.value("SELECT count(*) FROM kernel.audit_entry WHERE after::text LIKE '%%canary%%'") == 0


@pytest.mark.parametrize(
    ("role", "status"), [("support", 403), ("finance", 403), ("auditor", 403), ("super_admin", 200)]
)
async def test_only_who_handles_claims_decides_them(admin_of: AdminOf, given: Given, role: str, status: int) -> None:
    claim, client = await given.claim(), await admin_of(role)

    answer = await client.patch(f"/v1/admin/claims/{claim.id}", json={"status": "under_review"})

    assert answer.status_code == status
    assert (await client.get(f"/v1/admin/claims/{claim.id}")).status_code == 200


async def test_what_is_not_there_is_not_found(handler: AdminClient, given: Given) -> None:
    claim = await given.claim()

    for method, path in (
        ("GET", "claim_unknown"),
        ("PATCH", "claim_unknown"),
        ("PATCH", "claim_unknown/documents/doc_unknown"),
        ("PATCH", f"{claim.id}/documents/doc_unknown"),
        ("POST", "claim_unknown/notes"),
    ):
        body = {"verified": True} if "documents" in path else {"content": "x"} if method == "POST" else {}
        answer = await handler.request(method, f"/v1/admin/claims/{path}", json=body)
        assert answer.status_code == 404, path


async def test_the_total_is_live_before_and_after_the_tally_is_folded(handler: AdminClient, given: Given) -> None:
    claim = await given.claim()
    await given.claim(status="denied")
    await handler.patch(f"/v1/admin/claims/{claim.id}", json={"status": "under_review"})

    async def totals() -> list[int]:
        pages = [await handler.get(f"/v1/admin/claims{query}") for query in ("", "?status=pending", "?status=denied")]
        return [page.json()["data"]["pagination"]["total_items"] for page in pages]

    before = await totals()
    async with given.write() as tx:
        await fold_all(tx)

    assert before == await totals() == [2, 0, 1]
