"""The webhook: what it takes in, once, whatever order and company it comes in."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from backoffice.helpdesk.intake.rules import LARGEST_WEBHOOK_BYTES
from backoffice.helpdesk.outbox import actions as outbox
from backoffice.helpdesk.rehearsal.simulator import delivery, payload, signed, text
from backoffice.helpdesk.whatsapp.payload import DeliveryState
from backoffice.helpdesk.whatsapp.signature import HEADER, sign
from backoffice.settings import Settings
from tests.making import Make
from tests.talking import ASHA, WEBHOOK, Talk

BELA = "+919876500002"


async def test_the_challenge_is_answered_when_the_verify_token_is_right(visitor: httpx.AsyncClient) -> None:
    asked = {"hub.mode": "subscribe", "hub.verify_token": "verify-token", "hub.challenge": "1158201444"}

    right = await visitor.get(WEBHOOK, params=asked)
    wrong = await visitor.get(WEBHOOK, params={**asked, "hub.verify_token": "guess"})
    other = await visitor.get(WEBHOOK, params={**asked, "hub.mode": "unsubscribe"})
    bare = await visitor.get(WEBHOOK)

    assert (right.status_code, right.text) == (200, "1158201444")
    assert right.headers["content-type"].startswith("text/plain")
    assert wrong.status_code == other.status_code == bare.status_code == 403
    assert wrong.json() == {"detail": "The verify token is not the one configured here."}


async def test_a_wrong_signature_is_refused_and_changes_nothing(talk: Talk) -> None:
    refused = await talk.post(payload(ASHA, text("Hello")), secret="guess")
    raw, _ = signed(payload(ASHA, text("Hello")), "app-secret")
    unsigned = await talk.client.post(WEBHOOK, content=raw)
    tampered = await talk.client.post(WEBHOOK, content=raw + b" ", headers={HEADER: sign("app-secret", raw)})

    assert refused.status_code == unsigned.status_code == tampered.status_code == 401
    assert refused.json() == {"detail": "The X-Hub-Signature-256 header is missing or does not match the body."}
    assert await talk.rows("SELECT count(*) FROM helpdesk.inbound") == [(0,)]
    assert await talk.rows("SELECT count(*) FROM helpdesk.whatsapp_user") == [(0,)]


async def test_a_message_id_is_taken_in_once_however_often_it_comes(talk: Talk) -> None:
    body = payload(ASHA, text("Hello"), message_id="wamid.once")

    answers = await asyncio.gather(*(talk.post(body) for _ in range(5)))
    await talk.work()
    await talk.post(body)
    await talk.work()

    assert {answer.status_code for answer in answers} == {200}
    assert await talk.read() == ["I can help with that."]
    assert await talk.rows("SELECT author FROM helpdesk.message ORDER BY id") == [("user",), ("assistant",)]


async def test_messages_and_statuses_of_one_webhook_are_all_taken_in(make: Make, talk: Talk) -> None:
    customer = await make.customer(BELA)
    async with make.write() as tx:
        first = await outbox.queue_text(tx, customer.id, "One", purpose="bot")
        await outbox.queue_text(tx, customer.id, "Two", purpose="bot")
    await talk.work()
    one, two = await talk.sent(BELA)
    parts = [
        payload(ASHA, text("First"), message_id="wamid.1"),
        delivery(one["id"], DeliveryState.DELIVERED, phone=BELA, tracker=one["tracker"]),
        payload(BELA, text("Second"), message_id="wamid.2", name="Bela"),
        delivery(two["id"], DeliveryState.FAILED, phone=BELA, error=(131026, "Message undeliverable")),
        payload(ASHA, text("Third"), message_id="wamid.3"),
    ]
    batch = {"object": parts[0]["object"], "entry": [entry for part in parts for entry in part["entry"]]}

    answer = await talk.post(batch)
    await talk.work()

    assert (answer.status_code, answer.json()) == (200, {"success": True})
    heard = await talk.rows("SELECT content FROM helpdesk.message WHERE author = 'user' ORDER BY id")
    assert sorted(heard) == [("First",), ("Second",), ("Third",)]
    assert heard.index(("First",)) < heard.index(("Third",))
    kept = dict(await talk.rows("SELECT id, status FROM helpdesk.outbound WHERE id <= %(last)s", last=first + 1))
    assert kept == {first: "delivered", first + 1: "failed"}
    assert await talk.rows("SELECT phone, name FROM helpdesk.whatsapp_user ORDER BY phone") == [
        (BELA, "Bela"),
        (ASHA, "Asha Verma"),
    ]


async def test_statuses_come_out_of_order_and_never_take_a_message_back(make: Make, talk: Talk) -> None:
    customer = await make.customer(ASHA)
    async with make.write() as tx:
        await outbox.queue_text(tx, customer.id, "Hello", purpose="bot")
    await talk.work()
    [sent] = await talk.sent()

    for state in ("read", "sent", "delivered", "failed", "read"):
        await talk.reports(state, sent)

    assert await talk.statuses() == ["read"]


async def test_a_status_about_nobodys_message_is_answered_and_ignored(talk: Talk) -> None:
    foreign = delivery("wamid.foreign", DeliveryState.DELIVERED, phone=ASHA, tracker="bo:999")

    assert (await talk.post(foreign)).status_code == 200


@pytest.mark.parametrize(
    "raw", [b"", b"not json", b"[]", b'{"entry": 7}', b'{"object": "\\u0000"}', b"\xff", b"[" * 9_000]
)
async def test_whatever_is_signed_is_answered_with_200(talk: Talk, raw: bytes) -> None:
    answer = await talk.client.post(WEBHOOK, content=raw, headers={HEADER: sign("app-secret", raw)})

    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("words", ["Zero \x00 byte", "Half \ud83d of a sign", "x" * 70_000])
async def test_words_a_column_could_not_hold_are_still_taken_in(talk: Talk, words: str) -> None:
    raw = json.dumps(payload(ASHA, text(words))).encode()

    answer = await talk.client.post(WEBHOOK, content=raw, headers={HEADER: sign("app-secret", raw)})
    await talk.work()

    assert answer.status_code == 200, answer.text
    assert len(await talk.sent()) == 1


async def test_a_body_larger_than_meta_sends_is_refused(talk: Talk) -> None:
    raw = b"x" * (LARGEST_WEBHOOK_BYTES + 1)

    answer = await talk.client.post(WEBHOOK, content=raw, headers={HEADER: sign("app-secret", raw)})

    assert answer.status_code == 413


class TestLimits:
    """One address brings everybody's messages."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"writes_per_minute": 2})

    async def test_signed_webhooks_are_never_too_many_and_forged_ones_soon_are(self, talk: Talk) -> None:
        for number in range(5):
            assert (await talk.post(payload(ASHA, text(f"Message {number}")))).status_code == 200

        forged = [(await talk.post(payload(ASHA, text("Hello")), secret="guess")).status_code for _ in range(4)]

        assert forged == [401, 401, 429, 429]
        assert (await talk.post(payload(ASHA, text("Still welcome")))).status_code == 200


async def test_the_customers_last_message_is_remembered_and_an_old_one_does_not_move_it(make: Make, talk: Talk) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    await talk.writes("New", sent_at=now)
    await talk.writes("Old, delayed", sent_at=now - timedelta(hours=3))

    assert await talk.rows("SELECT last_inbound_at FROM helpdesk.whatsapp_user") == [(now,)]


async def test_the_raw_message_is_kept(talk: Talk) -> None:
    await talk.writes("Hello", message_id="wamid.raw")

    [(raw,)] = await talk.rows("SELECT raw FROM helpdesk.inbound")
    kept: dict[str, Any] = json.loads(raw)
    assert (kept["id"], kept["text"]) == ("wamid.raw", {"body": "Hello"})
