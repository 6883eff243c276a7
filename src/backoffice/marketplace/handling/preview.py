"""Tokens of previews: what a cancellation would come to, signed, so that whoever confirms it confirms exactly that."""

import base64
import binascii
import hashlib
import hmac

import orjson

from backoffice.marketplace.handling.rules import Figure, FigureMoved, PreviewNotGenuine

PURPOSE = b"backoffice.marketplace cancellation\n"
"""Nothing else that is signed with the secret of the house can pass for a preview."""


def token_of(secret: str, booking_id: str, *, figure: Figure) -> str:
    said = orjson.dumps([booking_id, figure.refund_minor, figure])
    return base64.urlsafe_b64encode(_signature(secret, said) + said).decode()


def check_token(secret: str, token: str, *, booking_id: str, figure: Figure) -> None:
    """The token says what the figure is now. FigureMoved; PreviewNotGenuine where it is none of this booking's."""
    if hmac.compare_digest(token.encode(), token_of(secret, booking_id, figure=figure).encode()):
        return
    try:
        signed = base64.urlsafe_b64decode(token)
    except (binascii.Error, ValueError):
        raise PreviewNotGenuine from None
    size = hashlib.sha256().digest_size
    if not hmac.compare_digest(signed[:size], _signature(secret, signed[size:])):
        raise PreviewNotGenuine
    about, refund, _ = orjson.loads(signed[size:])
    if about != booking_id:
        raise PreviewNotGenuine
    raise FigureMoved(previewed_refund_cents=refund, refund_cents=figure.refund_minor, current_status=figure.status)


def _signature(secret: str, said: bytes) -> bytes:
    return hmac.digest(secret.encode(), PURPOSE + said, hashlib.sha256)
