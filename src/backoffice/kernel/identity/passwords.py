"""Hashing passwords with Argon2id, off the event loop. Hashes made by bcrypt elsewhere are still checked."""

import asyncio
import secrets
import string

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pwdlib.hashers.bcrypt import BcryptHasher

BCRYPT_BYTES = 72
hasher = PasswordHash((Argon2Hasher(), BcryptHasher()))
DECOY = "$argon2id$v=19$m=65536,t=3,p=4$I5rgRAAhea6BoK+dGuqzfA$QD5d+0YaCUIW1qOyEgbZoItLePrzyAJ5ER4ZERaqcX4"
"""Of a password that nobody knows: compared with for people who do not exist. Made anew, it would slow every start."""


async def hash_password(password: str) -> str:
    return await asyncio.to_thread(hasher.hash, password)


async def is_right(password: str, hashed: str | None) -> bool:
    """Whether the password matches. Takes as long for a person who does not exist."""
    right = await asyncio.to_thread(_matches, password, hashed or DECOY)
    return right and hashed is not None


def _matches(password: str, hashed: str) -> bool:
    """A bcrypt hash covers 72 bytes: a longer password is none of its, instead of an error of the library's."""
    if BcryptHasher.identify(hashed) and len(password.encode("utf-8", "surrogatepass")) > BCRYPT_BYTES:
        return False
    return hasher.verify(password, hashed)


def generate_password() -> str:
    """Twenty characters that meet the policy."""
    alphabet = string.ascii_letters + string.digits
    body = "".join(secrets.choice(alphabet) for _ in range(16))
    parts = [
        secrets.choice(kind) for kind in (string.ascii_uppercase, string.ascii_lowercase, string.digits, "!#%+-=?@")
    ]
    return body + "".join(parts)


async def one_time_password() -> tuple[str, str]:
    """A new password, to be shown once, and its hash."""
    password = generate_password()
    return password, await hash_password(password)
