"""The marketplace's story against a really started server and worker; and what the README tells people to paste."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from backoffice.first_start import NOTE, read_note
from backoffice.marketplace.permissions import Scope
from benchmarks.kills.desk import Desk, running_desk, wait_until
from checks.house import ROOT

PATIENCE = 120.0
PRICE, BACK = 50_000, 20_000
PASTED = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ENDS = {
    "backoffice simulate": ["Status changed from 'resolved' to 'closed'", "wait for their seal."],
    "platform create": ["resolved spent 30000 - dispute_created", "- refund_approved", "wait for their seal."],
}
"""What a story of the README prints, by the command that it begins with."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with running_desk(tmp_path_factory.mktemp("market") / "var") as desk:
        yield desk


@pytest.fixture
def platform(desk: Desk) -> Iterator[httpx.Client]:
    """The platform, with a key that may do everything a platform does."""
    scopes = [word for scope in Scope for word in ("--scope", scope)]
    made = desk.command("keys", "platform", "create", "--product", "marketplace", "--name", "shop", *scopes)
    key = made.stdout.split()[-1]
    with httpx.Client(base_url=f"{known(desk)['address']}/api/v1/platform", headers={"X-API-Key": key}) as client:
        yield client


@pytest.fixture
def staff(desk: Desk) -> Iterator[httpx.Client]:
    """Somebody who has signed in."""
    admin = f"{known(desk)['address']}/api/v1/admin"
    who = {"email_or_phone": known(desk)["email"], "password": known(desk)["password"]}
    token = data(httpx.post(f"{admin}/auth/login", json=who))["access_token"]
    with httpx.Client(base_url=admin, headers={"Authorization": f"Bearer {token}"}, timeout=10) as client:
        yield client


def known(desk: Desk) -> dict[str, str]:
    note = read_note(desk.data)
    assert note is not None, f"a run that started has left {NOTE}"
    return dict(note["products"]["marketplace"])


def data(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code in (200, 201), answer.text
    return dict(answer.json()["data"])


def test_a_disputed_booking_is_paid_back_in_part_and_everything_agrees(
    desk: Desk, platform: httpx.Client, staff: httpx.Client
) -> None:
    customer, booking, payment = a_paid_booking(platform)
    complaint = {
        "external_id": "story-dispute",
        "user_id": customer["id"],
        "booking_id": booking["id"],
        "type": "service_quality",
        "subject": "Vendor did not show up",
        "description": "Booked a photographer who never arrived",
        "refund_requested": True,
        "refund_amount": PRICE,
    }
    dispute = data(platform.post("/disputes", json=complaint))

    taken = change(staff, dispute, status="in_progress")
    resolved = change(staff, dispute, status="resolved", resolution_type="partial_refund", refund_amount=BACK)

    assert (taken["status"], resolved["status"]) == ("in_progress", "resolved")
    wait_until(lambda: summary(staff, customer)["total_spent"] == PRICE - BACK, within=PATIENCE, desk=desk)
    told = summary(staff, customer)
    assert (told["total_bookings"], told["completed_bookings"]) == (1, 1)
    assert (told["total_disputes"], told["open_disputes"]) == (1, 0)
    events = [one["event"] for one in data(staff.get(f"/disputes/{dispute['id']}"))["timeline"]]
    assert events[0] == "dispute_created" and {"status_changed", "refund_approved"} <= set(events)
    the_rows_agree(desk, booking, payment)
    assert desk.command("audit", "verify").returncode == 0


def a_paid_booking(platform: httpx.Client) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """A new customer's, of a new vendor's service, done and paid."""
    new = {"external_id": "story-user", "name": "Asha Rao", "email": "asha.story@mail.example"}
    customer = data(platform.post("/customers", json=new))
    vendor = data(platform.post("/vendors", json={"external_id": "story-vendor", "name": "ABC Studios"}))
    photographs = {"name": "Wedding Photography", "category": "photography", "base_price_cents": PRICE}
    offered = {"external_id": "story-service", "vendor_id": vendor["id"], **photographs}
    service = data(platform.post("/services", json=offered))
    wanted = {"user_id": customer["id"], "service_id": service["id"], "scheduled_at": "2026-12-14T10:00:00+05:30"}
    priced = {"external_id": "story-booking", "pricing": {"base_amount_cents": PRICE}, **wanted}
    booking = data(platform.post("/bookings", json=priced))
    paid = {"external_id": "story-payment", "booking_id": booking["id"], "amount_cents": PRICE, "method": "upi"}
    payment = data(platform.post("/payments", json={**paid, "gateway_payment_id": "story", "status": "success"}))
    for status in ("confirmed", "in_progress", "completed"):
        data(platform.post(f"/bookings/{booking['id']}/moves", json={"status": status, "by": "vendor"}))
    return customer, booking, payment


def change(staff: httpx.Client, dispute: dict[str, Any], **wanted: Any) -> dict[str, Any]:
    key = {"Idempotency-Key": f"story {wanted['status']}"}
    return data(staff.patch(f"/disputes/{dispute['id']}", json=wanted, headers=key))


def summary(staff: httpx.Client, customer: dict[str, Any]) -> dict[str, Any]:
    return dict(data(staff.get(f"/users/{customer['id']}"))["activity_summary"])


def the_rows_agree(desk: Desk, booking: dict[str, Any], payment: dict[str, Any]) -> None:
    with desk.database() as db:
        [paid] = db.execute(
            "SELECT status, captured_minor, reserved_minor, refunded_minor FROM marketplace.payment WHERE id = %s",
            [payment["id"]],
        )
        [booked] = db.execute("SELECT status, payment_status FROM marketplace.booking WHERE id = %s", [booking["id"]])
        [refund] = db.execute(
            "SELECT status, amount_minor, sends FROM marketplace.refund WHERE payment_id = %s", [payment["id"]]
        )
    assert paid == ("partially_refunded", PRICE, 0, BACK)
    assert booked == ("completed", "partially_refunded")
    assert refund == ("processed", BACK, 1)


def stories() -> list[str]:
    found = PASTED.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    return [one for one in found if "backoffice audit verify" in one]


@pytest.mark.parametrize("begins", ENDS)
def test_what_the_readme_tells_people_to_paste_prints_what_it_says(desk: Desk, begins: str) -> None:
    [story] = [one for one in stories() if begins in one]
    ways = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "DATA_FOLDER": str(desk.data)}
    script = story.replace("var/first-sign-in.json", str(desk.data / NOTE))

    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=desk.data.parent,
        env={**os.environ, **ways},
    )

    assert ran.returncode == 0, ran.stderr
    said = " ".join(ran.stdout.split())
    assert [one for one in ENDS[begins] if one not in said] == [], ran.stdout
