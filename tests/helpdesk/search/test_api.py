"""One search finds what people know of a thing; an agent finds no more than their own tickets."""

from typing import Any

import pytest

from tests.making import Make


async def found(client: Any, term: str) -> list[tuple[str, str, str]]:
    answer = await client.get("/api/v1/search", params={"q": term})
    assert answer.status_code == 200, answer.text
    return [(one["type"], one["id"], one["match"]) for one in answer.json()["data"]["items"]]


@pytest.mark.parametrize(
    ("term", "match"),
    [
        ("+91 98123 45517", "exact"),
        ("9812345517", "exact"),
        ("merch-77", "exact"),
        ("9812345", "begins"),
        ("45517", "begins"),
        ("123455", "begins"),
        ("+919812", "begins"),
        ("MERCH", "begins"),
        ("narayanan lakshmi", "words"),
        ("Lákshmi Nārāyan", "words"),
        ("Lakshmi Naryanan", "similar"),
    ],
)
async def test_a_customer_is_found_by_what_people_know_of_them(
    make: Make, signed_in: Any, term: str, match: str
) -> None:
    client = await signed_in(await make.admin())
    wanted = await make.customer("+919812345517", name="Lakshmi Narayanan", merchant_id="MERCH-77")
    await make.customer("+447700900123", name="Someone Else")

    assert await found(client, term) == [("user", str(wanted.id), match)]


async def test_a_ticket_is_found_by_its_number_and_its_customers(make: Make, signed_in: Any) -> None:
    client = await signed_in(await make.admin())
    ticket = await make.ticket(customer=await make.customer("+919812345517", merchant_id="MERCH-77"))
    await make.ticket()

    assert await found(client, ticket.code.lower()) == [("ticket", str(ticket.id), "exact")]
    for term in ("9812345", "98123 45517", "merch-77"):
        assert ("ticket", str(ticket.id)) in {hit[:2] for hit in await found(client, term)}, term


async def test_an_agent_finds_their_own_tickets_and_nothing_else(make: Make, signed_in: Any) -> None:
    agent, other = await make.member(), await make.member()
    mine = await make.ticket(assigned_to=agent, customer=await make.customer("+919812345517", name="Lakshmi"))
    theirs = await make.ticket(assigned_to=other, customer=await make.customer("+919812345518", name="Lakshmi"))
    client = await signed_in(agent)

    assert await found(client, "9812345") == [("ticket", str(mine.id), "begins")]
    for term in (theirs.code, "+919812345518", "Lakshmi", other.email):
        assert await found(client, term) == [], term


async def test_people_of_the_team_are_found_by_those_who_manage_it(make: Make, signed_in: Any) -> None:
    client = await signed_in(await make.admin())
    agent = await make.member(username="priya.shah")

    assert await found(client, "PRIYA.shah@desk.example") == [("admin", str(agent.id), "exact")]
    assert await found(client, "priya") == [("admin", str(agent.id), "begins")]


ODD = ["%%", "''", "\\\\", "():*&|!<->", "9" * 30, "\u00df'\u2019", "00000000-0000-0000-0000-00000000000x"]


@pytest.mark.parametrize("term", ODD)
async def test_odd_terms_find_nothing_and_break_nothing(make: Make, signed_in: Any, term: str) -> None:
    client = await signed_in(await make.admin())
    await make.ticket()

    assert await found(client, term) == []
