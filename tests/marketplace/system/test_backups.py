"""The doors of backups: asked for once an hour, made by a job and tried, listed with what can be restored to."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from backoffice.kernel.actor import Context, system
from backoffice.kernel.backup import Shelf
from backoffice.kernel.backup.jobs import follow_shelf, make_backup, ship_log
from backoffice.kernel.backup.uploads import put_back
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.house import House
from backoffice.kernel.jobs.queue import JobRun
from backoffice.settings import Settings
from tests.marketplace.conftest import StaffOf

ASK, LIST = "/api/v1/admin/system/backup", "/api/v1/admin/system/backups"


@pytest.fixture
def kept() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="backoffice-backup-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def settings(settings: Settings, server: EmbeddedServer, kept: Path) -> Iterator[Settings]:
    """Those of the embedded server's own data folder: it is the one that is backed up."""
    places = {"data_folder": server.folder.root, "backups_url": kept.as_uri(), "files_url": (kept / "f").as_uri()}
    yield settings.model_copy(update=places)
    shutil.rmtree(server.folder.spool, ignore_errors=True)


async def test_a_backup_is_asked_for_once_an_hour_made_tried_and_listed_with_what_it_leads_to(
    house: House, staff_of: StaffOf, kept: Path
) -> None:
    run = JobRun(house, system("marketplace", "tests"), Context(request_id="job-1"), 0)
    admin = await staff_of("super_admin")
    file_id = await house.files.keep(b"a picture", "image/png")
    asked = {"backup_type": "full", "include_uploads": True, "description": "before the upgrade"}

    nothing = await admin.post(ASK, json={"backup_type": "incremental"}, headers={"Idempotency-Key": "backup-0"})
    first = await admin.post(ASK, json=asked, headers={"Idempotency-Key": "backup-1"})
    again = await admin.post(ASK, json=asked, headers={"Idempotency-Key": "backup-1"})
    soon = await admin.post(ASK, json=asked, headers={"Idempotency-Key": "backup-2"})

    assert (nothing.status_code, nothing.json()["error"]["code"]) == (409, "NOTHING_TO_FOLLOW")
    assert first.status_code == 200 and first.json()["data"]["status"] == "pending"
    assert again.content == first.content
    assert (soon.status_code, soon.json()["error"]["code"]) == (429, "RATE_LIMIT_EXCEEDED")
    assert 3_500 < int(soon.headers["Retry-After"]) <= 3_600

    job_id = first.json()["data"]["job_id"]
    await make_backup(run, task_id=job_id)
    job = (await admin.get(f"/api/v1/admin/jobs/{job_id}")).json()["data"]
    assert (job["status"], job["type"], job["progress_percent"]) == ("succeeded", "full_backup", 100)
    await ship_log(run)
    listed = (await admin.get(LIST)).json()
    [backup] = listed["data"]
    standing = listed["meta"]["standing"]
    assert (backup["description"], backup["include_uploads"]) == ("before the upgrade", True)
    assert backup["keys_needed"] == [house.keys.current] and backup["check"]["tables"] > 20
    assert standing["restorable_from"] == backup["completed_at"] < standing["restorable_until"]
    assert (standing["log_files_waiting"], standing["last_failure"]) == (0, None)

    await house.files.delete(file_id)
    [made] = Shelf(house.settings).backups()
    assert put_back(house.settings, made) == 1
    assert (await house.files.fetch(file_id)).content == b"a picture"

    (kept / "backups" / backup["id"] / "backup.json").unlink()
    await follow_shelf(run)
    assert (await admin.get(LIST)).json()["data"] == []
