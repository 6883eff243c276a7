"""The broadcast doors, through the whole application."""

from typing import Any

import pytest

from backoffice.helpdesk.broadcast.jobs import carry_on_broadcasts
from backoffice.kernel.actor import Context, system
from backoffice.kernel.house import House
from backoffice.kernel.jobs.queue import JobRun
from tests.making import Make

BROADCAST = "/api/v1/broadcast"
SUNDAY = {"message": "We are open on Sunday", "phone_numbers": ["919876500001"]}


@pytest.fixture
def run(house: House) -> JobRun:
    return JobRun(house, system("helpdesk", "tests"), Context(), 0)


async def test_a_broadcast_is_taken_in_and_answered_at_once(make: Make, signed_in: Any) -> None:
    admin = await make.super_admin()
    client = await signed_in(admin)

    started = await client.post(BROADCAST, json=SUNDAY)

    job = started.json()
    assert started.status_code == 200, started.text
    assert job.pop("created_at").endswith("Z")
    assert job == {
        "id": job["id"],
        "message_content": "We are open on Sunday",
        "status": "pending",
        "total_recipients": 1,
        "sent_success": 0,
        "sent_failed": 0,
        "created_by": admin.username,
        "started_at": None,
        "completed_at": None,
        "error_log": [],
    }
    assert await make.audited() == [("broadcast.started", f"broadcast:{job['id']}", admin.id)]


async def test_a_number_given_twice_counts_once_and_an_unreadable_one_has_failed(make: Make, signed_in: Any) -> None:
    client = await signed_in(await make.super_admin())
    numbers = ["919876500001", "+91 98765 00001", "9876500002", "nobody"]

    started = (await client.post(BROADCAST, json={**SUNDAY, "phone_numbers": numbers})).json()
    shown = (await client.get(f"{BROADCAST}/{started['id']}")).json()

    assert (started["total_recipients"], started["sent_failed"]) == (3, 1)
    assert shown["failed_recipients"] == [{"phone_number": "nobody", "error": "Not a phone number"}]
    assert shown["error_log"] == ["Not a phone number (1)"]


async def test_one_idempotency_key_starts_one_broadcast(make: Make, signed_in: Any) -> None:
    client = await signed_in(await make.super_admin())
    key = {"Idempotency-Key": "sunday"}

    first = await client.post(BROADCAST, json=SUNDAY, headers=key)
    second = await client.post(BROADCAST, json=SUNDAY, headers=key)

    assert first.content == second.content
    assert (await client.get(BROADCAST)).json()["total"] == 1


async def test_the_list_shows_the_newest_first(make: Make, signed_in: Any) -> None:
    client = await signed_in(await make.super_admin())
    started = [(await client.post(BROADCAST, json={**SUNDAY, "message": f"News {n}"})).json()["id"] for n in range(3)]

    page = (await client.get(f"{BROADCAST}?page=2&page_size=2")).json()

    assert (page["total"], page["page"], page["page_size"]) == (3, 2, 2)
    assert [job["id"] for job in page["jobs"]] == [started[0]]
    assert [job["id"] for job in (await client.get(BROADCAST)).json()["jobs"]] == started[::-1]


async def test_an_uploaded_file_and_a_message_make_a_broadcast(make: Make, signed_in: Any) -> None:
    client = await signed_in(await make.super_admin())

    started = await client.post(
        f"{BROADCAST}/upload-and-send",
        data={"message": " News "},
        files={"file": ("numbers.csv", "phone\n919876500001\n919876500002\n")},
    )

    assert (started.json()["message_content"], started.json()["total_recipients"]) == ("News", 2)


@pytest.mark.parametrize(
    ("message", "file", "sentence"),
    [
        ("", ("numbers.csv", "919876500001"), "message: is required"),
        (" ", ("numbers.csv", "919876500001"), "message: must not be empty"),
        ("x" * 4097, ("numbers.csv", "919876500001"), "message: must have at most 4096 characters"),
        ("News", ("numbers.csv", "phone\n"), "file: No phone numbers found"),
        ("News", ("numbers.doc", "919876500001"), "file: Send a .csv or .xlsx file"),
        ("News", ("numbers.csv", "nobody\n"), "None of the recipients is a phone number"),
    ],
)
async def test_a_bad_upload_starts_nothing(
    make: Make, signed_in: Any, message: str, file: tuple[str, str], sentence: str
) -> None:
    client = await signed_in(await make.super_admin())

    refused = await client.post(f"{BROADCAST}/upload-and-send", data={"message": message}, files={"file": file})

    assert (refused.status_code, refused.json()) == (400, {"detail": sentence})
    assert (await client.get(BROADCAST)).json() == {"total": 0, "page": 1, "page_size": 20, "jobs": []}


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({**SUNDAY, "phone_numbers": []}, "phone_numbers: "),
        ({**SUNDAY, "phone_numbers": ["nobody"]}, "None of the recipients is a phone number"),
        ({**SUNDAY, "message": "  "}, "message: "),
        ({**SUNDAY, "message": "x" * 4097}, "message: "),
        ({**SUNDAY, "phone_numbers": ["919876500001"] * 10_001}, "phone_numbers: "),
        ({"message": "News"}, "phone_numbers: "),
    ],
)
async def test_a_broadcast_without_words_or_recipients_is_refused(
    make: Make, signed_in: Any, body: dict[str, Any], sentence: str
) -> None:
    client = await signed_in(await make.super_admin())

    refused = await client.post(BROADCAST, json=body)

    assert refused.status_code == 400
    assert refused.json()["detail"].startswith(sentence)


async def test_a_running_broadcast_can_be_cancelled_and_one_that_is_over_cannot(
    make: Make, signed_in: Any, run: JobRun
) -> None:
    client = await signed_in(await make.super_admin())
    customer = await make.customer()
    running = (await client.post(BROADCAST, json={**SUNDAY, "phone_numbers": [customer.phone]})).json()["id"]
    over = (await client.post(BROADCAST, json=SUNDAY)).json()["id"]
    for _ in range(2):
        await carry_on_broadcasts(run)

    cancelled = await client.post(f"{BROADCAST}/{running}/cancel")
    again = await client.post(f"{BROADCAST}/{running}/cancel")
    refused = await client.post(f"{BROADCAST}/{over}/cancel")

    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert again.json() == cancelled.json()
    assert (refused.status_code, refused.json()) == (400, {"detail": "A failed broadcast can't be cancelled"})


async def test_an_unknown_broadcast_is_not_found(make: Make, signed_in: Any) -> None:
    client = await signed_in(await make.super_admin())

    shown = await client.get(f"{BROADCAST}/42")
    cancelled = await client.post(f"{BROADCAST}/42/cancel")

    assert shown.status_code == cancelled.status_code == 404
    assert shown.json() == cancelled.json() == {"detail": "Broadcast with ID 42 not found"}


async def test_ten_thousand_recipients_are_taken_in_at_once(make: Make, signed_in: Any) -> None:
    client = await signed_in(await make.super_admin())
    numbers = [str(919_000_000_000 + number) for number in range(10_000)]

    started = (await client.post(BROADCAST, json={**SUNDAY, "phone_numbers": numbers})).json()

    assert started["total_recipients"] == 10_000


async def test_anyone_may_fetch_the_sample_file(visitor: Any) -> None:
    sample = await visitor.get(f"{BROADCAST}/sample-csv")

    assert (sample.status_code, sample.text.splitlines()[0]) == (200, "\ufeffphone_number")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", BROADCAST, None),
        ("POST", BROADCAST, SUNDAY),
        ("POST", f"{BROADCAST}/upload-and-send", None),
        ("GET", f"{BROADCAST}/1", None),
        ("POST", f"{BROADCAST}/1/cancel", None),
    ],
)
async def test_broadcasts_belong_to_super_admins(make: Make, signed_in: Any, method: str, path: str, body: Any) -> None:
    client = await signed_in(await make.admin())

    refused = await client.request(method, path, json=body)

    assert (refused.status_code, refused.json()) == (403, {"detail": "Access denied. Required roles: super_admin"})
