"""Signed links: whoever holds one may fetch one file of one product until it expires, without a token."""

import base64
import hashlib
import hmac
import time
from dataclasses import dataclass

LIFETIME_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class FilesDoor:
    """Where a product gives out its files: the path, below the product's base. Links to it open nothing elsewhere."""

    product: str
    path: str


class Links:
    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def sign(self, door: FilesDoor, file_id: str, *, lasting: float | None = None) -> str:
        """A path that opens this file for so many seconds; an hour unless told otherwise."""
        until = str(int(time.time() + (LIFETIME_SECONDS if lasting is None else lasting)))
        return f"{door.path}/{file_id}?until={until}&signature={self._signature(door, file_id, until)}"

    def is_genuine(self, door: FilesDoor, file_id: str, *, until: str, signature: str) -> bool:
        genuine = hmac.compare_digest(self._signature(door, file_id, until).encode(), signature.encode())
        return genuine and until.isdigit() and int(until) > time.time()

    def _signature(self, door: FilesDoor, file_id: str, until: str) -> str:
        digest = hmac.digest(self._secret, f"{door.product}\n{file_id}\n{until}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")
