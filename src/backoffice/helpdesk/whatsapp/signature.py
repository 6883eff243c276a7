"""The signature Meta puts on every webhook: HMAC-SHA256 of the raw body under the app secret."""

import hashlib
import hmac

HEADER = "x-hub-signature-256"


def sign(secret: str, raw: bytes) -> str:
    """What the header says for this body: `sha256=` and 64 hexadecimal digits."""
    return "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


def is_genuine(secret: str, raw: bytes, *, header: str | None) -> bool:
    """Whether the body comes from whoever knows the secret.

    Compared in constant time, so that a guess can't learn how near it was. Without a secret nothing is genuine:
    anybody can sign with the empty one.
    """
    if not secret or header is None:
        return False
    return hmac.compare_digest(sign(secret, raw).encode(), header.encode("utf-8", "replace"))
