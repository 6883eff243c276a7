"""Where webhooks may go: https to addresses that the whole internet can reach, and nowhere inside our own network.

A name is looked up once per attempt, and the connection is made to an address that was checked: a name that answers
differently a moment later (DNS rebinding) changes nothing. One forbidden address among several forbids the name.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import httpx

from backoffice.kernel.webhooks.rules import LONGEST_URL, AddressRefused

Address = IPv4Address | IPv6Address
Resolve = Callable[[str], Awaitable[list[str]]]
NAT64 = IPv6Network("64:ff9b::/96")
"""By which networks without IPv4 reach it: the address that counts stands in the last four bytes."""


async def look_up(host: str) -> list[str]:
    """The addresses of a name, in the order to try them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def parse_url(text: str) -> httpx.URL:
    """A URL that may be called if its addresses may. AddressRefused says what is wrong with it."""
    try:
        url = httpx.URL(text)
        host = url.host
    except (httpx.InvalidURL, UnicodeError) as invalid:
        raise AddressRefused(url=text, why=str(invalid)) from invalid
    if len(text) > LONGEST_URL:
        raise AddressRefused(url=f"{text[:80]}...", why=f"it is longer than {LONGEST_URL} characters")
    if url.scheme not in {"https", "http"} or not host:
        raise AddressRefused(url=text, why="it must begin with https:// and a host")
    if url.userinfo or url.fragment:
        raise AddressRefused(url=text, why="it must not have a user, a password or a fragment")
    return url


async def find_addresses(url: httpx.URL, *, resolve: Resolve, allow_loopback: bool) -> list[str]:
    """The addresses to connect to, all of them checked. Plain http is for loopback alone, where it is allowed."""
    host = url.raw_host.decode("ascii")
    try:
        found = [ip_address(one) for one in await resolve(host)]
    except (OSError, UnicodeError, ValueError) as failure:
        raise AddressRefused(url=str(url), why=f"{host} has no address") from failure
    if not found:
        raise AddressRefused(url=str(url), why=f"{host} has no address")
    if all(one.is_loopback for one in found) and allow_loopback:
        return [str(one) for one in found]
    for one in found:
        if not is_public(one):
            raise AddressRefused(url=str(url), why=f"{one} is not a public address")
    if url.scheme != "https":
        raise AddressRefused(url=str(url), why="it is not https")
    return [str(one) for one in found]


def is_public(address: Address) -> bool:
    """Whether it is reachable from anywhere, by what it is and, in a tunnel's address, by what it leads to."""
    if isinstance(address, IPv6Address):
        if address in NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
        if address.ipv4_mapped or address.sixtofour or address.is_site_local:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved)
