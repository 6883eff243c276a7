"""One search finds what people know of a thing; nobody finds what their role may not see."""

import pytest

from tests.shield.conftest import AdminOf
from tests.shield.making import AdminClient, Given


async def found(client: AdminClient, term: str) -> list[tuple[str, str, str]]:
    answer = await client.get("/v1/admin/search", params={"q": term})
    assert answer.status_code == 200, answer.text
    return [(one["type"], one["id"], one["match"]) for one in answer.json()["data"]["items"]]


@pytest.mark.parametrize(
    ("term", "match"),
    [
        ("LN.1970@example.com", "exact"),
        ("+1 (512) 555-0142", "exact"),
        ("ln.19", "begins"),
        ("5125550", "begins"),
        ("512-555-0142", "begins"),
        ("50142", "begins"),
        ("narayanan lakshmi", "words"),
        ("Lákshmi Nārāyan", "words"),
        ("Lakshmi Naryanan", "similar"),
        ("Laskhmi", "similar"),
    ],
)
async def test_a_member_is_found_by_what_people_know_of_them(
    given: Given, admin_of: AdminOf, term: str, match: str
) -> None:
    wanted = await given.member(
        first_name="Lakshmi", last_name="Narayanan", email="ln.1970@example.com", phone="+1 512-555-0142"
    )
    await given.member(phone="+447700900123")

    assert await found(await admin_of("support"), term) == [("user", wanted.id, match)]


async def test_a_name_that_was_corrected_is_found_with_a_typo(given: Given, admin_of: AdminOf) -> None:
    member = await given.member(first_name="Ann", last_name="Smith")
    client = await admin_of("support")

    corrected = await client.patch(
        f"/v1/admin/users/{member.id}", json={"profile": {"last_name": "Narayanan"}, "change_reason": "Married"}
    )

    assert corrected.status_code == 200, corrected.text
    assert await found(client, "Narayanam") == [("user", member.id, "similar")]


async def test_a_role_finds_what_it_may_see_and_no_other(given: Given, admin_of: AdminOf) -> None:
    member = await given.member(email="ln.1970@example.com")
    claim = await given.claim(member, status="approved")
    payout = await given.payout(claim, 100_00)

    finance, support = await admin_of("finance"), await admin_of("support")

    assert await found(finance, claim.id.upper()) == [("claim", claim.id, "exact")]
    assert await found(finance, payout) == [("payout", payout, "exact")]
    assert await found(finance, "ln.1970@example.com") == []
    assert await found(support, member.id) == [("user", member.id, "exact")]
    assert await found(support, claim.id) == [("claim", claim.id, "exact")]
    assert await found(support, payout) == []


ODD = ["%%", "''", "\\\\", "():*&|!<->", "9" * 30, "\u00df'\u2019", "00000000-0000-0000-0000-00000000000x"]


@pytest.mark.parametrize("term", ODD)
async def test_odd_terms_find_nothing_and_break_nothing(given: Given, admin_of: AdminOf, term: str) -> None:
    await given.claim()

    assert await found(await admin_of(), term) == []
