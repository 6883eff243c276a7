"""Reading webhooks: every kind Meta sends, batches, and whatever else may arrive."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.helpdesk.rehearsal import simulator
from backoffice.helpdesk.whatsapp.content import MessageKind
from backoffice.helpdesk.whatsapp.payload import (
    DeliveryState,
    NotAPhoneNumber,
    as_digits,
    e164,
    parse,
    read,
)

ASHA = "919876543210"
AT_HOME = "Home, 12.970000, 77.590000"

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=8), inside, max_size=4),
    max_leaves=12,
)
MESSAGE_FIELDS = ["from", "id", "timestamp", "type", "context", "errors", *MessageKind]
STATUS_FIELDS = ["id", "status", "timestamp", "recipient_id", "errors", "biz_opaque_callback_data"]
PART = st.dictionaries(st.sampled_from(["id", "body", "type", "text", "latitude", "longitude", "name", "emoji"]), JSON)


def read_one(content, **more):
    [message] = parse(simulator.payload(ASHA, content, **more)).messages
    return message


def test_a_text_is_read_with_sender_name_and_time():
    sent_at = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)

    message = read_one(simulator.text("My payment failed"), message_id="wamid.A", name="Asha", sent_at=sent_at)

    assert (message.wa_message_id, message.person.phone, message.person.name) == ("wamid.A", "+919876543210", "Asha")
    assert (message.kind, message.text, message.sent_at) == (MessageKind.TEXT, "My payment failed", sent_at)
    assert message.business_phone_id == simulator.BUSINESS_PHONE_ID


def test_a_pressed_reply_button_gives_its_id_its_title_and_the_message_it_answers():
    message = read_one(simulator.button_reply("raise_ticket:yes", "Yes", to_message="wamid.Q"))

    assert (message.kind, message.button_id, message.text) == (MessageKind.INTERACTIVE, "raise_ticket:yes", "Yes")
    assert message.facts == {"quotes": "wamid.Q"}


def test_a_template_button_gives_its_payload():
    message = read_one({"type": "button", "button": {"payload": "talk", "text": "Talk to us"}})

    assert (message.kind, message.button_id, message.text) == (MessageKind.BUTTON, "talk", "Talk to us")


def test_a_voice_note_gives_its_media():
    message = read_one(simulator.audio("441"))

    assert (message.kind, message.media_id, message.media_mime) == (MessageKind.AUDIO, "441", "audio/ogg; codecs=opus")


def test_an_image_gives_its_media_and_caption():
    message = read_one(simulator.image("442", caption="The receipt"))

    assert (message.kind, message.media_id, message.text) == (MessageKind.IMAGE, "442", "The receipt")


@pytest.mark.parametrize(
    ("content", "kind", "text"),
    [
        ({"document": {"id": "1", "filename": "bill.pdf"}}, MessageKind.DOCUMENT, "bill.pdf"),
        ({"video": {"id": "1"}}, MessageKind.VIDEO, None),
        ({"sticker": {"id": "1", "animated": True}}, MessageKind.STICKER, None),
        ({"location": {"latitude": 12.97, "longitude": 77.59, "name": "Home"}}, MessageKind.LOCATION, AT_HOME),
        ({"contacts": [{"name": {"formatted_name": "Ravi"}}]}, MessageKind.CONTACTS, "Ravi"),
        ({"reaction": {"message_id": "wamid.Q", "emoji": "\U0001f44d"}}, MessageKind.REACTION, "\U0001f44d"),
        ({"reaction": {"message_id": "wamid.Q", "emoji": ""}}, MessageKind.REACTION, None),
        ({"interactive": {"type": "list_reply", "list_reply": {"title": "Refund"}}}, MessageKind.INTERACTIVE, "Refund"),
    ],
)
def test_every_other_kind_shows_what_staff_can_read(content, kind, text):
    [name] = content

    message = read_one({"type": name, **content})

    assert (message.kind, message.text) == (kind, text)


@pytest.mark.parametrize(
    "content",
    [
        {"type": "unsupported"},
        {"type": "order", "order": {"catalog_id": "7"}},
        {"type": "text"},
        {"type": "audio", "audio": {"mime_type": "audio/ogg"}},
        {"type": "location", "location": {"latitude": 10**400, "longitude": 1}},
        {"type": ["text"]},
        {},
    ],
)
def test_a_kind_nobody_can_read_is_kept_as_unsupported(content):
    message = read_one(content)

    assert (message.kind, message.text) == (MessageKind.UNSUPPORTED, None)


def test_a_batch_gives_every_message_and_status_of_every_entry():
    first = simulator.payload(ASHA, simulator.text("one"))
    second = simulator.payload("15550001111", simulator.text("two"))
    third = simulator.delivery("wamid.OUT", DeliveryState.READ, phone=ASHA)
    first["entry"][0]["changes"] += second["entry"][0]["changes"]
    first["entry"] += third["entry"]

    events = parse(first)

    assert [message.text for message in events.messages] == ["one", "two"]
    assert [status.status for status in events.statuses] == [DeliveryState.READ]
    assert events.skipped == []


def test_a_status_brings_our_tracker_back():
    body = simulator.delivery("wamid.OUT", DeliveryState.DELIVERED, phone=ASHA, tracker="intent-7")

    [status] = parse(body).statuses

    assert (status.wa_message_id, status.tracker, status.recipient) == ("wamid.OUT", "intent-7", "+919876543210")
    assert status.occurred_at.tzinfo is UTC
    assert status.error is None


def test_a_failed_status_says_why():
    error = (131047, "Re-engagement message")

    [status] = parse(simulator.delivery("wamid.OUT", DeliveryState.FAILED, phone=ASHA, error=error)).statuses

    assert (status.status, status.error) == (DeliveryState.FAILED, "Re-engagement message (131047)")


def test_one_unreadable_message_does_not_cost_the_others():
    body = simulator.payload(ASHA, simulator.text("good"))
    messages = body["entry"][0]["changes"][0]["value"]["messages"]
    messages += [
        {**messages[0], "id": None},
        {**messages[0], "from": "IN.1029"},
        {**messages[0], "timestamp": "soon"},
        7,
    ]

    events = parse(body)

    assert [message.text for message in events.messages] == ["good"] * 4
    assert [message.person.phone for message in events.messages] == [
        "+919876543210",
        "+919876543210",
        "IN.1029",
        "+919876543210",
    ]
    assert events.messages[1].wa_message_id.startswith("sha256:")
    assert events.skipped == ["a part of 'messages' that is not an object"]


def test_other_webhook_fields_are_left_alone():
    body = simulator.payload(ASHA, simulator.text("echo"))
    body["entry"][0]["changes"][0]["field"] = "smb_message_echoes"

    events = parse(body)

    assert (events.messages, events.statuses, [kind for kind, _ in events.leftovers]) == (
        [],
        [],
        ["smb_message_echoes"],
    )


def test_text_that_postgresql_cannot_hold_is_mended():
    message = read_one(simulator.text("a\x00b\ud800c"))

    assert message.text == "ab?c"


def test_a_number_of_thousands_of_digits_costs_no_other_message():
    body = json.dumps(simulator.payload(ASHA, simulator.text("Hello"))).replace(
        '"Hello"', '"Hello", "more": ' + "1" * 5_000
    )

    assert [message.text for message in read(body.encode()).messages] == ["Hello"]


@pytest.mark.parametrize("depth", range(100, 2_000, 50))
def test_however_deep_a_message_is_nested_it_is_read_or_kept(depth):
    nested = "[" * depth + "]" * depth
    body = json.dumps(simulator.payload(ASHA, simulator.text("Hello"))).replace('"Hello"', '"Hello", "more": ' + nested)

    events = read(body.encode())

    assert len(events.messages) + len(events.leftovers) == 1


@given(body=JSON)
def test_any_json_is_read_without_an_error(body):
    parse(body)


@given(
    messages=st.lists(st.dictionaries(st.sampled_from(MESSAGE_FIELDS), JSON | PART | st.sampled_from(MESSAGE_FIELDS))),
    statuses=st.lists(st.dictionaries(st.sampled_from(STATUS_FIELDS), JSON | st.sampled_from(list(DeliveryState)))),
    contacts=JSON,
)
def test_any_content_in_a_real_envelope_is_read_or_skipped(messages, statuses, contacts):
    body = simulator.payload(ASHA, simulator.text("x"))
    body["entry"][0]["changes"][0]["value"] |= {"messages": messages, "statuses": statuses, "contacts": contacts}

    events = parse(body)

    assert len(events.messages) + len(events.statuses) + len(events.skipped) == len(messages) + len(statuses)


@given(part=PART, kind=st.sampled_from(list(MessageKind)))
def test_any_content_of_any_kind_is_never_lost(part, kind):
    message = read_one({"type": kind.value, kind.value: part})

    assert message.kind in (kind, MessageKind.UNSUPPORTED)


@pytest.mark.parametrize("written", ["+91 98765 43210", "919876543210", "+91-98765-43210", " +91 (98765) 43210 "])
def test_a_number_is_e164_however_it_was_written(written):
    assert e164(written) == "+919876543210"


@pytest.mark.parametrize(
    "written",
    ["", "hello", "98765", "+1 800 FLOWERS", "+999999999999999999", "\u0661\u0662\u0663\u0664\u0665\u0666\u0667"],
)
def test_what_is_no_phone_number_is_refused(written):
    with pytest.raises(NotAPhoneNumber):
        e164(written)


def test_the_contract_shows_numbers_as_digits():
    assert as_digits("+919876543210") == "919876543210"
