"""What payment gateways tell by webhook, in our words, and what reading it in theirs has in common.

A gateway's webhooks are read in two steps. At the door its signature over the raw body is checked, and the body named;
that never fails on a genuine one. A job then reads what it tells: nothing, where nobody here knows its kind.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import orjson
import structlog

from backoffice.kernel.gateways.payments import RefundNews

log = structlog.get_logger("backoffice.gateways")
Json = Mapping[str, Any]
Header = Callable[[str], str | None]
"""A request's header by its name in small letters."""
TOLERANCE_SECONDS = 300
LONGEST_ID = 128
UNREADABLE = "unreadable"


class NewsUnreadable(Exception):
    """This is of a kind that we know, and lacks what such an event must say."""


@dataclass(frozen=True, slots=True)
class PaymentNews:
    """A payment was captured, or failed for a reason. `payments` are the ids under which the gateway knows it."""

    payments: tuple[str, ...]
    amount_minor: int
    currency: str
    captured: bool
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ChargebackNews:
    """A customer's bank takes money back. `stage` is opened, won (by us) or lost."""

    reference: str
    payments: tuple[str, ...]
    amount_minor: int
    currency: str
    stage: str
    reason: str


News = PaymentNews | RefundNews | ChargebackNews


@dataclass(frozen=True, slots=True)
class Named:
    """How an event is known: told again it has the same id. `kind` is the gateway's word for it."""

    id: str
    kind: str


class Webhooks(Protocol):
    def is_genuine(self, raw: bytes, header: Header, *, at: datetime) -> bool:
        """Whether this body comes from whoever knows our secret, and was signed lately where the gateway says when."""

    def name(self, raw: bytes) -> Named:
        """Which event this is. Whatever the body is, it has a name."""

    def read(self, raw: bytes) -> News | None:
        """What it tells; None when its kind is none that we know. NewsUnreadable."""


def signature(secret: str, signed: bytes) -> str:
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def is_signed(secret: str, signed: bytes, *, given: str | None) -> bool:
    """Compared in constant time. Without a secret nothing is genuine: anybody can sign with the empty one."""
    if not secret or given is None:
        return False
    return hmac.compare_digest(signature(secret, signed).encode(), given.encode("utf-8", "replace"))


def is_signed_lately(secret: str, raw: bytes, *, header: str | None, at: datetime) -> bool:
    """A header `t=SECONDS,v1=SIGNATURE` over time and body, as Stripe writes it; several while keys change."""
    parts = [part.strip().partition("=")[::2] for part in (header or "").split(",")][:20]
    time = next((value for name, value in parts if name == "t"), "")
    if not (time.isascii() and time.isdigit() and len(time) < 12):
        return False
    is_known = [is_signed(secret, time.encode() + b"." + raw, given=value) for name, value in parts if name == "v1"]
    return any(is_known) and abs(at.timestamp() - int(time)) <= TOLERANCE_SECONDS


def digest(raw: bytes) -> str:
    """The name of an event that its gateway gives none under the signature."""
    return hashlib.sha256(raw).hexdigest()


def body_of(raw: bytes) -> Json:
    """NewsUnreadable unless it is a JSON object."""
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise NewsUnreadable("the body is no JSON") from None
    if not isinstance(body, dict):
        raise NewsUnreadable("the body is no JSON object")
    return body


def named(raw: bytes, *, kind: str, id: str | None = None) -> Named:
    """From these fields of the body, the digest of the body without an `id` in it."""
    try:
        body = body_of(raw)
        return Named(text(body, id) if id else digest(raw), text(body, kind))
    except NewsUnreadable:
        return Named(digest(raw), UNREADABLE)


def readable(listed: Iterable[Json], read: Callable[[Json], RefundNews]) -> list[RefundNews]:
    """What a gateway's list says; one that can't be read is named in the log, and hides no other."""
    told = []
    for one in listed:
        try:
            told.append(read(one))
        except NewsUnreadable as problem:
            log.warning("a gateway lists a refund that can't be read", refund=one.get("id"), problem=str(problem))
    return told


def part(parent: Json, *path: str) -> Json:
    for name in path:
        parent = parent.get(name)  # type: ignore[assignment]
        if not isinstance(parent, dict):
            raise NewsUnreadable(f"{'.'.join(path)} is missing")
    return parent


def text(parent: Json, name: str) -> str:
    value = parent.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_ID or not value.isprintable():
        raise NewsUnreadable(f"{name} is no text of at most {LONGEST_ID} characters")
    return value


def words(parent: Json, name: str) -> str | None:
    """What is said for people, if anything is; no longer than one reads."""
    value = parent.get(name)
    if not isinstance(value, str):
        return None
    return "".join(one if one.isprintable() else " " for one in value[:200]).strip() or None


def amount(parent: Json, name: str) -> int:
    value = parent.get(name)
    if type(value) is not int or not 0 <= value < 2**53:
        raise NewsUnreadable(f"{name} is no amount")
    return value
