"""Whose request it is: the address that counts is the one that somebody we trust has seen."""

import httpx
import pytest

from backoffice.kernel.web.call import Given, client_address
from backoffice.settings import Settings
from tests.kernel.web.conftest import trial_front


@pytest.mark.parametrize(("trusted", "address"), [([], "10.0.0.9"), (["10.0.0.9"], "1.2.3.4")])
async def test_what_a_stranger_says_of_its_address_does_not_count(
    settings: Settings, trusted: list[str], address: str
) -> None:
    front = trial_front(settings.model_copy(update={"trusted_proxies": trusted}))
    transport = httpx.ASGITransport(front, client=("10.0.0.9", 1234))
    async with httpx.AsyncClient(transport=transport, base_url="http://house.test") as client:
        answer = await client.get("/trial/v1/where", headers={"X-Forwarded-For": "1.2.3.4"})

    assert answer.json() == address


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("1.2.3.4", "1.2.3.4"),
        ("6.6.6.6, 1.2.3.4", "1.2.3.4"),
        ("6.6.6.6, 1.2.3.4, 10.0.0.2", "1.2.3.4"),
        ("2001:db8::1", "2001:db8::1"),
        ("", "10.0.0.1"),
        ("nonsense", "10.0.0.1"),
        ("1.2.3.4, nonsense", "10.0.0.1"),
        ("10.0.0.2", "10.0.0.2"),
    ],
)
def test_behind_trusted_proxies_the_last_stranger_is_the_caller(forwarded: str, address: str) -> None:
    proxies = ["10.0.0.1", "10.0.0.2"]

    headers = Given([(b"x-forwarded-for", forwarded.encode())])

    assert client_address(("10.0.0.1", 1), headers, trusted_proxies=proxies) == address


@pytest.mark.parametrize(
    ("peer", "proxy", "forwarded", "address"),
    [
        ("::ffff:10.0.0.1", "10.0.0.1", "1.2.3.4", "1.2.3.4"),
        ("10.0.0.1", "::ffff:10.0.0.1", "1.2.3.4", "1.2.3.4"),
        ("10.0.0.1", "10.0.0.1", "::ffff:1.2.3.4", "1.2.3.4"),
        ("2001:db8::1", "2001:0DB8:0::1", "1.2.3.4", "1.2.3.4"),
        ("::ffff:10.0.0.9", "10.0.0.1", "1.2.3.4", "10.0.0.9"),
    ],
)
def test_however_an_address_is_spelled_it_is_that_address(peer: str, proxy: str, forwarded: str, address: str) -> None:
    headers = Given([(b"x-forwarded-for", forwarded.encode())])

    assert client_address((peer, 1), headers, trusted_proxies=[proxy]) == address


def test_a_caller_on_a_socket_has_no_address() -> None:
    assert client_address(None, Given([(b"x-forwarded-for", b"1.2.3.4")]), trusted_proxies=["10.0.0.1"]) == ""


def test_of_a_header_that_is_given_twice_the_first_counts() -> None:
    headers = Given([(b"user-agent", b"first"), (b"accept", b"*/*"), (b"user-agent", b"second")])

    assert headers.get("user-agent") == "first"
    assert headers.get("accept") == "*/*"
    assert headers.get("origin") is None


def test_what_a_proxy_adds_on_a_line_of_its_own_counts_after_what_a_stranger_wrote() -> None:
    headers = Given([(b"x-forwarded-for", b"1.2.3.4"), (b"accept", b"*/*"), (b"x-forwarded-for", b"203.0.113.7")])

    assert client_address(("10.0.0.1", 1), headers, trusted_proxies=["10.0.0.1"]) == "203.0.113.7"
