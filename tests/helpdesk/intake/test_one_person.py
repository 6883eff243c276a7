"""One person, one number: whoever writes under two forms of a number is one customer with one unresolved ticket."""

from typing import Any

import pytest

from tests.making import Make
from tests.talking import Talk


@pytest.mark.parametrize(
    ("first", "second", "one"),
    [
        ("+554187654321", "+5541987654321", "+5541987654321"),
        ("+5215588471422", "+525588471422", "+525588471422"),
        ("+541123456789", "+5491123456789", "+5491123456789"),
    ],
)
async def test_two_forms_of_a_number_are_one_customer_with_one_ticket(
    talk: Talk, model: Any, first: str, second: str, one: str
) -> None:
    model.says = ["Shall I raise a ticket? [RAISE_TICKET]"]

    for phone in (first, second):
        await talk.writes("My payment failed", phone=phone)
        if phone == first:
            await talk.presses("Yes", phone=phone)

    assert await talk.rows("SELECT phone, wa_id FROM helpdesk.whatsapp_user") == [(one, second[1:])]
    assert await talk.rows("SELECT phone, status FROM helpdesk.ticket") == [(one, "open")]


async def test_an_answer_goes_to_the_number_by_which_whatsapp_knows_the_customer(talk: Talk) -> None:
    await talk.writes("Hello", phone="+5215588471422")

    assert await talk.read("+5215588471422") == ["I can help with that."]
    assert await talk.read("+525588471422") == []


async def test_a_customer_is_found_by_either_form(talk: Talk, make: Make, signed_in: Any) -> None:
    client = await signed_in(await make.admin())
    await talk.writes("hola", phone="+5215588471422")

    for search in ("+525588471422", "5215588471422", "+52 1 55 8847 1422", "55 8847 1422"):
        answer = await client.get("/api/v1/users", params={"search": search})
        assert [user["phone_number"] for user in answer.json()["data"]["users"]] == ["525588471422"], search
