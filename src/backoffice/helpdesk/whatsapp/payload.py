"""Reads a Cloud API webhook body into messages and delivery statuses, and phone numbers into E.164. Pure.

Our own small parser: pywa's reads only the first change of the first entry and raises on a field it misses, while Meta
sends batches, adds kinds without notice, and repeats for days a webhook that isn't answered with 200.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from backoffice.helpdesk.whatsapp.content import (
    LONGEST_ID,
    Json,
    MessageKind,
    clean,
    context_facts,
    obj,
    objects,
    read_content,
    reason_of,
    string,
)
from backoffice.kernel.errors import Invalid
from backoffice.kernel.phones import find_number, one_number

WA_ID = re.compile(r"[1-9][0-9]{6,14}", re.ASCII)
LONGEST_USER_ID = 200
LONGEST_NAME = 200
LONGEST_LEFTOVER = 20_000
MOST_LEFTOVERS = 50
NOBODY = "unknown"
"""Who sent something without saying who they are: kept for staff under this name, answered by nobody."""
NOT_SAID = datetime(9999, 12, 31, tzinfo=UTC)
"""The time of a message that tells none; what lies in the future is kept as the present."""
LONGEST_INTEGER = 100
UNREADABLE = "a webhook that can't be read"
NO_WEBHOOK = "the body is not a webhook"
CHOICES = {"stop": True, "resume": False}


class DeliveryState(StrEnum):
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


class NotAPhoneNumber(Invalid):
    """'{phone}' is not a phone number with its country code."""

    phone: str


@dataclass(frozen=True, slots=True)
class Person:
    """Who wrote. `phone` is how we know them: their one number, else the id WhatsApp gives those who show none.

    `wa_id`: the digits by which WhatsApp calls them; `user_id`: its id of them, whether they show a number or not.
    """

    phone: str
    wa_id: str | None = None
    user_id: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Button:
    """A reply button: `id` comes back when it is pressed (256 characters), `title` is what the customer reads (20)."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """One thing a customer sent; `text` is what staff read (words, caption, title of the button), `raw` all of it."""

    wa_message_id: str
    person: Person
    sent_at: datetime
    kind: MessageKind
    raw: bytes
    text: str | None = None
    button_id: str | None = None
    media_id: str | None = None
    media_mime: str | None = None
    facts: Json = field(default_factory=dict)
    business_phone_id: str | None = None


@dataclass(frozen=True, slots=True)
class DeliveryStatus:
    """How far a message of ours has come. `tracker` is the text we sent along with it, back unchanged."""

    wa_message_id: str
    status: DeliveryState
    tracker: str | None
    occurred_at: datetime
    recipient: str | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Preference:
    """Whether somebody wants offers, as they chose in WhatsApp itself."""

    person: Person
    stops: bool


@dataclass(frozen=True, slots=True)
class Events:
    """All one webhook told; `skipped` says, without personal data, why each part that made no sense was left out.

    `leftovers` are what nobody here knows: which kind, and what was told.
    """

    messages: list[InboundMessage] = field(default_factory=list)
    statuses: list[DeliveryStatus] = field(default_factory=list)
    preferences: list[Preference] = field(default_factory=list)
    leftovers: list[tuple[str, str]] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


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


def read(raw: bytes) -> Events:
    """What a body tells. Nobody sends it again: one that can't be read is kept as it is, for a person to read."""
    try:
        return parse(json.loads(raw, parse_int=_whole))
    except (ValueError, RecursionError):
        told = clean(raw[: 4 * LONGEST_LEFTOVER].decode("utf-8", "replace"))
        return Events(leftovers=[(UNREADABLE, told[:LONGEST_LEFTOVER])], skipped=[UNREADABLE])


def _whole(digits: str) -> int | str:
    """Python reads no number of thousands of digits, and writes none; it stays a text, and the rest is heard."""
    return int(digits) if len(digits) <= LONGEST_INTEGER else digits


def parse(body: object) -> Events:
    """Everything a webhook tells that we understand. Never raises: one unreadable part must not cost the others."""
    events = Events()
    for value in _message_values(body, events):
        for raw in _objects(value, "messages", events=events):
            events.messages.append(_message(raw, value=value))
        for raw in _objects(value, "statuses", events=events):
            try:
                events.statuses.append(_status(raw))
            except _Malformed as reason:
                events.skipped.append(str(reason))
                _keep(events, str(reason), raw)
        for raw in objects(value, "errors"):
            _keep(events, "an error", raw)
        for raw in objects(value, "user_preferences"):
            choice = string(raw, "value", most=64)
            if choice in CHOICES:
                events.preferences.append(Preference(_person(raw, value, number="wa_id"), CHOICES[choice]))
            else:
                events.skipped.append("a preference of an unknown kind")
                _keep(events, "a preference of an unknown kind", raw)
    return events


def _keep(events: Events, kind: str, raw: object) -> None:
    if len(events.leftovers) < MOST_LEFTOVERS:
        events.leftovers.append((kind, clean(json.dumps(raw))[:LONGEST_LEFTOVER]))


def _message_values(body: object, events: Events) -> Iterator[Json]:
    if not isinstance(body, dict) or "entry" not in body:
        events.skipped.append(NO_WEBHOOK)
        _keep(events, NO_WEBHOOK, body)
        return
    for entry in _objects(body, "entry", events=events):
        for change in _objects(entry, "changes", events=events):
            if change.get("field", "messages") in ("messages", "user_preferences"):
                yield obj(change.get("value"))
            else:
                _keep(events, string(change, "field", most=100) or "a field without a name", change)


def _message(raw: Json, *, value: Json) -> InboundMessage:
    """Nothing in it is needed: what got 200 is never sent again, so what lacks sender, id or time is kept as well."""
    kind, content = read_content(raw)
    person = _person(raw, value, number="from")
    written = json.dumps(raw, sort_keys=True).encode()
    return InboundMessage(
        wa_message_id=_identifier(raw) or f"sha256:{hashlib.sha256(written).hexdigest()}",
        person=person,
        sent_at=_moment(raw) or NOT_SAID,
        kind=kind if person.phone != NOBODY else MessageKind.UNSUPPORTED,
        raw=json.dumps(raw).encode(),
        text=content.text,
        button_id=content.button_id,
        media_id=content.media_id,
        media_mime=content.media_mime,
        facts={**context_facts(raw), **content.facts},
        business_phone_id=string(obj(value.get("metadata")), "phone_number_id", most=64),
    )


def _person(raw: Json, value: Json, *, number: str) -> Person:
    cards = list(objects(value, "contacts"))
    wa_id = string(raw, number)
    user_id = string(raw, "from_user_id") or string(raw, "user_id")
    named = [card for card in cards if wa_id and string(card, "wa_id") == wa_id]
    named = named or [card for card in cards if user_id and string(card, "user_id") == user_id]
    card = named[0] if named else obj(cards[0] if len(cards) == 1 and not wa_id else None)
    user_id = _known(user_id or string(card, "user_id"))
    wa_id = wa_id or string(card, "wa_id") or ""
    profile = obj(card.get("profile"))
    username = string(profile, "username", most=LONGEST_NAME)
    name = string(profile, "name", most=LONGEST_NAME) or (f"@{username.lstrip('@')}" if username else None)
    if WA_ID.fullmatch(wa_id):
        return Person(one_number("+" + wa_id), wa_id, user_id, name)
    known = user_id or _known(wa_id)
    return Person(known or NOBODY, None, known, name)


def _known(user_id: str | None) -> str | None:
    """An id as we keep it: never like a number in E.164, never longer than ids are."""
    if not user_id:
        return None
    if len(user_id) > LONGEST_USER_ID or user_id.startswith("+"):
        return f"sha256:{hashlib.sha256(user_id.encode()).hexdigest()}"
    return user_id


def _status(raw: Json) -> DeliveryStatus:
    state = string(raw, "status", most=64) or ""
    if state not in set(DeliveryState):
        raise _Malformed("a status of an unknown kind")
    identifier, moment = _identifier(raw), _moment(raw)
    if identifier is None or moment is None:
        raise _Malformed("a status without an id" if identifier is None else "a status without a time")
    recipient = string(raw, "recipient_id") or ""
    return DeliveryStatus(
        wa_message_id=identifier,
        status=DeliveryState(state),
        tracker=string(raw, "biz_opaque_callback_data"),
        occurred_at=moment,
        recipient=one_number("+" + recipient) if WA_ID.fullmatch(recipient) else None,
        error=reason_of(next(objects(raw, "errors"), {})),
    )


def _objects(parent: Json, key: str, *, events: Events) -> Iterator[Json]:
    items = parent.get(key, [])
    for item in items if isinstance(items, list) else [items]:
        if isinstance(item, dict):
            yield item
        else:
            reason = f"a part of '{key}' that is not an object"
            events.skipped.append(reason)
            _keep(events, reason, item)


def _identifier(raw: Json) -> str | None:
    identifier = string(raw, "id")
    return identifier if identifier and len(identifier) <= LONGEST_ID else None


def _moment(raw: Json) -> datetime | None:
    """Meta writes Unix seconds as text."""
    try:
        return datetime.fromtimestamp(int(str(raw.get("timestamp"))), UTC)
    except (ValueError, OverflowError, OSError):
        return None
