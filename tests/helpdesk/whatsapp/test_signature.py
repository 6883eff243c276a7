"""The webhook signature: what passes and what doesn't."""

import hashlib
import hmac

from hypothesis import given
from hypothesis import strategies as st

from backoffice.helpdesk.whatsapp.signature import is_genuine, sign

RAW = b'{"object":"whatsapp_business_account"}'


def test_the_signature_is_the_hmac_meta_documents():
    expected = hmac.new(b"app-secret", RAW, hashlib.sha256).hexdigest()

    assert sign("app-secret", RAW) == f"sha256={expected}"


@given(secret=st.text(min_size=1), raw=st.binary())
def test_what_was_signed_is_genuine(secret, raw):
    assert is_genuine(secret, raw, header=sign(secret, raw))


def test_a_changed_body_is_not_genuine():
    assert not is_genuine("app-secret", RAW + b" ", header=sign("app-secret", RAW))


def test_another_secret_is_not_genuine():
    assert not is_genuine("app-secret", RAW, header=sign("other-secret", RAW))


def test_a_missing_header_is_not_genuine():
    assert not is_genuine("app-secret", RAW, header=None)


def test_without_a_secret_nothing_is_genuine():
    assert not is_genuine("", RAW, header=sign("", RAW))


@given(header=st.text())
def test_any_other_header_is_refused_without_an_error(header):
    assert not is_genuine("app-secret", RAW, header=header)
