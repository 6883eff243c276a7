"""What there is of the marketplace to ask for: something behind each name that a request may say, in several states."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from backoffice.kernel.gateways.sandbox_news import signed
from backoffice.marketplace.bulk.jobs import run_bulk
from backoffice.marketplace.export.jobs import export_users
from backoffice.marketplace.gateway.jobs import take_event
from backoffice.marketplace.reconciling.jobs import reconcile_refunds
from backoffice.marketplace.refund.port import SANDBOX_FOLDER
from tests.marketplace.making import Given, Path, StaffClient
from tests.marketplace.money import LARGE, post, reject, run_in, send

SECRET = "whsec_of_the_market"
"""With which the sandbox gateway signs here."""
EXPORT = {"format": "csv", "filters": {"status": "active"}}
A_PICTURE = {"file": ("a.png", b"\x89PNG\r\n\x1a\n", "image/png")}
AN_ENTRY = "SELECT array_agg(id::text) FROM (SELECT id FROM kernel.audit_entry WHERE product = 'marketplace' LIMIT 3) e"
MANY = re.compile(r"^/api/v1/admin/(\w+)/bulk\b")
"""A door that does something to many at once, which its body calls `ids`."""
BOOKED = """
    SELECT jsonb_build_object('service_id', service_id, 'vendor_id', vendor_id) FROM marketplace.booking
     WHERE id = %(id)s
"""


class Market:
    """A customer whose paid booking is disputed, another who has booked and not paid; the rest as it is asked for."""

    def __init__(self, given: Given, path: Path, staff: StaffClient) -> None:
        self.given, self.path, self.staff = given, path, staff

    async def known(self, address: str) -> dict[str, list[Any]]:
        """Ids that exist, by the names under which paths and bodies say them."""
        customer, booking, payment = await self.path.done()
        booked = await self.given.value(BOOKED, id=booking["id"])
        other, colleague = await self.path.customer(), await self.given.staff("support_agent")
        waiting = await self.path.booking(other["id"], booked["service_id"])
        pending = await self.path.payment(waiting, status="pending")
        dispute = await self.path.dispute(customer, booking)
        self.customer, self.payment, self.dispute = customer, payment, dispute
        people = [colleague.id, self.staff.staff.id]
        found: dict[str, list[Any]] = {
            "user_id": people if "/roles/" in address and "/users/" not in address else [customer["id"], other["id"]],
            "booking_id": [booking["id"], waiting["id"]],
            "payment_id": [payment["id"], pending["id"]],
            "dispute_id": [dispute["id"]],
            "service_id": [booked["service_id"]],
            "vendor_id": [booked["vendor_id"]],
            "admin_user_id": people,
            "account_id": people,
            "gateway": ["sandbox"],
        }
        for name, ids in self.further.items():
            if f"{{{name}}}" in address:
                found[name] = await ids()
        if kind := MANY.search(address):
            one = f"{kind[1].removesuffix('s')}_id"
            found["ids"] = [found[one] if one in found else await self.further[one]()]
        return found

    @property
    def further(self) -> dict[str, Callable[[], Awaitable[list[Any]]]]:
        """What is made only where an address names it."""
        return {
            "dispute_id": self.disputes,
            "refund_id": self.refunds,
            "goodwill_id": self.credits,
            "referral_id": self.referrals,
            "difference_id": self.differences,
            "event_id": self.events,
            "job_id": self.jobs,
            "file_id": self.files,
            "entry_id": self.entries,
            "role_id": self.roles,
            "session_id": self.sessions,
            "review_id": self.reviews,
            "request_id": self.takedowns,
        }

    async def disputes(self) -> list[Any]:
        """The open one, and two that somebody looks into."""
        found = [self.dispute["id"]]
        for _ in range(2):
            customer, booking, _ = await self.path.done()
            dispute = await self.path.dispute(customer, booking)
            address = f"/api/v1/admin/disputes/{dispute['id']}"
            key = {"Idempotency-Key": f"looked into {dispute['id']}"}
            taken = await self.staff.patch(address, json={"status": "in_progress"}, headers=key)
            assert taken.status_code == 200, taken.text
            found.append(dispute["id"])
        return found

    async def refunds(self) -> list[Any]:
        """Two that wait, one that was rejected, one that is done."""
        asked = {"payment_id": self.payment["id"], "amount_cents": 1_000, "reason": "other"}
        names = [f"{self.payment['id']} {one}" for one in range(3)]
        ids = [(await self.path.post("refunds", external_id=name, **asked))["id"] for name in names]
        await reject(self.staff, ids[2])
        return [*ids, await self._done_refund()]

    async def _done_refund(self) -> str:
        answer = await post(self.staff, f"/api/v1/admin/payments/{self.payment['id']}/refund", amount_cents=500)
        await send(self.given.house, answer.json()["data"]["id"])
        return str(answer.json()["data"]["id"])

    async def credits(self) -> list[Any]:
        """The second one waits for another person."""
        to = f"/api/v1/admin/users/{self.customer['id']}/goodwill"
        given = [await post(self.staff, to, amount_cents=amount, reason="Sorry") for amount in (1_000, LARGE)]
        return [one.json()["data"]["id"] for one in given]

    async def referrals(self) -> list[Any]:
        """Two that are held: whom they brought reads the same mailbox."""
        door = f"customers/{self.customer['id']}/referral-code"
        code = (await self.path.post(door))["referral_code"]
        sql = "SELECT email FROM marketplace.customer WHERE id = %(id)s"
        name, _, domain = (await self.given.value(sql, id=self.customer["id"])).partition("@")
        new = [await self.path.customer(email=f"{name}+{self.path.count}@{domain}") for _ in range(2)]
        told = [await self.path.post("referrals", user_id=one["id"], referral_code=code) for one in new]
        return [one["id"] for one in told]

    async def differences(self) -> list[Any]:
        refund_id = await self._done_refund()
        (self.given.house.settings.data_folder / SANDBOX_FOLDER / f"{refund_id}.json").unlink()
        await reconcile_refunds(run_in(self.given.house))
        return [await self.given.value("SELECT max(id) FROM marketplace.refund_difference")]

    async def events(self) -> list[Any]:
        """One that was carried out, one that was set aside, one that nobody looked at yet."""
        sql = "SELECT gateway_payment_id FROM marketplace.payment WHERE id = %(id)s"
        name = await self.given.value(sql, id=self.payment["id"])
        for number, amount in enumerate((50_000, 50_001, 7)):
            about = {"id": name, "amount": amount}
            raw, headers = signed(
                {"id": f"{name} {number}", "type": "payment.captured", "payment": about},
                secret=SECRET,
                at=datetime.now(UTC),
            )
            answer = await self.path.platform.post("/api/v1/gateways/sandbox/webhook", content=raw, headers=headers)
            assert answer.status_code == 200, answer.text
        ids = await self.given.value("SELECT array_agg(id ORDER BY received_at) FROM marketplace.gateway_event")
        for event_id in ids[-3:-1]:
            await take_event(run_in(self.given.house), event_id=event_id)
        return list(ids[-3:])

    async def jobs(self) -> list[Any]:
        """The first is done, the second waits, the third did to many what was wanted."""
        asked = [await self.staff.post("/api/v1/admin/users/export", json=EXPORT) for _ in range(2)]
        ids = [one.json()["data"]["job_id"] for one in asked]
        await export_users(run_in(self.given.house), task_id=ids[0])
        wanted = {"do": {"act": "disputes.priority", "priority": "high"}, "ids": [self.dispute["id"]]}
        many = await post(self.staff, "/api/v1/admin/disputes/bulk", **wanted)
        assert many.status_code == 202, many.text
        await run_bulk(run_in(self.given.house), task_id=many.json()["data"]["job_id"])
        return [*ids, many.json()["data"]["job_id"]]

    async def files(self) -> list[Any]:
        done, *_ = await self.jobs()
        job = (await self.staff.get(f"/api/v1/admin/jobs/{done}")).json()["data"]
        address = f"/api/v1/platform/disputes/{self.dispute['id']}/evidence"
        shown = await self.path.platform.post(address, files=A_PICTURE, data={"sender": "user"})
        links = [job["result"]["file_url"], shown.json()["data"]["url"]]
        return [link.partition("?")[0].rpartition("/")[2] for link in links]

    async def entries(self) -> list[Any]:
        return list(await self.given.value(AN_ENTRY))

    async def roles(self) -> list[Any]:
        made = await self.staff.post(
            "/api/v1/admin/roles", json={"name": f"Weekends {self.customer['id']}", "permissions": ["users:list"]}
        )
        assert made.status_code == 201, made.text
        return [made.json()["data"]["id"], "support_agent"]

    async def sessions(self) -> list[Any]:
        return [(await self.given.staff()).session_id, self.staff.staff.session_id]

    async def reviews(self) -> list[Any]:
        _, booking, _ = await self.path.done()
        written = {"external_id": f"review {booking['id']}", "booking_id": booking["id"], "rating": 4}
        return [(await self.path.post("reviews", **written))["id"]]

    async def takedowns(self) -> list[Any]:
        """One that waits, one that was rejected."""
        ids = [(await self.path.takedown(await self.path.reviewed()))["id"] for _ in range(2)]
        decided = {"decision": "reject", "reason": "What the customer wrote is what they saw on that day: it may stay."}
        answer = await post(self.staff, f"/api/v1/admin/reviews/takedown-requests/{ids[1]}/resolve", **decided)
        assert answer.status_code == 200, answer.text
        return ids
