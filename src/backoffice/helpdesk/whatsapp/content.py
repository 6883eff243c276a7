"""What one message says, of whatever kind WhatsApp has: words for staff, ids to fetch or answer by, facts. Pure.

A kind nobody knows, or one that lacks its essential part, is UNSUPPORTED rather than lost: what can be read of it is
its text. Nothing that comes in is longer than it can be meant.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Json = dict[str, Any]
LONGEST_ID = 512
LONGEST_FACT = 1000
WORDS = ("text", "body", "caption", "title", "name", "question", "description", "response")
KNOWN_AS = {"voice": "audio"}
"""Names of before."""
UNUSABLE_MEDIA = "WhatsApp's id of this file is none"


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
    ORDER = "order"
    REACTION = "reaction"
    SYSTEM = "system"
    EDIT = "edit"
    REVOKE = "revoke"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Content:
    """`facts` are kept with the message: what it quotes, edits or deletes, a file's name, an advertisement."""

    text: str | None = None
    button_id: str | None = None
    media_id: str | None = None
    media_mime: str | None = None
    facts: Json = field(default_factory=dict)


def read_content(raw: Json) -> tuple[MessageKind, Content]:
    """The kind of a message and what it says."""
    kind = string(raw, "type", most=64) or ""
    read = READERS.get(kind)
    content = read(raw.get(kind)) if read else None
    if content is None:
        return MessageKind.UNSUPPORTED, _unsupported(raw, kind)
    return MessageKind(KNOWN_AS.get(kind, kind)), content


def _unsupported(raw: Json, kind: str) -> Content:
    """What can be read of something nobody knows: WhatsApp's own words about it, else any words in it."""
    part = obj(raw.get(kind))
    said = [reason_of(error) for error in objects(raw, "errors")]
    named = string(part, "type", most=64) or kind
    for place in (part, obj(part.get(named))):
        said += [words for name in WORDS if (words := string(place, name, most=LONGEST_FACT))]
    facts = {"type": named} if named and named != MessageKind.UNSUPPORTED else {}
    return Content(text="\n".join(filter(None, said)) or None, facts=facts)


def reason_of(error: Json) -> str | None:
    """WhatsApp's words for what went wrong, with its code: "Message undeliverable (131026)"."""
    title = string(error, "title", most=LONGEST_FACT) or string(error, "message", most=LONGEST_FACT)
    details = string(obj(error.get("error_data")), "details", most=LONGEST_FACT) or string(error, "details", most=500)
    words = title or details
    if words and details and details != words:
        words = f"{words}: {details}"
    code = error.get("code")
    return f"{words or 'Error'} ({code})" if type(code) is int and abs(code) < 10**9 else words


def _text(part: object) -> Content | None:
    body = string(obj(part), "body")
    return Content(text=body) if body else None


def _template_button(part: object) -> Content | None:
    button = obj(part)
    text, payload = string(button, "text"), string(button, "payload", most=LONGEST_ID)
    return Content(text=text, button_id=payload) if text or payload else None


def _interactive(part: object) -> Content | None:
    interactive = obj(part)
    kind = string(interactive, "type", most=64) or ""
    reply = obj(interactive.get(kind))
    if kind == "nfm_reply":
        return _flow(reply)
    if kind not in ("button_reply", "list_reply"):
        return None
    title, more = string(reply, "title") or string(reply, "body"), string(reply, "description", most=LONGEST_FACT)
    text, button = f"{title}\n{more}" if title and more else title, string(reply, "id", most=LONGEST_ID)
    return Content(text=text, button_id=button) if text or button else None


def _flow(reply: Json) -> Content | None:
    """The answers a customer gave in a form; its token is ours and says nothing."""
    said, written = string(reply, "body"), string(reply, "response_json")
    try:
        answers = json.loads(written or "")
    except (ValueError, RecursionError):
        answers = None
    if isinstance(answers, dict):
        given = [f"{name}: {_plainly(value)}" for name, value in answers.items() if name != "flow_token"]
        written = clean("\n".join(given))
    text = "\n".join(filter(None, (said, written)))
    return Content(text=text) if text else None


def _plainly(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _media(part: object) -> Content | None:
    media = obj(part)
    media_id, name = string(media, "id"), string(media, "filename", most=LONGEST_FACT)
    if not media_id:
        return None
    facts = {"file_name": name} if name else {}
    if len(media_id) > LONGEST_ID:
        media_id, facts = None, {**facts, "file_error": UNUSABLE_MEDIA}
    words = string(media, "caption") or name
    return Content(text=words, media_id=media_id, media_mime=string(media, "mime_type", most=200), facts=facts)


def _location(part: object) -> Content | None:
    place = obj(part)
    north, east = place.get("latitude"), place.get("longitude")
    if not isinstance(north, int | float) or not isinstance(east, int | float):
        return None
    if not (-90 <= north <= 90 and -180 <= east <= 180):
        return None
    words = [string(place, "name"), string(place, "address"), f"{north:.6f}, {east:.6f}"]
    return Content(text=", ".join(word for word in words if word))


def _contacts(part: object) -> Content | None:
    cards = [_card(obj(card)) for card in part[:100]] if isinstance(part, list) else []
    return Content(text=", ".join(filter(None, cards)) or None) if cards else None


def _card(card: Json) -> str:
    name = string(obj(card.get("name")), "formatted_name", most=200)
    company = string(obj(card.get("org")), "company", most=200)
    phones = [string(one, "phone", most=64) or string(one, "wa_id", most=64) for one in objects(card, "phones")]
    emails = [string(one, "email", most=320) for one in objects(card, "emails")]
    return " ".join(filter(None, (name, f"({company})" if company else None, *phones, *emails)))


def _order(part: object) -> Content | None:
    order = obj(part)
    lines = [_order_line(item) for item in objects(order, "product_items")]
    text = "\n".join(filter(None, (string(order, "text"), *lines)))
    return Content(text=text) if text else None


def _order_line(item: Json) -> str:
    product = string(item, "product_retailer_id", most=200) or "?"
    price, currency = item.get("item_price"), string(item, "currency", most=10) or ""
    amount = f" at {price} {currency}".rstrip() if type(price) in (int, float, str) else ""
    return clean(f"{item.get('quantity', 1)} x {product}{amount}")[:LONGEST_FACT]


def _reaction(part: object) -> Content | None:
    """Taking a reaction back sends one without an emoji."""
    reaction = obj(part)
    about = string(reaction, "message_id", most=LONGEST_ID)
    return Content(text=string(reaction, "emoji", most=64) or None, facts={"quotes": about}) if about else None


def _system(part: object) -> Content | None:
    """What WhatsApp tells about a customer, above all a new number."""
    system = obj(part)
    kind = string(system, "type", most=64)
    said = string(system, "body", most=LONGEST_FACT)
    number = string(system, "wa_id", most=64) or string(system, "new_wa_id", most=64)
    if number and number not in (said or ""):
        said = f"{said}: now {number}" if said else f"The customer's number is now {number}"
    facts = {name: value for name, value in (("type", kind), ("new_number", number)) if value}
    return Content(text=said, facts=facts) if said or kind else None


def _edit(part: object) -> Content | None:
    edit = obj(part)
    original = string(edit, "original_message_id", most=LONGEST_ID)
    inner = obj(edit.get("message"))
    if not original or inner.get("type") == MessageKind.EDIT:
        return None
    kind, content = read_content(inner)
    return Content(text=content.text or f"[{kind}]", facts={"edits": original})


def _revoke(part: object) -> Content | None:
    original = string(obj(part), "original_message_id", most=LONGEST_ID)
    return Content(facts={"deletes": original}) if original else None


READERS: dict[str, Callable[[object], Content | None]] = {
    MessageKind.TEXT: _text,
    MessageKind.BUTTON: _template_button,
    MessageKind.INTERACTIVE: _interactive,
    **dict.fromkeys((MessageKind.AUDIO, MessageKind.IMAGE, MessageKind.DOCUMENT), _media),
    **dict.fromkeys((MessageKind.VIDEO, MessageKind.STICKER), _media),
    "voice": _media,
    MessageKind.LOCATION: _location,
    MessageKind.CONTACTS: _contacts,
    MessageKind.ORDER: _order,
    MessageKind.REACTION: _reaction,
    MessageKind.SYSTEM: _system,
    MessageKind.EDIT: _edit,
    MessageKind.REVOKE: _revoke,
}


def context_facts(raw: Json) -> Json:
    """What a message refers to: the one it answers, the advertisement it came from, that it was forwarded."""
    context, referral = obj(raw.get("context")), obj(raw.get("referral"))
    names = ("headline", "body", "source_type", "source_url")
    known = {name: words for name in names if (words := string(referral, name, most=LONGEST_FACT))}
    facts: Json = {"referral": known} if known else {}
    if quoted := string(context, "id", most=LONGEST_ID):
        facts["quotes"] = quoted
    if context.get("forwarded") is True or context.get("frequently_forwarded") is True:
        facts["forwarded"] = True
    return facts


def objects(parent: Json, key: str) -> Iterator[Json]:
    items = parent.get(key, [])
    for item in items if isinstance(items, list) else [items]:
        if isinstance(item, dict):
            yield item


def obj(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def string(parent: Json, key: str, *, most: int | None = None) -> str | None:
    value = parent.get(key)
    return clean(value)[:most] if isinstance(value, str) else None


def clean(text: str) -> str:
    """Text that PostgreSQL can hold: JSON allows zero bytes and half surrogates, a text column neither."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()
