"""Dates nobody means: refused at the door, and by the database, so that no list is spoilt by one of them."""

from datetime import UTC, datetime
from typing import Any

import httpx
import psycopg
import pytest
from pydantic import TypeAdapter, ValidationError

from backoffice.kernel.web.inputs import Moment
from backoffice.shield.importing import import_members
from tests.shield.conftest import AdminOf, Platform
from tests.shield.making import Given

FAR = ("9999-12-31T23:59:00-05:00", "0001-01-01T00:00:00+05:00", "1899-12-31T23:59:59Z", "2200-01-01T00:00:00Z")
MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)
COLUMNS = (
    ("member", "signup_date"),
    ("member", "last_activity"),
    ("member", "date_of_birth"),
    ("subscription", "enrolled_at"),
    ("subscription", "next_billing_date"),
    ("deactivation", "effective_at"),
    ("plan_change", "effective_at"),
    ("premium_payment", "paid_at"),
    ("claim", "termination_date"),
)


def test_a_moment_is_kept_in_utc() -> None:
    assert MOMENT.validate_python("2026-01-31T12:00:00+02:00") == datetime(2026, 1, 31, 10, tzinfo=UTC)
    assert MOMENT.validate_python("2026-01-31T12:00:00+02:00").tzinfo is UTC


@pytest.mark.parametrize("at", [*FAR, "2026-01-31T12:00:00"])
def test_what_no_year_of_ours_has_is_no_moment(at: str) -> None:
    with pytest.raises(ValidationError):
        MOMENT.validate_python(at)


@pytest.mark.parametrize("at", FAR)
async def test_no_door_takes_a_date_that_cannot_be_read_again(
    given: Given, admin_of: AdminOf, platform: Platform, at: str
) -> None:
    member, new = await given.member(), await given.member(plan_id=None, status="pending")
    support, client = await admin_of("super_admin"), await platform("members:write", "claims:submit")
    user, of_member = f"/v1/admin/users/{member.id}", f"/v1/platform/members/{member.id}"
    claim = {"external_id": "c", "user_id": member.id, "type": "loss", "reason": "x", "amount_requested": 1.00}
    someone = {"email": "a@example.com", "profile": {"first_name": "A", "last_name": "B"}}
    paid = {"amount": 1.00, "external_id": "p", "method": "card"}

    answers: dict[str, httpx.Response] = {
        "deactivate": await support.post(f"{user}/deactivate", json={"reason": "other", "effective_date": at}),
        "plan": await support.patch(
            f"{user}/plan", json={"plan_id": "plan_basic", "change_reason": "x", "effective_date": at}
        ),
        "birth": await support.patch(user, json={"change_reason": "x", "profile": {"date_of_birth": "1899-12-31"}}),
        "seen": await client.patch(of_member, json={"last_activity": at}),
        "signup": await client.post("/v1/platform/members", json={**someone, "signup_date": at}),
        "enrolment": await client.post(
            f"/v1/platform/members/{new.id}/enrolment",
            json={"plan_id": "plan_basic", "payment_method": "card", "effective_date": at},
        ),
        "payment": await client.post(f"{of_member}/payments", json={**paid, "paid_at": at}),
        "claim": await client.post("/v1/platform/claims", json={**claim, "termination_date": at}),
        "users": await support.get("/v1/admin/users", params={"signup_date_from": at}),
        "claims": await support.get("/v1/admin/claims", params={"date_to": at}),
        "audit log": await support.get("/v1/admin/audit-log", params={"date_from": at}),
    }

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 400)
    fields = {name: answer.json()["error"]["details"][0] for name, answer in answers.items()}
    assert fields["deactivate"]["field"] == "effective_date"
    assert {said["message"] for said in fields.values()} == {"must be between 1900-01-01 and 2199-12-31"}
    assert (await support.get("/v1/admin/users")).status_code == 200


async def test_a_line_of_a_file_with_such_a_date_is_refused(given: Given) -> None:
    line = b'{"email": "a@example.com", "profile": {"first_name": "A", "last_name": "B"}, "%s": "%s"}\n'
    lines = [line % (field, FAR[0].encode()) for field in (b"signup_date", b"last_activity", b"enrolled_at")]

    report = await import_members(given.house, lines, skip_refused=False, progress=lambda _: None)

    assert len(report.refused) == 3


@pytest.mark.parametrize(("table", "column"), COLUMNS)
async def test_the_database_itself_keeps_no_such_date(given: Given, table: str, column: str) -> None:
    await made_of_everything(given)
    for at in ("10000-01-01 00:00:00+00", "0001-01-01 00:00:00+00 BC"):
        with pytest.raises(psycopg.errors.CheckViolation):
            async with given.write() as tx:
                tx.record("past the rules", table)
                sql: Any = f"UPDATE shield.{table} SET {column} = '{at}'"
                await tx.run(sql)


async def made_of_everything(given: Given) -> None:
    """One row in every table that keeps a date of a client."""
    claim = await given.claim()
    admin = await given.admin()
    async with given.write() as tx:
        tx.record("made", "for a test")
        of = {"member": claim.member.id, "admin": admin.id}
        await tx.run(
            """
            INSERT INTO shield.deactivation (id, member_id, reason, effective_at, notifies_member, decided_by)
                 VALUES ('deact_' || repeat('0', 32), %(member)s, 'other', now(), false, %(admin)s)
            """,
            **of,
        )
        await tx.run(
            """
            INSERT INTO shield.plan_change (id, member_id, from_plan_id, to_plan_id, effective_at, credit_minor,
                                            charge_minor, reason, decided_by)
                 VALUES ('change_' || repeat('0', 32), %(member)s, 'plan_premium', 'plan_basic', now(), 0, 0, 'x',
                         %(admin)s)
            """,
            **of,
        )
        await tx.run(
            """
            INSERT INTO shield.premium_payment (id, external_id, member_id, amount_minor, method, paid_at)
                 VALUES ('premium_' || repeat('0', 32), 'p', %(member)s, 1, 'card', now())
            """,
            member=claim.member.id,
        )
