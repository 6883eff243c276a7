"""One search finds what people know of a thing; nobody finds what their role may not see."""

from typing import Any

import pytest

from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Path, StaffClient


async def found(staff: StaffClient, term: str) -> list[dict[str, Any]]:
    answer = await staff.get("/api/v1/admin/search", params={"q": term})
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]["items"]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("term", "match"),
    [
        ("ln.1970@example.com", "exact"),
        ("LN.1970@example.com", "exact"),
        ("+91 98111 22333", "exact"),
        ("22333", "begins"),
        ("9811122", "begins"),
        ("098111", "begins"),
        ("ln.19", "begins"),
        ("Lakshmi", "words"),
        ("narayanan lakshmi", "words"),
        ("Lákshmi Nārāyan", "words"),
        ("Lakshmi Naryanan", "similar"),
        ("Laskhmi", "similar"),
        ("Lakshmii", "similar"),
    ],
)
async def test_a_customer_is_found_by_what_people_know_of_them(
    path: Path, staff_of: StaffOf, term: str, match: str
) -> None:
    wanted = await path.customer(name="Lakshmi Narayanan", email="ln.1970@example.com", phone="+919811122333")
    await path.customer(name="Someone Else")

    hits = await found(await staff_of(), term)

    assert [(one["type"], one["id"], one["match"]) for one in hits] == [("user", str(wanted["id"]), match)]


async def test_words_of_four_letters_and_two_typos_are_not_forgiven(path: Path, staff_of: StaffOf) -> None:
    await path.customer(name="Asha Narayanan")
    staff = await staff_of()

    assert await found(staff, "Asho") == []
    assert await found(staff, "Norayanon") == []


async def test_an_exact_reference_comes_before_everything_else(path: Path, staff_of: StaffOf) -> None:
    customer, booking, payment = await path.done()
    dispute = await path.dispute(customer, booking)
    staff = await staff_of()

    assert [(one["type"], one["id"]) for one in await found(staff, booking["booking_reference"].lower())][:1] == [
        ("booking", booking["id"])
    ]
    assert [one["type"] for one in await found(staff, payment["id"])] == ["payment"]
    assert [one["id"] for one in await found(staff, dispute["dispute_reference"])][:1] == [str(dispute["id"])]
    assert {one["type"] for one in await found(staff, "BKG-")} == {"booking"}


async def test_moderators_find_a_takedown_request_by_its_number_and_id(path: Path, staff_of: StaffOf) -> None:
    request = await path.takedown(await path.reviewed(1))
    moderator = await staff_of("content_moderator")

    for term in (request["request_number"].lower(), request["id"], request["external_id"]):
        assert [(one["type"], one["id"]) for one in await found(moderator, term)] == [
            ("takedown_request", request["id"])
        ]
    assert await found(await staff_of("support_agent"), request["request_number"]) == []


async def test_a_role_finds_what_it_may_see_and_no_other(path: Path, staff_of: StaffOf) -> None:
    customer, booking, payment = await path.done()

    assert await found(await staff_of("content_moderator"), booking["booking_reference"]) == []
    assert await found(await staff_of("finance_admin"), "Asha") == []
    assert [one["type"] for one in await found(await staff_of("finance_admin"), payment["id"])] == ["payment"]
    assert [one["id"] for one in await found(await staff_of("support_agent"), "Asha")] == [str(customer["id"])]


ODD = ["%%", "''", "\\\\", "():*&|!<->", "00000000-0000-0000-0000-00000000000x", "9" * 30, "\u00df'\u2019"]


@pytest.mark.parametrize("term", ODD)
async def test_odd_terms_find_nothing_and_break_nothing(path: Path, staff_of: StaffOf, term: str) -> None:
    await path.customer()

    assert await found(await staff_of(), term) == []


async def test_names_are_found_by_each_word_that_they_have_and_by_beginnings_that_many_share(
    path: Path, staff_of: StaffOf
) -> None:
    wanted = await path.customer(name="Siobhan O'Brien")
    for number in range(51):
        await path.customer(name=f"Wu{chr(ord('a') + number // 26)}{chr(ord('a') + number % 26)} Rao")
    staff = await staff_of()

    assert [one["id"] for one in await found(staff, "brien si")] == [str(wanted["id"])]
    assert len(await found(staff, "wu ra")) == 20
    assert [one["title"] for one in await found(staff, "wuby ra")] == ["Wuby Rao"]
    assert await found(staff, "wu zz") == []


async def test_an_address_is_not_taken_for_the_words_of_a_name(path: Path, staff_of: StaffOf) -> None:
    await path.customer(name="Asha Example", email="somebody@example.com")
    wanted = await path.customer(name="Bina", email="asha@example.com")

    assert [one["id"] for one in await found(await staff_of(), "asha@exam")] == [str(wanted["id"])]


async def test_a_vendor_is_found_by_either_name_with_a_typo(path: Path, staff_of: StaffOf) -> None:
    vendor = await path.post("vendors", external_id="v9", name="Ramesh Traders", display_name="Lotus Photography")
    staff = await staff_of()

    for term in ("Rameshh", "Photogrphy"):
        assert [(one["type"], one["id"], one["match"]) for one in await found(staff, term)] == [
            ("vendor", str(vendor["id"]), "similar")
        ]
