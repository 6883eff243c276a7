"""The door of a restore: everything that it refuses, and what it leaves when it accepts. The story has the rest."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from backoffice.kernel.backup import Backup, Form, Shelf
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.identifiers import uuid7
from backoffice.kernel.restore.record import Record, Records, Wish
from backoffice.kernel.restore.rules import Status, confirmation_of
from backoffice.settings import Settings
from tests.kernel.restore import shelf
from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Given, StaffClient

DOOR = "/api/v1/admin/system/restore"
MADE_AT = datetime(2026, 3, 14, 10, 0, tzinfo=UTC)
LATER = MADE_AT + timedelta(hours=2)


@pytest.fixture
def settings(settings: Settings, clean: EmbeddedServer, tmp_path: Path) -> Settings:
    """Those of the embedded server, with backups of their own."""
    kept = (tmp_path / "backups").as_uri()
    return settings.model_copy(update={"data_folder": clean.folder.root, "backups_url": kept})


@pytest.fixture
async def admin(staff_of: StaffOf, settings: Settings) -> AsyncIterator[StaffClient]:
    yield await staff_of("super_admin")
    for file in Records(settings.data_folder).folder.glob("*"):
        file.unlink()


def kept(settings: Settings, **facts: Any) -> Backup:
    backup = shelf.kept(MADE_AT, **facts)
    Shelf(settings).write_down(backup)
    return backup


def wish(moment: datetime | None = LATER, backup_id: UUID | None = None, **more: Any) -> dict[str, Any]:
    day = (moment or MADE_AT).date()
    body = {"target_timestamp": moment and moment.isoformat(), "backup_id": backup_id and str(backup_id)}
    return {**body, "confirmation_code": confirmation_of(day), **more}


async def ask(client: httpx.AsyncClient, body: dict[str, Any], key: str = "") -> httpx.Response:
    return await client.post(DOOR, json=body, headers={"Idempotency-Key": key or uuid7().hex})


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def test_one_that_is_accepted_is_a_job_and_is_recorded(
    admin: StaffClient, settings: Settings, given: Given
) -> None:
    kept(settings)

    answer = await ask(admin, wish())

    told = answer.json()["data"]
    assert (answer.status_code, told["status"], told["restores_to"]) == (200, "pending", "2026-03-14T12:00:00Z")
    assert "2026-03-14T12:00:00Z" in told["warning"]
    job = (await admin.get(f"/api/v1/admin/jobs/{told['job_id']}")).json()["data"]
    assert (job["type"], job["status"]) == ("system_restore", "pending")
    assert await given.audited("restore.asked") == [("restore.asked", f"restore:{told['job_id']}", admin.staff.id)]


async def test_the_same_key_gives_the_same_answer_and_another_restore_waits_an_hour(
    admin: StaffClient, settings: Settings
) -> None:
    kept(settings)
    first = await ask(admin, wish(), key="once")

    again, other = await ask(admin, wish(), key="once"), await ask(admin, wish())

    assert (again.status_code, again.content) == (200, first.content)
    assert said(other) == (429, "RATE_LIMIT_EXCEEDED")
    assert 3590 < int(other.headers["retry-after"]) <= 3600


async def test_a_backup_alone_is_restored_as_it_is(admin: StaffClient, settings: Settings) -> None:
    backup = kept(settings)

    answer = await ask(admin, wish(None, backup.id))

    assert answer.json()["data"]["restores_to"] == "2026-03-14T10:00:00Z"


async def test_only_a_super_admin_who_proved_it_just_now_may_ask(
    staff_of: StaffOf, given: Given, admin: StaffClient, settings: Settings
) -> None:
    kept(settings)
    finance = await ask(await staff_of("finance_admin"), wish())
    unproved = await ask(await staff_of(await given.staff("super_admin", proved=False)), wish())

    assert (said(finance), said(unproved)) == ((403, "PERMISSION_DENIED"), (403, "MFA_REQUIRED"))
    assert list(Records(settings.data_folder)) == []


async def test_a_key_and_the_right_day_are_needed(admin: StaffClient, settings: Settings) -> None:
    kept(settings)
    without_key = await admin.post(DOOR, json=wish())
    other_day = await ask(admin, wish(confirmation_code="RESTORE-2026-03-15"))
    no_word = await ask(admin, wish(confirmation_code="2026-03-14"))

    assert said(without_key) == (400, "IDEMPOTENCY_KEY_REQUIRED")
    assert (said(other_day), said(no_word)) == ((400, "CONFIRMATION_WRONG"), (400, "CONFIRMATION_WRONG"))


async def test_the_day_is_that_of_the_moment_in_utc(admin: StaffClient, settings: Settings) -> None:
    kept(settings)
    body = {"target_timestamp": "2026-03-15T04:30:00+05:30", "confirmation_code": "RESTORE-2026-03-14"}

    assert (await ask(admin, body)).json()["data"]["restores_to"] == "2026-03-14T23:00:00Z"


async def test_what_no_backup_leads_to_is_refused(admin: StaffClient, settings: Settings) -> None:
    nothing_kept = await ask(admin, wish())
    backup, dump = kept(settings), kept(settings, form=Form.LOGICAL)
    before = MADE_AT - timedelta(hours=1)

    answers = [
        nothing_kept,
        await ask(admin, wish(before)),
        await ask(admin, wish(before, backup.id)),
        await ask(admin, wish(LATER, dump.id)),
        await ask(admin, wish(LATER, uuid7())),
        await ask(admin, wish(datetime.now(UTC) + timedelta(hours=1))),
        await ask(admin, wish(None)),
    ]

    assert [said(answer) for answer in answers] == [
        (409, "MOMENT_NOT_COVERED"),
        (409, "MOMENT_NOT_COVERED"),
        (409, "MOMENT_NOT_COVERED"),
        (409, "MOMENT_NOT_COVERED"),
        (404, "BACKUP_NOT_FOUND"),
        (400, "MOMENT_IN_FUTURE"),
        (400, "NO_MOMENT"),
    ]
    assert list(Records(settings.data_folder)) == []


async def test_one_at_a_time(admin: StaffClient, settings: Settings) -> None:
    kept(settings)
    Records(settings.data_folder).write(
        Record(id=uuid7(), wish=Wish(moment=LATER), moment=LATER, asked_at=LATER, status=Status.PREPARING)
    )

    assert said(await ask(admin, wish())) == (409, "RESTORE_UNDER_WAY")


class TestElsewhere:
    """Where PostgreSQL is somebody else's."""

    @pytest.fixture
    def settings(self, settings: Settings, tmp_path: Path) -> Settings:
        return settings.model_copy(update={"data_folder": tmp_path / "var"})

    async def test_the_door_says_what_to_do_instead(self, staff_of: StaffOf) -> None:
        answer = await ask(await staff_of("super_admin"), wish())

        assert said(answer) == (409, "NOT_OUR_SERVER")
        assert "use your provider's restore" in answer.json()["error"]["message"]
