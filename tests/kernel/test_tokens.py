"""Tokens: what is genuine is read, everything else is nobody."""

import base64
import contextlib
import json
import time
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey

from backoffice.kernel.errors import Unauthenticated
from backoffice.kernel.tokens import MOST_REMEMBERED, Claims, TokenExpired, Tokens

SECRET = "a secret of the tests, long enough to sign"
TOKENS = Tokens(SECRET)
SESSION = "01900000-0000-7000-8000-000000000000"
SAID: dict[str, Any] = {"user_id": 7, "username": "asha", "role": "admin", "sid": SESSION}


def issue(tokens: Tokens = TOKENS, *, kind: Any = "access", minutes: float = 5, **other: Any) -> str:
    return tokens.issue(kind, "helpdesk", lifetime=timedelta(minutes=minutes), claims={**SAID, **other})


def test_a_genuine_token_says_who_it_is() -> None:
    assert TOKENS.read("access", issue(), product="helpdesk") == Claims(7, "asha", "admin", "helpdesk", SESSION, "")


@pytest.mark.parametrize(
    "token",
    [
        issue(minutes=-0.1),
        issue(kind="refresh"),
        issue(Tokens("another secret of the tests, long enough")),
        issue(sid="no uuid"),
        issue(sid=None),
        "",
        "x",
        "a.b.c",
        "é.é.é",
        issue()[:-2],
        issue() + "AA",
    ],
    ids=["expired", "refresh", "forged", "odd session", "no session", "empty", "word", "three", "odd", "cut", "longer"],
)
def test_anything_else_is_nobody(token: str) -> None:
    with pytest.raises(Unauthenticated):
        TOKENS.read("access", token, product="helpdesk")


def test_a_token_is_of_one_product() -> None:
    with pytest.raises(Unauthenticated):
        TOKENS.read("access", issue(), product="shield")


def part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def test_a_token_without_a_signature_is_nobody() -> None:
    payload = issue().split(".")[1]

    for algorithm in ("none", "None", "NONE"):
        with pytest.raises(Unauthenticated):
            TOKENS.read("access", f"{part({'alg': algorithm})}.{payload}.", product="helpdesk")


def test_a_token_signed_with_another_algorithm_is_nobody() -> None:
    key = OctKey.import_key(SECRET)
    claims = {**SAID, "token_type": "access", "aud": "helpdesk", "exp": 4_000_000_000}

    with pytest.raises(Unauthenticated):
        TOKENS.read("access", jwt.encode({"alg": "HS512"}, claims, key, algorithms=["HS512"]), product="helpdesk")
    ours = jwt.encode({"alg": "HS256"}, claims, key, algorithms=["HS256"])
    assert TOKENS.read("access", ours, product="helpdesk").username == "asha"


@given(st.text() | st.from_regex(r"[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,60}"))
def test_no_text_that_we_did_not_sign_breaks_the_reading(token: str) -> None:
    with pytest.raises(Unauthenticated):
        TOKENS.read("access", token, product="helpdesk")


@given(
    st.dictionaries(st.sampled_from(["token_type", "aud", "exp", "user_id", "username", "sid"]), st.none() | st.text())
)
def test_no_claims_of_another_type_break_the_reading(odd: dict[str, Any]) -> None:
    claims = {**SAID, "token_type": "access", "aud": "helpdesk", "exp": 4_000_000_000, **odd}
    token = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET), algorithms=["HS256"])

    with contextlib.suppress(Unauthenticated):
        TOKENS.read("access", token, product="helpdesk")


def test_a_remembered_token_is_refused_once_it_has_run_out(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = Tokens(SECRET)
    token = issue(tokens, minutes=1)
    tokens.read("access", token, product="helpdesk")
    later = time.time() + 61
    monkeypatch.setattr(time, "time", lambda: later)

    with pytest.raises(TokenExpired) as refused:
        tokens.read("access", token, product="helpdesk")
    assert refused.value.session_id == SESSION


def test_a_remembered_token_stays_of_its_kind_and_its_product() -> None:
    tokens = Tokens(SECRET)
    token = issue(tokens)
    assert tokens.read("access", token, product="helpdesk") is tokens.read("access", token, product="helpdesk")

    for kind, product in (("refresh", "helpdesk"), ("access", "shield")):
        with pytest.raises(Unauthenticated):
            tokens.read(kind, token, product=product)  # type: ignore[arg-type]


def test_only_what_was_signed_is_remembered_and_by_whoever_signed_alone() -> None:
    tokens, others = Tokens(SECRET), Tokens("another secret of the tests, long enough")
    token = issue(tokens)
    tokens.read("access", token, product="helpdesk")

    for _ in range(2):
        with pytest.raises(Unauthenticated):
            others.read("access", token, product="helpdesk")
        with pytest.raises(Unauthenticated):
            tokens.read("access", token[:-2], product="helpdesk")
    assert (list(tokens._remembered), list(others._remembered)) == ([token], [])


def test_of_many_tokens_a_thousand_are_remembered_at_most() -> None:
    tokens = Tokens(SECRET)
    for number in range(MOST_REMEMBERED + 1):
        tokens.read("access", issue(tokens, user_id=number), product="helpdesk")

    assert len(tokens._remembered) == 1
