"""AES-256-GCM under a ring of named keys: the first encrypts, all decrypt, each value names its key."""

import base64
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12
KEY_BYTES = 32


class WrongKey(Exception):
    """The value was not encrypted under this key, or was tampered with."""


def new_key() -> str:
    """A fresh key as it stands in the settings: `name:base64`, the name being random too."""
    return f"k{secrets.token_hex(3)}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"


def encrypt(key: bytes, plain: bytes, *, bound_to: str) -> bytes:
    """Nonce and ciphertext. `bound_to` is authenticated: the value opens only where it belongs."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound_to.encode())


def decrypt(key: bytes, sealed: bytes, *, bound_to: str) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to.encode())
    except (InvalidTag, ValueError) as exc:
        raise WrongKey from exc


class KeyRing:
    """The keys of this installation, newest first, as `name:base64` joined by commas."""

    def __init__(self, keys: str) -> None:
        pairs = [entry.strip().partition(":") for entry in keys.split(",") if entry.strip()]
        try:
            self._keys = {name: base64.b64decode(encoded, validate=True) for name, _, encoded in pairs}
        except ValueError:
            self._keys = {}
        if not self._keys or any(len(key) != KEY_BYTES for key in self._keys.values()):
            raise ValueError("ENCRYPTION_KEYS: name:base64 pairs of 32-byte keys, newest first, joined by commas")
        self.current = pairs[0][0]

    def has(self, key_id: str) -> bool:
        return key_id in self._keys

    def encrypt(self, plain: bytes, *, bound_to: str) -> tuple[str, bytes]:
        """The name of the key used, and the sealed value."""
        return self.current, encrypt(self._keys[self.current], plain, bound_to=bound_to)

    def decrypt(self, key_id: str, sealed: bytes, *, bound_to: str) -> bytes:
        if key_id not in self._keys:
            raise WrongKey(f"key {key_id} is not on the ring")
        return decrypt(self._keys[key_id], sealed, bound_to=bound_to)

    def check_values(self) -> dict[str, bytes]:
        """By each key's name what shows that somebody else has the same key, and not which."""
        return {
            name: hmac.digest(_derived(key, "check value"), name.encode(), "sha256") for name, key in self._keys.items()
        }

    def blind_indexes(self, value: str, *, purpose: str) -> list[bytes]:
        """Keyed hashes by which an encrypted value is found again, one for each key of the ring, the newest first.

        Each hashes under a key of its own, derived for this purpose. Keep the first; search for all of them.
        """
        return [hmac.digest(_derived(key, purpose), value.encode(), "sha256") for key in self._keys.values()]


def _derived(key: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), length=KEY_BYTES, salt=None, info=f"blind index: {purpose}".encode()).derive(key)
