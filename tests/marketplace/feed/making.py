"""Lines of history as a platform writes them."""

import json
from typing import Any


def raw(line: dict[str, Any]) -> bytes:
    return json.dumps(line).encode() + b"\n"


def customer(number: int, **facts: Any) -> dict[str, Any]:
    new = {"external_id": f"u{number}", "name": f"Asha Rao {number}", "email": f"asha{number}@mail.example"}
    return {"kind": "customer", **new, "registered_at": "2025-01-01T00:00:00Z", **facts}


def vendor(number: int, **facts: Any) -> dict[str, Any]:
    return {"kind": "vendor", "external_id": f"v{number}", "name": f"Studio {number}", **facts}


def service(number: int, vendor: int | str, **facts: Any) -> dict[str, Any]:
    offered = {"name": "Wedding Photography", "category": "photography", "base_price_cents": 50_000}
    return {"kind": "service", "external_id": f"s{number}", "vendor_id": vendor, **offered, **facts}


def booking(number: int, user: int | str, service: str, *statuses: str, **facts: Any) -> dict[str, Any]:
    """Made at noon of the first of March 2026; every move an hour after the one before."""
    moves = [
        {"status": status, "by": "vendor", "at": f"2026-03-01T{12 + hour}:00:00Z"}
        | ({"cancellation_reason": "Plans changed"} if status == "cancelled" else {})
        for hour, status in enumerate(statuses, 1)
    ]
    new = {"external_id": f"b{number}", "user_id": user, "service_id": service, "moves": moves}
    agreed = {"scheduled_at": "2026-03-14T10:00:00+05:30", "created_at": "2026-03-01T12:00:00Z"}
    return {"kind": "booking", **new, **agreed, "pricing": {"base_amount_cents": 50_000}, **facts}


def payment(number: int, booking: str, status: str = "success", **facts: Any) -> dict[str, Any]:
    paid = {"amount_cents": 50_000, "method": "upi", "gateway_payment_id": f"gw{number}", "status": status}
    return {"kind": "payment", "external_id": f"p{number}", "booking_id": booking, **paid, **facts}


def review(number: int, booking: str, **facts: Any) -> dict[str, Any]:
    said = {"rating": 4, "title": "Good", "comment": "On time", "created_at": "2026-03-15T12:00:00Z"}
    return {"kind": "review", "external_id": f"r{number}", "booking_id": booking, **said, **facts}


def done(number: int) -> list[dict[str, Any]]:
    """A customer with a completed booking that was paid, of a vendor and a service of their own."""
    return [
        customer(number),
        vendor(number),
        service(number, f"v{number}"),
        booking(number, f"u{number}", f"s{number}", "confirmed", "in_progress", "completed"),
        payment(number, f"b{number}"),
    ]


def reviewed(number: int) -> list[dict[str, Any]]:
    """The same, and what the customer says of it."""
    return [*done(number), review(number, f"b{number}")]
