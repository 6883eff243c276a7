"""Customers who show WhatsApp's id instead of a number, and who wants offers."""

import asyncio
import hashlib
import hmac
from typing import Any

import psycopg
import pytest

from backoffice.helpdesk.broadcast import jobs
from backoffice.helpdesk.conversation import rules
from backoffice.helpdesk.rehearsal.simulator import payload, text
from backoffice.helpdesk.responder.rules import MARKER
from backoffice.helpdesk.ticket.actions import open_ticket
from backoffice.helpdesk.ticket.rules import Category
from backoffice.kernel.database.embedded import EmbeddedServer
from tests.conftest import superuser
from tests.making import Make
from tests.talking import ASHA, WEBHOOK, Model, Talk

ID = "US.13491208655302741918"


def from_id(content: dict[str, Any], *, sender: str | None = None, number: str = "", **more: Any) -> dict[str, Any]:
    """A webhook of somebody who shows an id: `from` is empty or absent."""
    body = payload(number or ASHA, content, **more)
    value = body["entry"][0]["changes"][0]["value"]
    card = {"profile": {"name": "Kim", "username": "kfisher"}, "user_id": ID}
    value["contacts"] = [{**card, "wa_id": number[1:]} if number else card]
    message = {**value["messages"][0], "from_user_id": ID, "from": number[1:] or sender}
    value["messages"] = [{name: value for name, value in message.items() if value is not None}]
    return body


def preference(value: str, *, phone: str = ASHA) -> dict[str, Any]:
    body = payload(phone, text("x"))
    change = body["entry"][0]["changes"][0]
    change["field"] = "user_preferences"
    chosen = {"wa_id": phone[1:], "category": "marketing_messages", "value": value, "timestamp": 1731705721}
    change["value"] = {**change["value"], "messages": [], "user_preferences": [chosen]}
    return body


@pytest.mark.parametrize("sender", [None, ""])
async def test_who_shows_no_number_is_kept_answered_and_shown_by_their_id(
    make: Make, talk: Talk, signed_in: Any, sender: str | None
) -> None:
    answer = await talk.post(from_id(text("Hello"), sender=sender))
    await talk.work()

    assert answer.status_code == 200
    [sent] = await talk.sent(ID)
    assert (sent["message"]["recipient"], sent["message"].get("to")) == (ID, None)
    users = (await (await signed_in(await make.admin())).get("/api/v1/users")).json()["data"]["users"]
    assert [(user["phone_number"], user["name"]) for user in users] == [(ID, "Kim")]


async def test_their_ticket_is_raised_answered_and_goes_on_under_their_number_once_it_comes(
    make: Make, talk: Talk, model: Model, signed_in: Any
) -> None:
    agent = await make.agent(department="general")
    client = await signed_in(agent)
    model.says = [f"A person will look. {MARKER}"]
    await talk.post(from_id(text("Help")))
    await talk.work()
    await talk.post(from_id(text("yes")))
    await talk.work()
    [ticket] = (await client.get("/api/v1/tickets")).json()["data"]["tickets"]
    assert ticket["phone_number"] == ID

    await talk.post(from_id(text("This is my number"), number=ASHA))
    await talk.work()
    await client.post(f"/api/v1/tickets/{ticket['id']}/messages", json={"message": "Thank you"})
    await talk.work()

    seen = (await client.get(f"/api/v1/tickets/{ticket['id']}")).json()["data"]["ticket"]
    assert (seen["phone_number"], seen["conversation_history"][-2]["content"]) == (ASHA[1:], "This is my number")
    assert await talk.read() == ["Thank you"]
    assert await talk.rows("SELECT phone, user_id FROM helpdesk.whatsapp_user") == [(ASHA, ID)]

    await talk.post(from_id(text("And hidden again")))
    await talk.work()
    assert await talk.rows("SELECT phone FROM helpdesk.whatsapp_user") == [(ASHA,)]


async def test_one_person_known_by_id_and_by_number_becomes_one(make: Make, talk: Talk) -> None:
    agent = await make.agent()
    kept = await make.customer(ASHA)
    await make.ticket(customer=kept, assigned_to=agent)
    await talk.post(from_id(text("By id")))
    await talk.work()
    other = (await talk.rows("SELECT id FROM helpdesk.whatsapp_user WHERE user_id = %(id)s", id=ID))[0][0]
    async with make.write() as tx:
        second, _ = await open_ticket(tx, other, category=Category.LOAN, reason="For a test")

    await talk.post(from_id(text("By number"), number=ASHA))
    await talk.work()

    assert await talk.rows("SELECT id, phone, user_id FROM helpdesk.whatsapp_user") == [(kept.id, ASHA, ID)]
    assert await talk.rows("SELECT DISTINCT whatsapp_user_id FROM helpdesk.message") == [(kept.id,)]
    found = await talk.rows("SELECT status, phone FROM helpdesk.ticket ORDER BY id")
    assert [phone for _, phone in found] == [ASHA, ASHA]
    assert found[1][0] == "resolved"
    assert second.id


async def test_the_place_that_joining_frees_goes_to_the_ticket_that_waits(make: Make, talk: Talk) -> None:
    agent = await make.agent(department="payment", capacity=1)
    await make.ticket(customer=await make.customer(ASHA), category=Category.LOAN)
    await talk.post(from_id(text("By id")))
    await talk.work()
    [(other,)] = await talk.rows("SELECT id FROM helpdesk.whatsapp_user WHERE user_id = %(id)s", id=ID)
    waiting = await make.customer()
    for customer_id in (other, waiting.id):
        async with make.write() as tx:
            await open_ticket(tx, customer_id, category=Category.PAYMENT, reason="For a test")

    await talk.post(from_id(text("By number"), number=ASHA))

    sql = "SELECT assigned_agent_id FROM helpdesk.ticket WHERE whatsapp_user_id = %(id)s"
    assert await talk.rows(sql, id=waiting.id) == [(agent.id,)]


@pytest.mark.parametrize("is_known", [False, True])
@pytest.mark.parametrize("shows_first", [False, True])
async def test_one_webhook_with_an_id_alone_and_with_its_number_is_one_person(
    talk: Talk, is_known: bool, shows_first: bool
) -> None:
    if is_known:
        await talk.post(from_id(text("Before")))
    body, shown = from_id(text("Without")), from_id(text("With"), number=ASHA)
    messages = [one["entry"][0]["changes"][0]["value"]["messages"][0] for one in (body, shown)]
    value = body["entry"][0]["changes"][0]["value"]
    value["messages"] = messages[::-1] if shows_first else messages

    answer = await talk.post(body)
    await talk.work()

    assert answer.status_code == 200
    found = await talk.rows("SELECT phone, wa_id, user_id FROM helpdesk.whatsapp_user")
    assert found == [(ASHA, ASHA[1:], ID)]
    assert len(await talk.read()) == 2 + is_known


@pytest.mark.parametrize("name", [{}, {"from": "bla"}, {"from": "x" * 100_000}, {"from": "5678"}])
async def test_whoever_it_is_from_a_message_is_kept(talk: Talk, name: dict[str, str]) -> None:
    body = payload(ASHA, text("Hello"))
    value = body["entry"][0]["changes"][0]["value"]
    value["contacts"] = [{"profile": {"name": "n" * 1_000_000}}]
    del value["messages"][0]["from"]
    value["messages"][0] |= name

    answer = await talk.post(body)
    await talk.work()

    assert answer.status_code == 200
    assert ("Hello",) in await talk.rows("SELECT content FROM helpdesk.message WHERE author = 'user'")


async def test_offers_stopped_in_whatsapp_are_heard_and_answers_still_go(
    make: Make, talk: Talk, signed_in: Any
) -> None:
    client = await signed_in(await make.super_admin())
    await talk.writes("Hello")

    for _ in range(2):
        assert (await talk.post(preference("stop"))).status_code == 200
    await talk.post(preference("signup"))
    await talk.work()
    started = await client.post("/api/v1/broadcast", json={"message": "Buy!", "phone_numbers": [ASHA]})
    assert started.status_code == 200, started.text
    await carry_on(talk)
    await talk.writes("Hello again")

    assert await talk.read() == ["I can help with that.", rules.OFFERS_STOPPED, "I can help with that."]

    await talk.post(preference("resume"))
    await client.post("/api/v1/broadcast", json={"message": "Buy!", "phone_numbers": [ASHA]})
    await carry_on(talk)
    assert (await talk.read())[-2:] == [rules.OFFERS_RESUMED, "Buy!"]


async def carry_on(talk: Talk) -> None:
    await jobs.carry_on_broadcasts(talk.run())
    await talk.work()


async def test_who_never_wrote_can_stop_offers_too(talk: Talk) -> None:
    await talk.post(preference("stop"))

    assert await talk.rows("SELECT phone, offers_stopped_at IS NOT NULL FROM helpdesk.whatsapp_user") == [(ASHA, True)]
    assert await talk.sent() == []


async def test_stop_promotions_on_a_template_stops_offers_and_start_takes_them_up(talk: Talk) -> None:
    await talk.writes({"type": "button", "button": {"payload": "x", "text": "Stop promotions"}})
    await talk.writes("START")

    assert await talk.read() == [rules.OFFERS_STOPPED, rules.WELCOME_BACK]
    assert await talk.rows("SELECT offers_stopped_at FROM helpdesk.whatsapp_user") == [(None,)]


async def test_one_webhook_may_bring_an_id_alone_and_with_its_number(talk: Talk) -> None:
    first, second = from_id(text("By id")), from_id(text("By number"), number=ASHA)
    third = from_id(text("By another"), number="+919876500009")
    first["entry"] += second["entry"] + third["entry"]

    assert (await talk.post(first)).status_code == 200
    await talk.post(from_id(text("Again by number"), number=ASHA))
    await talk.work()

    assert await talk.rows("SELECT count(*) FROM helpdesk.message WHERE author = 'user'") == [(4,)]
    assert await talk.rows("SELECT phone, user_id FROM helpdesk.whatsapp_user ORDER BY phone") == [
        ("+919876500009", None),
        (ASHA, ID),
    ]


async def test_what_nobody_here_knows_is_kept_and_shown_and_acted_on_by_nothing(
    make: Make, talk: Talk, signed_in: Any
) -> None:
    unknown = payload(ASHA, text("x"))
    unknown["entry"][0]["changes"] = [
        {"field": "account_update", "value": {"event": "ACCOUNT_RESTRICTION"}},
        {"field": "messages", "value": {"statuses": [{"id": "wamid.1", "status": "in_orbit", "timestamp": "1"}]}},
        {"field": "messages", "value": {"errors": [{"code": 0, "title": "We were unable to authenticate"}]}},
    ]

    assert (await talk.post(unknown)).status_code == 200

    page = await (await signed_in(await make.admin())).get("/api/v1/whatsapp/leftovers")
    shown = page.json()["data"]["leftovers"]
    assert [one["kind"] for one in shown] == ["an error", "a status of an unknown kind", "account_update"]
    assert "in_orbit" in shown[1]["told"]
    assert await talk.rows("SELECT count(*) FROM helpdesk.inbound") == [(0,)]


@pytest.mark.parametrize(
    "raw",
    [b"\x00{", b"[]", b'{"entry": 5}', b'{"entry": [{"changes": [{"value": ' + b"[" * 2_000 + b"]" * 2_000 + b"}]}]}"],
)
async def test_a_genuine_body_that_cannot_be_read_is_kept_as_it_is(talk: Talk, raw: bytes) -> None:
    signature = hmac.new(b"app-secret", raw, hashlib.sha256).hexdigest()

    answer = await talk.client.post(WEBHOOK, content=raw, headers={"x-hub-signature-256": f"sha256={signature}"})

    assert answer.status_code == 200
    assert await talk.rows("SELECT count(*) FROM helpdesk.webhook_leftover") == [(1,)]


def until_somebody_waits(watching: psycopg.Connection[tuple[Any, ...]]) -> None:
    while watching.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone() == (0,):
        watching.execute("SELECT pg_sleep(0.02)")


async def test_a_webhook_that_meets_another_about_the_same_people_is_taken_in_all_the_same(
    make: Make, talk: Talk, clean: EmbeddedServer
) -> None:
    other = "+919876543219"
    await make.customer(ASHA)
    await make.customer(other)
    both = payload(ASHA, text("Hello"))
    messages = both["entry"][0]["changes"][0]["value"]["messages"]
    messages.append({**messages[0], "id": "wamid.other", "from": other[1:]})
    seen = "UPDATE helpdesk.whatsapp_user SET last_inbound_at = now() WHERE phone = %s"

    with superuser(clean) as second, superuser(clean) as watching, second.transaction():
        second.execute("SET LOCAL deadlock_timeout = '1min'")
        second.execute(seen, [other])
        posted = asyncio.create_task(talk.post(both))
        await asyncio.to_thread(until_somebody_waits, watching)
        await asyncio.to_thread(second.execute, seen, [ASHA])
    answer = await posted

    assert answer.status_code == 200
    assert await talk.rows("SELECT count(*) FROM helpdesk.inbound") == [(2,)]
