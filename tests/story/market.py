"""Who acts in the marketplace's stories, and what they do: by the addresses and keys of a started house alone."""

import itertools
from pathlib import Path
from typing import Any

import httpx

from backoffice.first_start import NOTE, read_note
from backoffice.kernel.notify.channels import MAILBOX
from benchmarks.kills.desk import Desk, wait_until
from tests.kernel.notify.conftest import parsed

PATIENCE = 120.0
PRICE = 50_000
COUNT = itertools.count(1)
Thing = dict[str, Any]


def known(desk: Desk) -> dict[str, str]:
    note = read_note(desk.data)
    assert note is not None, f"a run that started has left {NOTE}"
    return dict(note["products"]["marketplace"])


def data(answer: httpx.Response) -> Thing:
    assert answer.status_code in (200, 201, 202), answer.text
    return dict(answer.json()["data"])


class Market:
    """A started house; `platform` and `staff` are clients of it, the staff's a super admin's."""

    def __init__(self, desk: Desk, platform: httpx.Client, staff: httpx.Client) -> None:
        self.desk, self.platform, self.staff = desk, platform, staff

    def bring(self, path: str, **new: Any) -> Thing:
        """What the platform tells of, under a name of its own."""
        return data(self.platform.post(path, json={"external_id": f"story-{next(COUNT)}", **new}))

    def act(self, path: str, *, method: str = "POST", **wanted: Any) -> Thing:
        """What staff do, under a key of its own."""
        key = {"Idempotency-Key": f"story {next(COUNT)}"}
        return data(self.staff.request(method, path, json=wanted, headers=key))

    def see(self, path: str, **asked: Any) -> Thing:
        return data(self.staff.get(path, params=asked))

    def soon(self, path: str, **wanted: Any) -> Thing:
        """The answer, once it says so."""

        def holds() -> bool:
            shown = self.see(path)
            return all(shown[name] == value for name, value in wanted.items())

        wait_until(holds, within=PATIENCE, desk=self.desk)
        return self.see(path)

    def value(self, sql: Any, **params: Any) -> Any:
        """Straight from the database: what answers are compared with."""
        with self.desk.database() as db:
            row = db.execute(sql, params).fetchone()
        return row and row[0]

    def customer(self, name: str = "Asha Rao") -> Thing:
        email = f"asha.{next(COUNT)}@mail.example"
        return {**self.bring("/customers", name=name, email=email), "email": email, "name": name}

    def service(self) -> Thing:
        vendor = self.bring("/vendors", name="ABC Studios", email=f"studio.{next(COUNT)}@mail.example")
        photographs = {"name": "Wedding Photography", "category": "photography", "base_price_cents": PRICE}
        return self.bring("/services", vendor_id=vendor["id"], **photographs)

    def wanted(self, customer: Thing, service: Thing) -> Thing:
        """A booking as the platform asks for it."""
        at = {"scheduled_at": "2026-12-14T10:00:00+05:30", "pricing": {"base_amount_cents": PRICE}}
        return {"user_id": customer["id"], "service_id": service["id"], **at}

    def paid(self, customer: Thing) -> tuple[Thing, Thing]:
        """A new service, booked, paid and done: the booking and its payment."""
        booking = self.bring("/bookings", **self.wanted(customer, self.service()))
        how = {"method": "upi", "gateway_payment_id": f"story-{next(COUNT)}", "status": "success"}
        payment = self.bring("/payments", booking_id=booking["id"], amount_cents=PRICE, **how)
        for status in ("confirmed", "in_progress", "completed"):
            data(self.platform.post(f"/bookings/{booking['id']}/moves", json={"status": status, "by": "vendor"}))
        return booking, payment

    def complaint(self, customer: Thing, booking: Thing) -> Thing:
        """As the contract's example has it."""
        return {
            "user_id": customer["id"],
            "booking_id": booking["id"],
            "type": "service_quality",
            "subject": "Vendor did not show up",
            "description": "Booked a photographer who never arrived",
            "refund_requested": True,
            "refund_amount": PRICE,
        }

    def mail_to(self, address: str) -> list[str]:
        """Subject and text of every letter that left so far."""
        letters = [parsed(file.read_bytes()) for file in sorted(Path(self.desk.data / MAILBOX).glob("[!.]*"))]
        mine = [one for one in letters if one["To"].addresses[0].addr_spec == address]
        return [f"{one['Subject']}\n{one.get_content()}" for one in mine]
