"""The key ring: what one key closed opens with that key, where it belongs, untouched."""

import base64
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.encryption.keyring import KEY_BYTES, KeyRing, WrongKey, decrypt, encrypt, new_key

OLD, NEW = new_key(), new_key()
KEY = secrets.token_bytes(KEY_BYTES)


@given(st.binary(), st.text())
def test_what_was_closed_opens_again(plain: bytes, belongs: str) -> None:
    assert decrypt(KEY, encrypt(KEY, plain, bound_to=belongs), bound_to=belongs) == plain


@given(st.binary(min_size=1), st.integers(min_value=0))
def test_a_bit_changed_anywhere_is_noticed(plain: bytes, place: int) -> None:
    sealed = bytearray(encrypt(KEY, plain, bound_to="here"))
    sealed[place % len(sealed)] ^= 1

    with pytest.raises(WrongKey):
        decrypt(KEY, bytes(sealed), bound_to="here")


def test_a_value_opens_only_where_it_belongs_and_with_its_key() -> None:
    sealed = encrypt(KEY, b"value", bound_to="asha")

    with pytest.raises(WrongKey):
        decrypt(KEY, sealed, bound_to="ravi")
    with pytest.raises(WrongKey):
        decrypt(secrets.token_bytes(KEY_BYTES), sealed, bound_to="asha")


@pytest.mark.parametrize("sealed", [b"", b"short", b"x" * 12, b"x" * 27])
def test_what_is_too_short_to_be_a_value_is_refused_like_a_wrong_one(sealed: bytes) -> None:
    with pytest.raises(WrongKey):
        decrypt(KEY, sealed, bound_to="asha")


def test_the_same_value_never_looks_the_same_twice() -> None:
    assert encrypt(KEY, b"value", bound_to="") != encrypt(KEY, b"value", bound_to="")


def test_the_first_key_closes_and_every_key_opens() -> None:
    name, sealed = KeyRing(OLD).encrypt(b"value", bound_to="asha")
    ring = KeyRing(f"{NEW}, {OLD}")

    assert name == OLD.split(":")[0]
    assert ring.current == NEW.split(":")[0]
    assert ring.decrypt(name, sealed, bound_to="asha") == b"value"
    assert ring.encrypt(b"value", bound_to="asha")[0] == ring.current


def test_a_key_that_left_the_ring_opens_nothing() -> None:
    name, sealed = KeyRing(OLD).encrypt(b"value", bound_to="asha")

    with pytest.raises(WrongKey, match="is not on the ring"):
        KeyRing(NEW).decrypt(name, sealed, bound_to="asha")


@pytest.mark.parametrize(
    "keys", ["", " , ", "k1:", "k1:" + base64.b64encode(b"short").decode(), "no colon", "k1:%%%", "k1:abc"]
)
def test_keys_that_are_none_are_refused_at_the_start(keys: str) -> None:
    with pytest.raises(ValueError, match="ENCRYPTION_KEYS"):
        KeyRing(keys)
