"""One-time codes of an authenticator app (RFC 6238: six digits, new every 30 seconds), and recovery codes. Pure."""

import hashlib
import hmac
import secrets

import pyotp

STEP_SECONDS = 30
DRIFT_STEPS = 1
"""A phone's clock may be that many steps early or late, and a person needs a moment to type."""
RECOVERY_CODES = 10
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without letters and digits that look alike."""


def new_secret() -> str:
    return pyotp.random_base32()


def enrolment_uri(secret: str, *, account: str, issuer: str) -> str:
    """What an authenticator app reads as a picture: `otpauth://totp/...`."""
    return pyotp.TOTP(secret, interval=STEP_SECONDS).provisioning_uri(name=account, issuer_name=issuer)


def code_at(secret: str, step: int) -> str:
    return pyotp.TOTP(secret, interval=STEP_SECONDS).generate_otp(step)


def step_of(secret: str, code: str, *, now: float, after: int) -> int | None:
    """The step whose code this is, or None. Only steps after `after` count: a code works once."""
    present = int(now) // STEP_SECONDS
    matching = [
        step
        for step in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1)
        if hmac.compare_digest(code_at(secret, step).encode(), code.encode())
    ]
    return next((step for step in matching if step > after), None)


def plain(code: str) -> str:
    """A code as it counts, however it was typed: `123 456`, `ABCD-EFGH`."""
    return "".join(letter for letter in code.lower() if letter.isalnum())


def new_recovery_codes() -> list[str]:
    """Each works once, for whoever lost the app: 16 letters and digits, in groups of four."""
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(16)) for _ in range(RECOVERY_CODES)]
    return ["-".join(code[at : at + 4] for at in range(0, 16, 4)) for code in codes]


def hash_of(recovery_code: str) -> bytes:
    """79 random bits: one round of SHA-256 keeps them as well as many would."""
    return hashlib.sha256(plain(recovery_code).encode()).digest()
