"""What the Graph API refuses, and in which words: the rules our stand-in holds outgoing messages to.

Codes and texts: https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes.
"""

import re
import secrets
from collections.abc import Callable
from typing import Any

Json = dict[str, Any]

TEMPLATES = {"hello_world": 0, "support_message": 1}
LARGEST_TRACKER = 512


class GraphError(Exception):
    """An error in Meta's own shape, https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes."""

    def __init__(self, code: int, message: str, *, details: str = "", status: int = 400) -> None:
        super().__init__(message)
        self.status = status
        self.body: Json = {
            "message": f"(#{code}) {message}",
            "type": "OAuthException",
            "code": code,
            "fbtrace_id": secrets.token_urlsafe(12),
        }
        if details:
            self.body["error_data"] = {"messaging_product": "whatsapp", "details": details}


def check_message(body: Json) -> str:
    """Refuse what Meta would refuse, in its words. Returns the recipient's WhatsApp id."""
    _need(body.get("messaging_product") == "whatsapp", "The parameter messaging_product is required.")
    to = body.get("to") or body.get("recipient")
    _need(isinstance(to, str), "The parameter to is required.")
    wa_id = str(to) if not body.get("to") else re.sub(r"[+ ().-]", "", str(to))
    shape = r"[1-9][0-9]{6,14}" if body.get("to") else r"[A-Z]{2}\.(?:ENT\.)?[0-9A-Za-z]{1,128}"
    _need(re.fullmatch(shape, wa_id, re.ASCII), "Invalid parameter")
    tracker = body.get("biz_opaque_callback_data", "")
    too_long = f"Param biz_opaque_callback_data must be at most {LARGEST_TRACKER} characters long."
    _need(isinstance(tracker, str) and len(tracker) <= LARGEST_TRACKER, too_long)
    kind = body.get("type", "text")
    _need(isinstance(kind, str) and kind in CHECKS, f"Param type must be one of {{{', '.join(CHECKS)}}}")
    content = body.get(kind)
    if not isinstance(content, dict):
        raise GraphError(131008, "Required parameter is missing", details=f"Parameter '{kind}' is mandatory")
    CHECKS[kind](content)
    return wa_id


def check_text(text: Json) -> None:
    _need(_length(text.get("body")) >= 1, "The parameter text['body'] is required.")
    _need(_length(text.get("body")) <= 4096, "Param text['body'] must be at most 4096 characters long.")


def check_interactive(interactive: Json) -> None:
    body, action = interactive.get("body"), interactive.get("action")
    _valid(interactive.get("type") == "button", "This stand-in knows interactive messages of type button")
    _valid(isinstance(body, dict) and 1 <= _length(body.get("text")) <= 1024, "Body text length invalid")
    buttons = action.get("buttons") if isinstance(action, dict) else None
    _valid(
        isinstance(buttons, list) and 1 <= len(buttons) <= 3, "Invalid buttons count. Min allowed: 1, Max allowed: 3"
    )
    replies = [button.get("reply") or {} for button in buttons or [] if isinstance(button, dict)]
    titles, ids = [reply.get("title") for reply in replies], [reply.get("id") for reply in replies]
    _valid(all(1 <= _length(title) <= 20 for title in titles), "Button title length invalid. Min: 1, Max: 20")
    _valid(all(1 <= _length(one) <= 256 for one in ids), "Button id length invalid. Min: 1, Max: 256")
    _valid(len(set(titles)) == len(set(ids)) == len(buttons or []), "Duplicated title or id in the buttons")


def check_template(template: Json) -> None:
    name, language = template.get("name"), template.get("language")
    _need(isinstance(language, dict) and language.get("code"), "The parameter template['language'] is required.")
    if name not in TEMPLATES:
        raise GraphError(132001, "Template name does not exist in the translation", status=404)
    body = [part for part in template.get("components") or [] if part["type"].lower() == "body"]
    given, expected = sum(len(part["parameters"]) for part in body), TEMPLATES[name]
    if given != expected:
        details = f"body: number of localizable_params ({given}) does not match the expected number ({expected})"
        raise GraphError(132000, "Number of parameters does not match the expected number", details=details)


CHECKS: dict[str, Callable[[Json], None]] = {
    "text": check_text,
    "interactive": check_interactive,
    "template": check_template,
}


def _length(value: object) -> int:
    return len(value) if isinstance(value, str) else 0


def _need(holds: object, message: str) -> None:
    if not holds:
        raise GraphError(100, message)


def _valid(holds: object, details: str) -> None:
    if not holds:
        raise GraphError(131009, "Parameter value is not valid", details=details)
