"""Searching the helpdesk as people type: numbers in any way of writing, names without accents, ids in any case."""

import unicodedata
from typing import Any

from tests.making import Make

WAYS = [
    "+91 98945 47719",
    "+91-98945-47719",
    "098945 47719",
    "(98945) 47719",
    "9894547719",
    "+9198945",
    "9894547",
    "47719",
]


async def test_a_ticket_is_found_by_its_number_in_every_way_of_writing_and_by_ids_in_any_case(
    make: Make, signed_in: Any
) -> None:
    client = await signed_in(await make.admin())
    ticket = await make.ticket(customer=await make.customer("+919894547719", merchant_id="MERCH20893"))
    await make.ticket()

    for search in (*WAYS, "merch20893", "MERCH208", ticket.code.lower()):
        answer = await client.get("/api/v1/tickets", params={"search": search})
        assert [one["id"] for one in answer.json()["data"]["tickets"]] == [ticket.id], search
    for nothing in ("%", "_", "\\", "'", "TKT_", "+0"):
        answer = await client.get("/api/v1/tickets", params={"search": nothing})
        assert answer.json()["data"]["tickets"] == [], nothing


async def test_a_customer_is_found_by_number_name_and_merchant_id_as_people_type_them(
    make: Make, signed_in: Any
) -> None:
    client = await signed_in(await make.admin())
    joao = await make.customer("+919894547719", name="João da Silva Núñez", merchant_id="MERCH20893")
    await make.customer(name="Bela")

    names = ["joao", "Nunez", "nunez joao", "JOÃO silva", unicodedata.normalize("NFD", "João")]
    for search in (*WAYS, *names, "merch20893"):
        answer = await client.get("/api/v1/users", params={"search": search})
        assert [one["id"] for one in answer.json()["data"]["users"]] == [joao.id], search
