"""Invents how customers came: when they signed in, from what and where, and who is signed in still."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from backoffice.kernel.identifiers import new_id
from backoffice.marketplace.activity.rules import KEPT_DAYS, EndedBy, Told
from backoffice.marketplace.customer.rules import DeviceType
from backoffice.marketplace.customer.rules import Status as CustomerStatus
from backoffice.marketplace.demo.bookings import Customer

LAST = 5
"""So many of the times that somebody signed in are told, at most; all are counted."""
STAYS = timedelta(days=14)
"""Whoever was here since then is signed in still."""
SESSIONS = (
    "id, external_id, customer_id, device_type, device_name, browser, ip_address, user_agent, location, began_at, "
    "last_activity_at, ended_at, ended_by"
)
ACTIVITY = (
    "external_id, customer_id, type, is_success, failure_reason, session_id, ip_address, user_agent, device_type, "
    "location, at"
)
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Device:
    type: DeviceType
    name: str
    browser: str | None
    agent: str


DEVICES = (
    Device(DeviceType.APP, "Redmi Note 13", None, "AppyDex/5.2 (Android 14)"),
    Device(DeviceType.APP, "iPhone 14", None, "AppyDex/5.2 (iOS 17.5)"),
    Device(
        DeviceType.MOBILE, "iPhone 14", "Safari 17", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Safari"
    ),
    Device(DeviceType.MOBILE, "Galaxy A54", "Chrome 126", "Mozilla/5.0 (Linux; Android 14; SM-A546E) Chrome/126.0"),
    Device(DeviceType.WEB, "Windows PC", "Chrome 126", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0"),
    Device(DeviceType.WEB, "MacBook", "Firefox 127", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15) Firefox/127.0"),
)


@dataclass(frozen=True, slots=True)
class Visits:
    """Of one customer. `count` is all of their sign-ins."""

    device: Device
    count: int
    sessions: list[Row]
    activity: list[Row]


def visits(one: Customer, random: Random, *, now: datetime) -> Visits:
    """Each is a session of its own; the last of them ends with the last that is known of the customer."""
    told = Visits(random.choice(DEVICES), one.booked * 3 + random.randint(1, 20), [], [])
    first = min(max(one.joined, now - timedelta(days=KEPT_DAYS)), one.last)
    earlier = random.randint(0, min(LAST, told.count) - 1) if one.last > first else 0
    stays = one.standing is CustomerStatus.ACTIVE and one.last > now - STAYS
    for at in (*sorted(first + (one.last - first) * random.random() for _ in range(earlier)), one.last):
        _visit(told, one, _from(one, told.device, random), at=at, stays=stays and at == one.last)
    if one.booked and random.random() < 0.1:
        wrong = (f"wrong-{one.id}", one.id, Told.LOGIN, False, "wrong_password", None)
        told.activity.append((*wrong, *_from(one, told.device, random), one.last - timedelta(minutes=1)))
    return told


def _from(one: Customer, device: Device, random: Random) -> Row:
    """Address, browser, kind of device and place."""
    return f"203.0.113.{random.randint(1, 254)}", device.agent, device.type, f"{one.town[0]}, {one.town[1]}"


def _visit(told: Visits, one: Customer, place: Row, *, at: datetime, stays: bool) -> None:
    device, number, session_id = told.device, len(told.sessions) + 1, new_id("sess")
    address, agent, kind, city = place
    ended, by = (None, None) if stays else (at + timedelta(minutes=20), EndedBy.CUSTOMER)
    known = (session_id, f"session-{one.id}-{number}", one.id, kind, device.name, device.browser)
    told.sessions.append((*known, address, agent, city, at, at, ended, by))
    for what, then in ((Told.LOGIN, at), (Told.LOGOUT, ended)):
        if then:
            told.activity.append((f"{what}-{one.id}-{number}", one.id, what, True, None, session_id, *place, then))
