"""Makes the rows that the marketplace's tests start from. Each has its defaults."""

from dataclasses import dataclass
from typing import Any

import httpx

from backoffice.kernel.actor import Actor, ActorKind
from backoffice.kernel.identity import api_keys
from backoffice.marketplace.permissions import ROLES, Scope
from tests.making import Maker

BASE_URL = "http://market.test/marketplace"


@dataclass(frozen=True)
class Staff:
    id: int
    username: str
    email: str
    role: str
    session_id: str

    @property
    def actor(self) -> Actor:
        permissions = ROLES[self.role]
        return Actor(ActorKind.STAFF, self.id, self.username, "marketplace", self.role, permissions, self.session_id)


class StaffClient(httpx.AsyncClient):
    """A client that is signed in; `staff` is who it is."""

    staff: Staff


class Given(Maker):
    """What is there before a test begins."""

    product = "marketplace"

    async def staff(self, role: str = "support_agent", *, proved: bool = True) -> Staff:
        """Somebody new with a live session, in which they have `proved` their second factor just now."""
        number = next(self._count)
        username = f"market_{role}_{number}"
        email = f"{username}@market.example"
        staff_id = await self._one(
            """
            WITH person AS (
                INSERT INTO kernel.staff (username, email, full_name, password_hash)
                     VALUES (%(username)s, %(email)s, %(full_name)s, %(hash)s) RETURNING id
            )
            INSERT INTO kernel.membership (staff_id, product, role)
            SELECT id, 'marketplace', %(role)s FROM person RETURNING staff_id
            """,
            username=username,
            email=email,
            full_name=f"{role.replace('_', ' ').title()} {number}",
            hash=self._hash,
            role=role,
        )
        return Staff(staff_id, username, email, role, await self._begin_session(staff_id, proved=proved))

    async def api_key(self, *scopes: str) -> str:
        """The secret of a new key of the platform; with every scope unless some are named."""
        async with self.write() as tx:
            _, secret = await api_keys.create_key(
                tx,
                product="marketplace",
                name="platform",
                scopes=list(scopes or Scope),
                known=frozenset(Scope),
            )
        return secret


class Path:
    """The way from a new customer to a paid booking, through the platform's doors."""

    def __init__(self, platform: httpx.AsyncClient) -> None:
        self.platform = platform
        self.count = 0

    async def post(self, path: str, **body: Any) -> dict[str, Any]:
        answer = await self.platform.post(f"/api/v1/platform/{path}", json=body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()["data"]  # type: ignore[no-any-return]

    async def customer(self, **facts: Any) -> dict[str, Any]:
        self.count += 1
        new = {
            "external_id": f"u{self.count}",
            "name": f"Asha Rao {self.count}",
            "email": f"asha{self.count}@example.com",
            "phone": f"+91987654{self.count:04d}",
        }
        return await self.post("customers", **{**new, **facts})

    async def service(self, **facts: Any) -> dict[str, Any]:
        self.count += 1
        studio = {"external_id": f"v{self.count}", "name": "ABC Studios", "email": f"studio{self.count}@example.com"}
        vendor = await self.post("vendors", **studio)
        new = {
            "external_id": f"s{self.count}",
            "vendor_id": vendor["id"],
            "name": "Wedding Photography",
            "category": "photography",
            "base_price_cents": 50_000,
        }
        return await self.post("services", **{**new, **facts})

    async def booking(self, customer_id: int, service_id: str, amount: int = 50_000, **facts: Any) -> dict[str, Any]:
        self.count += 1
        new = {
            "external_id": f"b{self.count}",
            "user_id": customer_id,
            "service_id": service_id,
            "scheduled_at": "2026-12-14T10:00:00+05:30",
            "pricing": {"base_amount_cents": amount},
        }
        return await self.post("bookings", **{**new, **facts})

    async def payment(self, booking: dict[str, Any], *, status: str = "success", **facts: Any) -> dict[str, Any]:
        self.count += 1
        new = {
            "external_id": f"p{self.count}",
            "booking_id": booking["id"],
            "amount_cents": booking["amount_cents"],
            "method": "upi",
            "gateway_payment_id": f"gw_{self.count}",
            "status": status,
        }
        return await self.post("payments", **{**new, **facts})

    async def move(self, booking: dict[str, Any], *statuses: str, by: str = "vendor", **facts: Any) -> None:
        for status in statuses:
            await self.post(f"bookings/{booking['id']}/moves", status=status, by=by, **facts)

    async def done(self, amount: int = 50_000) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        """A customer with a completed booking that was paid."""
        customer = await self.customer()
        booking = await self.booking(customer["id"], (await self.service())["id"], amount)
        payment = await self.payment(booking)
        await self.move(booking, "confirmed", "in_progress", "completed")
        return customer, booking, payment

    async def dispute(self, customer: dict[str, Any], booking: dict[str, Any], **facts: Any) -> dict[str, Any]:
        self.count += 1
        new = {
            "external_id": f"d{self.count}",
            "user_id": customer["id"],
            "booking_id": booking["id"],
            "type": "service_quality",
            "subject": "Vendor did not show up",
            "description": "Booked a photographer who never arrived",
        }
        return await self.post("disputes", **{**new, **facts})

    async def review(self, booking: dict[str, Any], rating: int = 1, **facts: Any) -> dict[str, Any]:
        self.count += 1
        new = {
            "external_id": f"r{self.count}",
            "booking_id": booking["id"],
            "rating": rating,
            "title": "Terrible service",
            "comment": "They never showed up and charged me anyway! The owner is a thief.",
        }
        return await self.post("reviews", **{**new, **facts})

    async def reviewed(self, rating: int = 1, **facts: Any) -> dict[str, Any]:
        """A review of a completed booking, by a customer and of a vendor of its own."""
        _, booking, _ = await self.done()
        return await self.review(booking, rating, **facts)

    async def takedown(self, review: dict[str, Any], **facts: Any) -> dict[str, Any]:
        self.count += 1
        new = {
            "external_id": f"t{self.count}",
            "review_id": review["id"],
            "reason_code": "defamation",
            "reason_description": "This review contains false statements",
            "vendor_notes": "The customer was satisfied on the day.",
        }
        return await self.post("takedown-requests", **{**new, **facts})
