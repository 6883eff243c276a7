"""Reads a Cloud API webhook body into messages and delivery statuses, and phone numbers into E.164. Pure.

Our own small parser: pywa's reads only the first change of the first entry and raises on a field it misses, while Meta
sends batches, adds kinds without notice, and repeats for days a webhook that isn't answered with 200.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from backoffice.kernel.errors import Invalid
from backoffice.kernel.phones import find_number, one_number

Json = dict[str, Any]
WA_ID = re.compile(r"[1-9][0-9]{6,14}", re.ASCII)


class MessageKind(StrEnum):
    TEXT = "text"
    BUTTON = "button"
    INTERACTIVE = "interactive"
    AUDIO = "audio"
    IMAGE = "image"
    DOCUMENT = "document"
    VIDEO = "video"
    STICKER = "sticker"
    LOCATION = "location"
    CONTACTS = "contacts"
    REACTION = "reaction"
    UNSUPPORTED = "unsupported"


class DeliveryState(StrEnum):
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


class NotAPhoneNumber(Invalid):
    """'{phone}' is not a phone number with its country code."""

    code = "not_a_phone_number"
    phone: str


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """One thing a customer sent; `text` is what staff read (words, caption, title of the button), `raw` all of it.

    `phone` is the one number of this person, `wa_id` the digits by which WhatsApp calls them.
    """

    wa_message_id: str
    phone: str
    wa_id: str
    profile_name: str | None
    sent_at: datetime
    kind: MessageKind
    raw: bytes
    text: str | None = None
    button_id: str | None = None
    media_id: str | None = None
    media_mime: str | None = None
    context_message_id: str | None = None
    business_phone_id: str | None = None


@dataclass(frozen=True, slots=True)
class DeliveryStatus:
    """How far a message of ours has come. `tracker` is the text we sent along with it, back unchanged."""

    wa_message_id: str
    status: DeliveryState
    tracker: str | None
    occurred_at: datetime
    recipient: str | None
    error_code: int | None
    error_title: str | None


@dataclass(frozen=True, slots=True)
class Events:
    """All one webhook told; `skipped` says, without personal data, why each part that made no sense was left out."""

    messages: list[InboundMessage] = field(default_factory=list)
    statuses: list[DeliveryStatus] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Content:
    text: str | None = None
    button_id: str | None = None
    media_id: str | None = None
    media_mime: str | None = None
    about: str | None = None


class _Malformed(Exception):
    """A part of the webhook that can't be used; the text says which."""


def e164(phone: str) -> str:
    """The one form of a number as people write it, spaces and dashes included. Raises NotAPhoneNumber."""
    number = find_number(phone, country=None)
    if number is None:
        raise NotAPhoneNumber(phone=phone)
    return number


def as_digits(phone: str) -> str:
    """An E.164 number as the helpdesk contract and WhatsApp show it: "919876543210"."""
    return phone.removeprefix("+")


def parse(body: object) -> Events:
    """Everything a webhook tells that we understand. Never raises: one unreadable part must not cost the others."""
    events = Events()
    for value in _message_values(body, events.skipped):
        names = _profile_names(value)
        for raw in _objects(value, "messages", skipped=events.skipped):
            try:
                events.messages.append(_message(raw, value=value, names=names))
            except _Malformed as reason:
                events.skipped.append(str(reason))
        for raw in _objects(value, "statuses", skipped=events.skipped):
            try:
                events.statuses.append(_status(raw))
            except _Malformed as reason:
                events.skipped.append(str(reason))
    return events


def _message_values(body: object, skipped: list[str]) -> Iterator[Json]:
    if not isinstance(body, dict) or "entry" not in body:
        skipped.append("the body is not a webhook")
        return
    for entry in _objects(body, "entry", skipped=skipped):
        for change in _objects(entry, "changes", skipped=skipped):
            if change.get("field", "messages") == "messages":
                yield _object(change.get("value"))


def _message(raw: Json, *, value: Json, names: dict[str, str]) -> InboundMessage:
    wa_id = _string(raw, "from")
    if wa_id is None or not WA_ID.fullmatch(wa_id):
        raise _Malformed("a message without a phone number")
    kind, content = _content(raw)
    return InboundMessage(
        wa_message_id=_identifier(raw, "a message"),
        phone=one_number("+" + wa_id),
        wa_id=wa_id,
        profile_name=names.get(wa_id),
        sent_at=_moment(raw, "a message"),
        kind=kind,
        raw=json.dumps(raw).encode(),
        text=content.text,
        button_id=content.button_id,
        media_id=content.media_id,
        media_mime=content.media_mime,
        context_message_id=content.about or _string(_object(raw.get("context")), "id"),
        business_phone_id=_string(_object(value.get("metadata")), "phone_number_id"),
    )


def _status(raw: Json) -> DeliveryStatus:
    state = _string(raw, "status") or ""
    if state not in set(DeliveryState):
        raise _Malformed("a status of an unknown kind")
    error = next(_objects(raw, "errors", skipped=[]), {})
    recipient = _string(raw, "recipient_id") or ""
    return DeliveryStatus(
        wa_message_id=_identifier(raw, "a status"),
        status=DeliveryState(state),
        tracker=_string(raw, "biz_opaque_callback_data"),
        occurred_at=_moment(raw, "a status"),
        recipient=one_number("+" + recipient) if WA_ID.fullmatch(recipient) else None,
        error_code=error["code"] if isinstance(error.get("code"), int) else None,
        error_title=_string(error, "title") or _string(error, "message"),
    )


def _content(raw: Json) -> tuple[MessageKind, _Content]:
    """A kind that lacks its essential part is UNSUPPORTED rather than lost: staff still see that the customer wrote."""
    kind = _string(raw, "type") or ""
    read = READERS.get(kind)
    content = read(raw.get(kind)) if read else None
    return (MessageKind(kind), content) if content else (MessageKind.UNSUPPORTED, _Content())


def _text(part: object) -> _Content | None:
    body = _string(_object(part), "body")
    return _Content(text=body) if body else None


def _template_button(part: object) -> _Content | None:
    button = _object(part)
    text, payload = _string(button, "text"), _string(button, "payload")
    return _Content(text=text, button_id=payload) if text or payload else None


def _interactive(part: object) -> _Content | None:
    interactive = _object(part)
    reply = _object(interactive.get(_string(interactive, "type") or ""))
    text, button = _string(reply, "title") or _string(reply, "body"), _string(reply, "id")
    return _Content(text=text, button_id=button) if text or button else None


def _media(part: object) -> _Content | None:
    media = _object(part)
    media_id, words = _string(media, "id"), _string(media, "caption") or _string(media, "filename")
    return _Content(text=words, media_id=media_id, media_mime=_string(media, "mime_type")) if media_id else None


def _location(part: object) -> _Content | None:
    place = _object(part)
    north, east = place.get("latitude"), place.get("longitude")
    if not isinstance(north, int | float) or not isinstance(east, int | float):
        return None
    if not (-90 <= north <= 90 and -180 <= east <= 180):
        return None
    words = [_string(place, "name"), _string(place, "address"), f"{north:.6f}, {east:.6f}"]
    return _Content(text=", ".join(word for word in words if word))


def _contacts(part: object) -> _Content | None:
    cards = [_object(card) for card in part] if isinstance(part, list) else []
    names = [_string(_object(card.get("name")), "formatted_name") for card in cards]
    return _Content(text=", ".join(filter(None, names)) or None) if cards else None


def _reaction(part: object) -> _Content | None:
    """Taking a reaction back sends one without an emoji."""
    reaction = _object(part)
    about = _string(reaction, "message_id")
    return _Content(text=_string(reaction, "emoji") or None, about=about) if about else None


READERS: dict[str, Callable[[object], _Content | None]] = {
    MessageKind.TEXT: _text,
    MessageKind.BUTTON: _template_button,
    MessageKind.INTERACTIVE: _interactive,
    **dict.fromkeys((MessageKind.AUDIO, MessageKind.IMAGE, MessageKind.DOCUMENT), _media),
    **dict.fromkeys((MessageKind.VIDEO, MessageKind.STICKER), _media),
    MessageKind.LOCATION: _location,
    MessageKind.CONTACTS: _contacts,
    MessageKind.REACTION: _reaction,
}


def _profile_names(value: Json) -> dict[str, str]:
    cards = _objects(value, "contacts", skipped=[])
    known = {_string(card, "wa_id"): _string(_object(card.get("profile")), "name") for card in cards}
    return {wa_id: name for wa_id, name in known.items() if wa_id and name}


def _objects(parent: Json, key: str, *, skipped: list[str]) -> Iterator[Json]:
    items = parent.get(key, [])
    for item in items if isinstance(items, list) else [items]:
        if isinstance(item, dict):
            yield item
        else:
            skipped.append(f"a part of '{key}' that is not an object")


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _string(parent: Json, key: str) -> str | None:
    """Text that PostgreSQL can hold: JSON allows zero bytes and half surrogates, a text column neither."""
    value = parent.get(key)
    if not isinstance(value, str):
        return None
    return value.replace("\x00", "").encode("utf-8", "replace").decode()


def _identifier(raw: Json, what: str) -> str:
    identifier = _string(raw, "id")
    if not identifier or len(identifier) > 512:
        raise _Malformed(f"{what} without an id")
    return identifier


def _moment(raw: Json, what: str) -> datetime:
    """Meta writes Unix seconds as text."""
    try:
        return datetime.fromtimestamp(int(str(raw.get("timestamp"))), UTC)
    except (ValueError, OverflowError, OSError):
        raise _Malformed(f"{what} without a time") from None
