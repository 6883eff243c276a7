"""The testing mode doors, through the whole application."""

import hashlib
import io
from typing import Any

import openpyxl
import pytest

from tests.making import Make

CONFIG = "/api/v1/testing-mode/config"
WHITELIST = "/api/v1/testing-mode/whitelist"


async def test_the_switch_turns_over_or_goes_where_it_is_told(make: Make, signed_in: Any) -> None:
    client = await signed_in(await make.super_admin())

    async def switched(body: dict[str, bool] | None = None) -> bool:
        answer = await client.post(f"{CONFIG}/toggle", json=body)
        assert answer.status_code == 200, answer.text
        return bool(answer.json()["is_enabled"])

    assert (await client.get(CONFIG)).json()["is_enabled"] is False
    assert await switched() is True
    assert await switched() is False
    assert await switched({"is_enabled": False}) is False
    assert await switched({"is_enabled": True}) is True
    assert [entry[0] for entry in await make.audited()] == ["testing_mode.toggled"] * 3


async def test_the_fixed_answer_is_set_and_recorded_once(make: Make, signed_in: Any) -> None:
    admin = await make.super_admin()
    client = await signed_in(admin)

    for _ in range(2):
        changed = await client.put(f"{CONFIG}/static-response", json={"message": " Back tomorrow "})

    assert changed.json() == {
        "is_enabled": False,
        "static_response_message": "Back tomorrow",
        "whitelist_count": 0,
    }
    assert await make.audited() == [("testing_mode.message_set", "testing_mode:config", admin.id)]
    empty = await client.put(f"{CONFIG}/static-response", json={"message": "  "})
    assert empty.status_code == 400


async def test_numbers_are_added_once_and_what_was_skipped_is_said(make: Make, signed_in: Any) -> None:
    admin = await make.super_admin()
    client = await signed_in(admin)
    await client.post(WHITELIST, json={"phone_numbers": ["919876500001"]})

    numbers = ["+91 98765 00001", "9876500002", "919876500002", "nobody"]
    added = await client.post(WHITELIST, json={"phone_numbers": numbers, "label": "QA"})

    assert added.json() == {
        "added": 1,
        "skipped": 3,
        "added_numbers": ["919876500002"],
        "skipped_numbers": ["919876500001", "919876500002", "nobody"],
    }
    page = (await client.get(f"{WHITELIST}?page=1&page_size=1")).json()
    assert (page["total"], page["page"], page["page_size"]) == (2, 1, 1)
    (listed,) = page["numbers"]
    assert (listed["phone_number"], listed["label"], listed["added_by"]) == ("919876500002", "QA", admin.username)
    second = (await client.get(f"{WHITELIST}?page=2&page_size=1")).json()
    assert [number["phone_number"] for number in second["numbers"]] == ["919876500001"]
    assert (await client.get(CONFIG)).json()["whitelist_count"] == 2


async def test_a_change_is_one_entry_with_the_last_digits_of_its_numbers(make: Make, signed_in: Any) -> None:
    client = await signed_in(await make.super_admin())
    await client.post(WHITELIST, json={"phone_numbers": ["919876500001", "919876500002"]})
    await client.post(WHITELIST, json={"phone_numbers": ["919876500001"]})
    await client.request("DELETE", WHITELIST, json={"phone_numbers": ["919876500002"]})

    async with make.read() as db:
        rows = await db.connection.execute(
            "SELECT action, after ->> 'number_ends', after ->> 'change' FROM kernel.audit_entry ORDER BY at, id"
        )
        assert await rows.fetchall() == [
            ("testing_mode.whitelist_changed", "0001, 0002", "added"),
            ("testing_mode.whitelist_changed", "0002", "removed"),
        ]


async def test_numbers_are_taken_off_by_number_or_by_entry(make: Make, signed_in: Any) -> None:
    client = await signed_in(await make.super_admin())
    await client.post(WHITELIST, json={"phone_numbers": ["919876500001", "919876500002"]})

    removed = await client.request("DELETE", WHITELIST, json={"phone_numbers": ["9876500001", "919876500009"]})
    (left,) = (await client.get(WHITELIST)).json()["numbers"]
    by_entry = await client.delete(f"{WHITELIST}/{left['id']}")
    again = await client.delete(f"{WHITELIST}/{left['id']}")

    assert removed.json() == {
        "removed": 1,
        "skipped": 1,
        "removed_numbers": ["919876500001"],
        "skipped_numbers": ["919876500009"],
    }
    assert by_entry.json()["removed_numbers"] == ["919876500002"]
    assert (again.status_code, again.json()) == (404, {"detail": f"Whitelist entry with ID {left['id']} not found"})
    assert (await client.get(WHITELIST)).json() == {"total": 0, "page": 1, "page_size": 50, "numbers": []}


async def test_a_csv_or_excel_file_fills_the_whitelist(make: Make, signed_in: Any) -> None:
    client = await signed_in(await make.super_admin())
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append([919876500003])
    sheet = io.BytesIO()
    book.save(sheet)

    csv = await client.post(
        f"{WHITELIST}/upload",
        files={"file": ("numbers.csv", "phone_number\n919876500001\n919876500002\n12\n")},
        data={"label": "Pilot"},
    )
    excel = await client.post(f"{WHITELIST}/upload", files={"file": ("numbers.xlsx", sheet.getvalue())})

    assert (csv.json()["added"], csv.json()["skipped_numbers"]) == (2, ["12"])
    assert excel.json()["added_numbers"] == ["919876500003"]
    labels = [number["label"] for number in (await client.get(WHITELIST)).json()["numbers"]]
    assert labels == [None, "Pilot", "Pilot"]


@pytest.mark.parametrize(
    ("form", "status", "sentence"),
    [
        ({"files": {"file": ("numbers.txt", "919876500001")}}, 400, "file: Send a .csv or .xlsx file"),
        ({"files": {"file": ("numbers.csv", "")}}, 400, "file: No phone numbers found"),
        ({"files": {"other": ("numbers.csv", "919876500001")}}, 400, "file: is required"),
        (
            {"files": {"file": ("numbers.csv", "919876500001")}, "data": {"label": "x" * 101}},
            400,
            "label: must have at most 100 characters",
        ),
        ({"json": {"phone_numbers": ["919876500001"]}}, 415, "The request body must be multipart/form-data."),
    ],
)
async def test_a_bad_file_is_refused_and_changes_nothing(
    make: Make, signed_in: Any, form: dict[str, Any], status: int, sentence: str
) -> None:
    client = await signed_in(await make.super_admin())

    refused = await client.post(f"{WHITELIST}/upload", **form)

    assert (refused.status_code, refused.json()) == (status, {"detail": sentence})
    assert (await client.get(WHITELIST)).json()["total"] == 0


async def test_an_empty_list_of_numbers_is_refused(make: Make, signed_in: Any) -> None:
    client = await signed_in(await make.super_admin())

    for method in ("POST", "DELETE"):
        refused = await client.request(method, WHITELIST, json={"phone_numbers": []})
        assert refused.status_code == 400
        assert refused.json()["detail"].startswith("phone_numbers: ")


async def test_a_whitelist_of_ten_thousand_numbers_comes_in_at_once(make: Make, signed_in: Any) -> None:
    client = await signed_in(await make.super_admin())
    numbers = "\n".join(str(919_000_000_000 + number) for number in range(10_000))

    added = await client.post(f"{WHITELIST}/upload", files={"file": ("numbers.csv", numbers)})

    assert added.json()["added"] == 10_000, added.json()["skipped_numbers"][:5]
    async with make.read() as db:
        rows = await db.connection.execute("SELECT after FROM kernel.audit_entry")
        [(after,)] = await rows.fetchall()
    digest = hashlib.sha256("\n".join(f"+{number}" for number in numbers.split()).encode()).hexdigest()
    assert after == {"change": "added", "count": 10_000, "digest": digest}


async def test_anyone_may_fetch_the_sample_file(visitor: Any) -> None:
    sample = await visitor.get(f"{WHITELIST}/sample-csv")

    assert sample.status_code == 200
    assert sample.headers["content-type"].startswith("text/csv")
    assert sample.content.startswith(b"\xef\xbb\xbfphone_number\n")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", CONFIG, None),
        ("POST", f"{CONFIG}/toggle", None),
        ("PUT", f"{CONFIG}/static-response", {"message": "x"}),
        ("GET", WHITELIST, None),
        ("POST", WHITELIST, {"phone_numbers": ["919876500001"]}),
        ("DELETE", WHITELIST, {"phone_numbers": ["919876500001"]}),
        ("POST", f"{WHITELIST}/upload", None),
        ("DELETE", f"{WHITELIST}/1", None),
    ],
)
async def test_testing_mode_belongs_to_super_admins(
    make: Make, signed_in: Any, method: str, path: str, body: Any
) -> None:
    client = await signed_in(await make.admin())

    refused = await client.request(method, path, json=body)

    assert (refused.status_code, refused.json()) == (403, {"detail": "Access denied. Required roles: super_admin"})
