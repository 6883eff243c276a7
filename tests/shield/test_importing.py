"""A file of members: all of it, or nothing and a sentence for each refused line."""

import json
from pathlib import Path
from typing import Any

import pytest

from backoffice.kernel.importing import Report
from backoffice.shield.importing import import_members
from tests.shield.making import Given

COUNT = "SELECT count(*) FROM shield.member"


def line(number: int, **facts: Any) -> bytes:
    profile = {"first_name": "Ada", "last_name": f"No {number}", "ssn": "123456789"}
    return json.dumps({"email": f"a{number}@example.com", "profile": profile, **facts}).encode() + b"\n"


async def bring(given: Given, lines: list[bytes], *, skip_refused: bool = False) -> Report:
    told: list[int] = []
    report = await import_members(given.house, lines, skip_refused=skip_refused, progress=told.append)
    assert told == sorted(told) and told[-1] == sum(map(len, lines))
    return report


async def test_every_member_of_a_file_is_brought_in(given: Given) -> None:
    lines = [line(number, external_id=f"p-{number}") for number in range(1201)]
    lines[7] = line(7, plan_id="plan_basic", enrolled_at="2026-01-15T00:00:00Z", payment_method="card")

    report = await bring(given, lines)

    assert (report.imported, report.refused, await given.value(COUNT)) == (1201, [], 1201)
    active = "SELECT string_agg(m.email || ' ' || s.plan_id, ',') FROM shield.member m JOIN shield.subscription s"
    assert await given.value(active + " ON s.member_id = m.id WHERE m.status = 'active'") == "a7@example.com plan_basic"


async def test_a_member_brings_their_dates(given: Given) -> None:
    profile = {"first_name": "Ada", "last_name": "Lovelace", "date_of_birth": "1990-05-15"}
    dates = {"signup_date": "2026-01-15T10:30:00Z", "last_activity": "2026-03-20T14:22:00Z"}

    report = await bring(given, [line(1, profile=profile, **dates)])

    assert report.refused == []
    kept = "SELECT (date_of_birth, signup_date AT TIME ZONE 'UTC', last_activity AT TIME ZONE 'UTC')::text"
    told = '(1990-05-15,"2026-01-15 10:30:00","2026-03-20 14:22:00")'
    assert await given.value(f"{kept} FROM shield.member") == told


WRONG = [
    line(1),
    b"{not json\n",
    line(3, plan_id="plan_unknown"),
    line(1, external_id="twice"),
    b"\n",
    line(6, profile={"first_name": "Ada"}),
    line(7, surprise=1),
    line(8),
]


async def test_a_refused_line_leaves_nothing(given: Given) -> None:
    report = await bring(given, WRONG)

    assert (report.imported, await given.value(COUNT)) == (0, 0)
    assert [sentence.partition(":")[0] for sentence in report.errors] == [f"line {n}" for n in (2, 3, 4, 6, 7)]


async def test_refused_lines_may_be_skipped(given: Given) -> None:
    report = await bring(given, WRONG, skip_refused=True)

    assert (report.imported, len(report.refused), await given.value(COUNT)) == (2, 5, 2)


async def test_who_is_known_already_is_refused(given: Given) -> None:
    await bring(given, [line(1, external_id="p-1")])

    report = await bring(given, [line(1), line(2, external_id="p-1"), line(3)])

    assert report.errors == [f"line {n}: this e-mail address or external_id is known already" for n in (1, 2)]
    assert await given.value(COUNT) == 1


@pytest.mark.parametrize("raw", [b"[]", b'{"email": "a\\u0000@example.com"}', b"\xff\xfe", b" " * 3 + b"x" * 200_000])
async def test_any_bytes_are_a_refused_line(given: Given, tmp_path: Path, raw: bytes) -> None:
    report = await bring(given, [raw])

    assert (report.imported, len(report.refused)) == (0, 1)
