"""Signed links: whoever holds one may fetch one file for an hour, without a token."""

import base64
import hashlib
import hmac
import time

LIFETIME_SECONDS = 3600


class Links:
    """`prefix` is the path of the door that serves files, below the product's base; `sign` may be told of another."""

    def __init__(self, secret: str, prefix: str) -> None:
        self._secret = secret.encode()
        self._prefix = prefix

    def sign(self, file_id: str, *, prefix: str | None = None) -> str:
        """A path that opens this file until an hour from now."""
        until = str(int(time.time()) + LIFETIME_SECONDS)
        return f"{prefix or self._prefix}/{file_id}?until={until}&signature={self._signature(file_id, until)}"

    def is_genuine(self, file_id: str, *, until: str, signature: str) -> bool:
        genuine = hmac.compare_digest(self._signature(file_id, until).encode(), signature.encode())
        return genuine and until.isdigit() and int(until) > time.time()

    def _signature(self, file_id: str, until: str) -> str:
        digest = hmac.digest(self._secret, f"{file_id}\n{until}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")
