"""Passwords: the policy, the hashes, and that a stranger is answered as slowly as a member."""

import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pwdlib.hashers.argon2 import Argon2Hasher
from pwdlib.hashers.bcrypt import BcryptHasher

from backoffice.kernel.identity import passwords
from backoffice.kernel.identity.rules import WeakPassword, check_password


@pytest.mark.parametrize(
    ("password", "demand"),
    [
        ("Ab1!xyz", "be at least 8 characters long"),
        ("A1!" + "x" * 126, "be at most 128 characters long"),
        ("secret123!", "contain at least one uppercase letter"),
        ("SECRET123!", "contain at least one lowercase letter"),
        ("Secretary!", "contain at least one digit"),
        ("Secret1234", "contain at least one special character"),
        ("Secret 1234", "contain at least one special character"),
    ],
)
def test_a_weak_password_is_told_what_it_lacks(password: str, demand: str) -> None:
    with pytest.raises(WeakPassword) as weak:
        check_password(password)

    assert weak.value.sentence == f"Password must {demand}"


@pytest.mark.parametrize("password", ["Secret1!", "Pässwörd1€", "A1!" + "x" * 125, "Aa1 _______"])
def test_a_strong_password_passes(password: str) -> None:
    check_password(password)


@given(st.text(st.sampled_from(string.printable), max_size=140))
def test_a_password_passes_when_and_only_when_it_has_everything(password: str) -> None:
    has_all = (
        8 <= len(password) <= 128
        and any(one in string.ascii_uppercase for one in password)
        and any(one in string.ascii_lowercase for one in password)
        and any(one in string.digits for one in password)
        and any(one in string.punctuation for one in password)
    )
    try:
        check_password(password)
    except WeakPassword:
        assert not has_all
    else:
        assert has_all


def test_a_generated_password_meets_the_policy_and_is_never_the_same() -> None:
    made = {passwords.generate_password() for _ in range(200)}

    assert len(made) == 200
    for password in made:
        check_password(password)
        assert len(password) == 20


async def test_a_hash_is_argon2_and_opens_with_its_password_only() -> None:
    hashed = await passwords.hash_password("Secret123!")

    assert hashed.startswith("$argon2id$")
    assert await passwords.is_right("Secret123!", hashed)
    assert not await passwords.is_right("Secret123?", hashed)


async def test_a_bcrypt_hash_from_elsewhere_still_opens() -> None:
    hashed = BcryptHasher(rounds=4).hash("Secret123!")

    assert await passwords.is_right("Secret123!", hashed)
    assert not await passwords.is_right("Secret123?", hashed)


async def test_somebody_who_does_not_exist_takes_as_long_to_refuse() -> None:
    hashed = Argon2Hasher().hash("Secret123!")

    async def seconds(hashed: str | None) -> float:
        started = time.process_time()
        assert not await passwords.is_right("Wrong123!", hashed)
        return time.process_time() - started

    known = min([await seconds(hashed) for _ in range(2)])
    unknown = min([await seconds(None) for _ in range(2)])

    assert unknown > known / 3


def test_the_decoy_costs_what_a_new_hash_costs() -> None:
    assert not Argon2Hasher().check_needs_rehash(passwords.DECOY)
