"""Plays a customer's phone: builds the webhook bodies Meta sends, signs them, posts them.

await post(url, payload("919876543210", text("My payment failed")), secret=secret)
"""

import base64
import secrets
import time
from datetime import datetime
from typing import Any

import httpx
import orjson

from backoffice.helpdesk.whatsapp.payload import DeliveryState, as_digits
from backoffice.helpdesk.whatsapp.signature import HEADER, sign

Json = dict[str, Any]

ACCOUNT_ID = "102290129340398"
BUSINESS_PHONE_ID = "106540352242922"
BUSINESS_NUMBER = "15550783881"


def text(body: str) -> Json:
    return {"type": "text", "text": {"body": body}}


def button_reply(button_id: str, title: str, *, to_message: str | None = None) -> Json:
    """Pressing a reply button; `to_message` is the message id the buttons came with."""
    reply: Json = {"type": "button_reply", "button_reply": {"id": button_id, "title": title}}
    content: Json = {"type": "interactive", "interactive": reply}
    if to_message is not None:
        content["context"] = {"from": BUSINESS_NUMBER, "id": to_message}
    return content


def audio(media_id: str, *, sha256: str = "") -> Json:
    """A voice note, as the microphone button records it."""
    voice = {"mime_type": "audio/ogg; codecs=opus", "sha256": sha256, "id": media_id, "voice": True}
    return {"type": "audio", "audio": voice}


def image(media_id: str, *, caption: str | None = None, sha256: str = "") -> Json:
    picture: Json = {"mime_type": "image/jpeg", "sha256": sha256, "id": media_id}
    if caption is not None:
        picture["caption"] = caption
    return {"type": "image", "image": picture}


def payload(
    phone: str,
    content: Json,
    *,
    message_id: str | None = None,
    name: str = "Asha Verma",
    sent_at: datetime | None = None,
) -> Json:
    """The webhook for one message from a customer; fresh id and the present time unless given."""
    wa_id = as_digits(phone)
    message = {
        "from": wa_id,
        "id": message_id or new_message_id(wa_id),
        "timestamp": _unix_seconds(sent_at),
        **content,
    }
    return _webhook({"contacts": [{"profile": {"name": name}, "wa_id": wa_id}], "messages": [message]})


def delivery(
    wa_message_id: str,
    status: DeliveryState,
    *,
    phone: str,
    tracker: str | None = None,
    error: tuple[int, str] | None = None,
) -> Json:
    """The webhook that tells how far a message of ours has come; `error` (code, title) goes with a failed one."""
    wa_id = as_digits(phone)
    report: Json = {
        "id": wa_message_id,
        "status": status.value,
        "timestamp": _unix_seconds(None),
        "recipient_id": wa_id,
        "pricing": {"billable": False, "pricing_model": "PMP", "category": "service", "type": "free_customer_service"},
    }
    if tracker is not None:
        report["biz_opaque_callback_data"] = tracker
    if error is not None:
        code, title = error
        report["errors"] = [{"code": code, "title": title, "message": title, "error_data": {"details": title}}]
    return _webhook({"statuses": [report]})


def new_message_id(wa_id: str) -> str:
    """A message id in WhatsApp's own form: the number and a random part, in base64."""
    number, random = wa_id.encode(), secrets.token_hex(10).upper().encode()
    raw = b"\x1c\x18" + bytes([len(number)]) + number + b"\x15\x02\x00\x12\x18\x14" + random + b"\x00"
    return "wamid." + base64.b64encode(raw).decode()


def signed(body: Json, secret: str) -> tuple[bytes, dict[str, str]]:
    """The bytes of a webhook body and the headers that vouch for them."""
    raw = orjson.dumps(body)
    return raw, {"Content-Type": "application/json", HEADER: sign(secret, raw)}


async def post(webhook_url: str, body: Json, *, secret: str) -> httpx.Response:
    """Deliver a webhook body signed as Meta signs it. The answer is returned as it is, whatever its status."""
    raw, headers = signed(body, secret)
    async with httpx.AsyncClient(timeout=10) as client:
        return await client.post(webhook_url, content=raw, headers=headers)


def _unix_seconds(moment: datetime | None) -> str:
    return str(int(moment.timestamp() if moment else time.time()))


def _webhook(value: Json) -> Json:
    metadata = {"display_phone_number": BUSINESS_NUMBER, "phone_number_id": BUSINESS_PHONE_ID}
    change = {"value": {"messaging_product": "whatsapp", "metadata": metadata, **value}, "field": "messages"}
    return {"object": "whatsapp_business_account", "entry": [{"id": ACCOUNT_ID, "changes": [change]}]}
