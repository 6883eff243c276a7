"""Everything WhatsApp can bring is readable for staff, in the ticket and in the conversation, with what went wrong."""

from typing import Any

import pytest

from backoffice.helpdesk.rehearsal.simulator import image, text
from backoffice.helpdesk.ticket.rules import Status
from tests.making import Make
from tests.talking import ASHA, Model, Talk


async def shown(make: Make, talk: Talk, signed_in: Any, *contents: Any) -> list[dict[str, Any]]:
    """What staff read of these messages: the ticket's items, which the page of the customer shows alike."""
    admin = await make.admin()
    customer = await make.customer(ASHA)
    ticket = await make.ticket(customer=customer)
    for content in contents:
        await talk.writes(content)
    return await items(signed_in, admin, ticket.id, customer.id)


async def items(signed_in: Any, admin: Any, ticket_id: int, customer_id: int) -> list[dict[str, Any]]:
    client = await signed_in(admin)
    seen = (await client.get(f"/api/v1/tickets/{ticket_id}")).json()["data"]["ticket"]["conversation_history"]
    page = (await client.get(f"/api/v1/users/{customer_id}/conversations")).json()["data"]["conversations"]
    same = ("id", "content", "kind", "error", "file_name", "quoted", "edits", "deleted_at", "forwarded", "referral")
    by_id = sorted(page, key=lambda one: one["id"])
    assert [[one[name] for name in same] for one in seen] == [[one[name] for name in same] for one in by_id]
    return list(seen)


ORDER = {
    "type": "order",
    "order": {
        "catalog_id": "35",
        "text": "By noon please",
        "product_items": [{"product_retailer_id": "SODA", "quantity": 2, "item_price": 10, "currency": "ILS"}],
    },
}
FLOW = {
    "type": "interactive",
    "interactive": {
        "type": "nfm_reply",
        "nfm_reply": {
            "name": "flow",
            "body": "Sent",
            "response_json": '{"screen_0_Rating_0": "Excelente", "stars": 5, "flow_token": "secret"}',
        },
    },
}
CARD = {
    "type": "contacts",
    "contacts": [{"name": {"formatted_name": "H4 Card"}, "phones": [{"phone": "+39 393 1", "wa_id": "39393"}]}],
}
NEW_NUMBER = {
    "type": "system",
    "system": {"type": "user_changed_number", "wa_id": "919882633315", "body": "User A changed from 91987 to 91988"},
}
LIST_REPLY = {
    "type": "interactive",
    "interactive": {"type": "list_reply", "list_reply": {"id": "x", "title": "Refund", "description": "Of a payment"}},
}
AD = {**text("Hi"), "referral": {"headline": "Loans", "body": "Cheap", "source_url": "https://fb.me/1", "x": 7}}


KINDS: list[tuple[Any, str, str]] = [
    (ORDER, "order", "By noon please\n2 x SODA at 10 ILS"),
    (FLOW, "interactive", "Sent\nscreen_0_Rating_0: Excelente\nstars: 5"),
    (CARD, "contacts", "H4 Card +39 393 1"),
    (NEW_NUMBER, "system", "User A changed from 91987 to 91988: now 919882633315"),
    (LIST_REPLY, "interactive", "Refund\nOf a payment"),
    ({"type": "button", "button": {"payload": "p", "text": "Call me"}}, "button", "Call me"),
    ({"type": "location", "location": {"latitude": 1, "longitude": 2}}, "location", "1.000000, 2.000000"),
    ({"type": "sticker", "sticker": {"id": "404"}}, "sticker", "[sticker]"),
    ({"type": "poll", "poll": {"name": "Which day?"}}, "unsupported", "Which day?"),
    (
        {
            "type": "interactive",
            "interactive": {"type": "call_permission_reply", "call_permission_reply": {"response": "accept"}},
        },
        "unsupported",
        "accept",
    ),
    ({"type": "hologram"}, "unsupported", "[hologram]"),
    (
        {"type": "unsupported", "errors": [{"code": 131051, "title": "Message type unknown"}]},
        "unsupported",
        "Message type unknown (131051)",
    ),
]


async def test_every_kind_is_readable(make: Make, talk: Talk, signed_in: Any) -> None:
    read = await shown(make, talk, signed_in, *(content for content, _, _ in KINDS))

    assert [(item["kind"], item["content"]) for item in read] == [(kind, words) for _, kind, words in KINDS]
    assert {item["role"] for item in read} == {"user"}


async def test_an_advertisement_and_a_forward_are_named(make: Make, talk: Talk, signed_in: Any) -> None:
    ad, forwarded = await shown(make, talk, signed_in, AD, {**text("Look"), "context": {"forwarded": True}})

    assert ad["referral"] == {"headline": "Loans", "body": "Cheap", "source_url": "https://fb.me/1"}
    assert (ad["forwarded"], forwarded["forwarded"]) == (False, True)


async def test_a_quoted_message_is_named(make: Make, talk: Talk, signed_in: Any) -> None:
    admin, customer = await make.admin(), await make.customer(ASHA)
    ticket = await make.ticket(customer=customer)
    client = await signed_in(admin)
    for words in ("This?", "Or this?"):
        await client.post(f"/api/v1/tickets/{ticket.id}/messages", json={"message": words})
    await talk.work()
    first = (await talk.sent())[0]["id"]

    own = await talk.writes({**text("this one, please"), "context": {"from": "1", "id": first}})
    await talk.writes({"type": "reaction", "reaction": {"message_id": own, "emoji": "+"}})
    await talk.writes({**text("unknown"), "context": {"id": "wamid.gone"}})

    asked, _, answer, reaction, lost = await items(signed_in, admin, ticket.id, customer.id)
    assert answer["quoted"] == {"id": asked["id"], "role": "agent", "content": "This?"}
    assert reaction["quoted"]["id"] == answer["id"]
    assert lost["quoted"] is None


async def test_edited_words_are_the_new_ones_with_the_old_beside_them_and_a_deleted_message_stays(
    make: Make, talk: Talk, signed_in: Any, model: Model
) -> None:
    admin, customer = await make.admin(), await make.customer(ASHA)
    ticket = await make.ticket(customer=customer)
    original = await talk.writes("my account ends in 1234")

    def edit(words: str, of: str) -> dict[str, Any]:
        return {"type": "edit", "edit": {"original_message_id": of, "message": text(words)}}

    await talk.writes(edit("my account ends in 4321", original))
    await talk.writes({"type": "revoke", "revoke": {"original_message_id": original}})
    await talk.writes(edit("of a message we never had", "wamid.gone"))
    await talk.writes(edit("of somebody else", original), phone="+919876500009")

    item, other = await items(signed_in, admin, ticket.id, customer.id)
    assert (item["content"], [one["content"] for one in item["edits"]]) == (
        "my account ends in 4321",
        ["my account ends in 1234"],
    )
    assert item["deleted_at"] is not None
    assert (other["content"], other["kind"]) == ("of a message we never had", "edit")
    assert (await talk.sent(), model.asked) == ([], [])


async def test_why_a_file_is_missing_is_said_and_its_name_stands_beside_the_caption(
    make: Make, talk: Talk, signed_in: Any
) -> None:
    document = {"type": "document", "document": {"id": "404", "filename": "statement.pdf", "caption": "Of March"}}

    [item] = await shown(make, talk, signed_in, document)

    assert (item["content"], item["file_name"], item["file_url"]) == ("Of March", "statement.pdf", None)
    assert "does not exist" in item["error"]


async def test_why_a_message_failed_is_said_wherever_it_is_shown(make: Make, talk: Talk, signed_in: Any) -> None:
    admin, customer = await make.admin(), await make.customer(ASHA)
    ticket = await make.ticket(customer=customer)
    client = await signed_in(admin)
    await talk.breaks("refuse")

    await client.post(f"/api/v1/tickets/{ticket.id}/messages", json={"message": "Hello"})
    await talk.work()

    [item] = await items(signed_in, admin, ticket.id, customer.id)
    log = (await client.get(f"/api/v1/tickets/{ticket.id}/activities")).json()["data"]["activities"]
    why = "Message undeliverable (131026)"
    assert (item["delivery"], item["error"]) == ("failed", why)
    assert (log[0]["activity_type"], log[0]["delivery"], log[0]["error"]) == ("replied", "failed", why)


@pytest.mark.parametrize("content", [NEW_NUMBER, {"type": "revoke", "revoke": {"original_message_id": "wamid.gone"}}])
async def test_what_whatsapp_tells_by_itself_reopens_nothing_and_gets_no_answer(
    make: Make, talk: Talk, model: Model, content: dict[str, Any]
) -> None:
    await make.ticket(customer=await make.customer(ASHA), status=Status.RESOLVED)

    await talk.writes(content)

    assert await talk.rows("SELECT status FROM helpdesk.ticket") == [("resolved",)]
    assert (await talk.sent(), model.asked) == ([], [])


async def test_a_picture_of_a_caption_edited_keeps_both(make: Make, talk: Talk, signed_in: Any) -> None:
    admin, customer = await make.admin(), await make.customer(ASHA)
    ticket = await make.ticket(customer=customer)
    original = await talk.writes(image("404", caption="Old"))

    await talk.writes({"type": "edit", "edit": {"original_message_id": original, "message": image("9", caption="New")}})

    [item] = await items(signed_in, admin, ticket.id, customer.id)
    assert (item["content"], item["edits"][0]["content"], item["kind"]) == ("New", "Old", "image")
