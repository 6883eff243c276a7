"""The marketplace's story and the test scenarios of its contract, against a really started server and worker; and what
the README tells people to paste.
"""

import csv
import io
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from backoffice.marketplace.permissions import Scope
from benchmarks.kills.desk import Desk, running_desk, wait_until
from checks.house import ROOT
from tests.story.market import PATIENCE, PRICE, Market, Thing, data, known

BACK = 20_000
PASTED = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ENDS = {
    "backoffice simulate": ["Status changed from 'resolved' to 'closed'", "wait for their seal."],
    "platform create": ["resolved spent 30000 - dispute_created", "- refund_approved", "wait for their seal."],
}
"""What a story of the README prints, by the command that it begins with."""
MANY = {"READS_PER_MINUTE": "100000", "WRITES_PER_MINUTE": "100000"}
SOMEBODY = """
    SELECT c.id FROM marketplace.customer c
     WHERE c.disputes > 0 AND c.reviews > 0 AND c.payments_succeeded > 1 AND c.status = 'active'
       AND EXISTS (SELECT FROM marketplace.session WHERE customer_id = c.id AND ended_at IS NULL)
     ORDER BY c.id LIMIT 1
"""


@pytest.fixture(scope="module")
def desk(moved_in: Callable[[str], Path]) -> Iterator[Desk]:
    with running_desk(moved_in("market"), **MANY) as desk:
        yield desk


@pytest.fixture(scope="module")
def market(desk: Desk) -> Iterator[Market]:
    """With the platform, by a key that may do everything a platform does, and somebody who has signed in."""
    address = known(desk)["address"]
    admin, platform = f"{address}/api/v1/admin", f"{address}/api/v1/platform"
    scopes = [word for scope in Scope for word in ("--scope", scope)]
    made = desk.command("keys", "platform", "create", "--product", "marketplace", "--name", "shop", *scopes)
    who = {"email_or_phone": known(desk)["email"], "password": known(desk)["password"]}
    token = data(httpx.post(f"{admin}/auth/login", json=who, timeout=PATIENCE))["access_token"]
    with (
        httpx.Client(base_url=platform, headers={"X-API-Key": made.stdout.split()[-1]}, timeout=PATIENCE) as outside,
        httpx.Client(base_url=admin, headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE) as inside,
    ):
        yield Market(desk, outside, inside)


def test_a_disputed_booking_is_paid_back_in_part_and_everything_agrees(market: Market) -> None:
    customer = market.customer()
    booking, payment = market.paid(customer)
    dispute = market.bring("/disputes", **market.complaint(customer, booking))
    path = f"/disputes/{dispute['id']}"

    taken = market.act(path, method="PATCH", status="in_progress")
    part = {"resolution_type": "partial_refund", "refund_amount": BACK}
    resolved = market.act(path, method="PATCH", status="resolved", **part)

    assert (taken["status"], resolved["status"]) == ("in_progress", "resolved")
    wait_until(lambda: summary(market, customer)["total_spent"] == PRICE - BACK, within=PATIENCE, desk=market.desk)
    told = summary(market, customer)
    assert (told["total_bookings"], told["completed_bookings"]) == (1, 1)
    assert (told["total_disputes"], told["open_disputes"]) == (1, 0)
    events = [one["event"] for one in market.see(path)["timeline"]]
    assert events[0] == "dispute_created" and {"status_changed", "refund_approved"} <= set(events)
    the_rows_agree(market.desk, booking, payment)
    assert market.desk.command("audit", "verify").returncode == 0


def summary(market: Market, customer: Thing) -> Thing:
    return dict(market.see(f"/users/{customer['id']}")["activity_summary"])


def the_rows_agree(desk: Desk, booking: Thing, payment: Thing) -> None:
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


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        ({}, "true"),
        ({"status": "suspended"}, "status = 'suspended'"),
        ({"status": "banned"}, "status = 'banned'"),
        ({"trust_score_min": 40, "trust_score_max": 60}, "coalesce(trust_by_hand, trust_computed) BETWEEN 40 AND 60"),
        ({"search": "priya"}, "name ~* '\\mpriya'"),
        ({"search": "no.such@mail.example"}, "false"),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, dict) else "",
)
def test_scenario_1_users_are_listed_with_various_filters(market: Market, asked: Thing, where: str) -> None:
    listed = market.see("/users", page_size=100, **asked)

    sql = "SELECT array_agg(id) FROM marketplace.customer WHERE " + where
    ids = set(market.value(sql) or [])
    assert listed["total"] == len(ids)
    assert {one["id"] for one in listed["items"]} <= ids
    assert len(listed["items"]) == min(100, len(ids))


def test_scenario_2_a_user_is_shown_with_all_that_is_about_them(market: Market) -> None:
    user = f"/users/{market.value(SOMEBODY)}"

    shown, parts = market.see(user), ("bookings", "reviews", "payments", "disputes", "activity")
    lists = {part: market.see(f"{user}/{part}", page_size=100) for part in parts}
    sessions = market.see(f"{user}/sessions")

    told = shown["activity_summary"]
    assert lists["bookings"]["total"] == told["total_bookings"]
    assert lists["reviews"]["total"] == told["total_reviews"]
    assert lists["disputes"]["total"] == told["total_disputes"] and shown["risk_indicators"]["has_disputes"]
    paid = lists["payments"]["summary"]
    assert paid["total_paid"] - paid["total_refunded"] == told["total_spent"]
    assert paid["failed_count"] == shown["risk_indicators"]["failed_payment_count"]
    assert lists["activity"]["items"] and sessions["active_sessions"] and sessions["recent_logins"]
    assert 0 <= shown["risk_indicators"]["trust_score"] <= 100


def test_scenario_3_who_is_suspended_books_nothing_until_they_are_back(market: Market) -> None:
    customer, service = market.customer(), market.service()
    wanted = {"external_id": "scenario 3", **market.wanted(customer, service)}

    suspended = market.act(f"/users/{customer['id']}/suspend", reason="Payment failures", duration_days=30)
    refused = market.platform.post("/bookings", json=wanted)
    market.act(f"/users/{customer['id']}/reactivate", notes="Resolved with support")
    booked = market.platform.post("/bookings", json=wanted)

    assert suspended["status"] == "suspended" and suspended["suspended_until"].endswith("T23:59:59Z")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "USER_SUSPENDED")
    assert booked.status_code == 201


def test_scenario_4_a_dispute_goes_its_way(market: Market) -> None:
    customer = market.customer()
    booking, _ = market.paid(customer)

    opened = market.act("/disputes", **market.complaint(customer, booking))
    path, said = f"/disputes/{opened['id']}", f"/disputes/{opened['id']}/messages"
    market.act(f"{path}/assign", admin_user_id=market.see("/me")["id"], notes="Mine")
    market.act(said, message="When did they come?", is_internal=False)
    market.bring(said, sender="user", message="Never")
    data(market.platform.post(f"{path}/vendor-response", json={"response": "A family emergency"}))
    market.act(path, method="PATCH", status="resolved", resolution_type="service_redo")
    closed = market.act(path, method="PATCH", status="closed")

    hours = datetime.fromisoformat(opened["resolution_deadline"]) - datetime.fromisoformat(opened["created_at"])
    assert hours == timedelta(hours=48)
    assert (closed["status"], closed["vendor_response"]) == ("closed", "A family emergency")
    assert [one["message"] for one in closed["messages"] if not one["is_internal"]] == ["When did they come?", "Never"]
    events = {one["event"] for one in closed["timeline"]}
    assert {"dispute_created", "assigned", "message_added", "vendor_responded", "status_changed"} <= events
    back = market.staff.patch(path, json={"status": "open"}, headers={"Idempotency-Key": "scenario 4"})
    assert (back.status_code, back.json()["error"]["code"]) == (400, "INVALID_STATUS_TRANSITION")


def test_scenario_5_customer_and_vendor_hear_of_a_resolution_once(market: Market) -> None:
    customer = market.customer()
    booking, _ = market.paid(customer)
    dispute = market.bring("/disputes", **market.complaint(customer, booking))
    sql = (
        "SELECT v.email FROM marketplace.vendor v JOIN marketplace.booking b ON b.vendor_id = v.id WHERE b.id = %(id)s"
    )
    people = [customer["email"], market.value(sql, id=booking["id"])]

    path = f"/disputes/{dispute['id']}"
    market.act(path, method="PATCH", status="in_progress")
    decided = {"resolution_type": "no_refund", "admin_notes": "Only for us", "resolution_details": "They had come"}
    market.act(path, method="PATCH", status="resolved", **decided)

    def resolved(address: str) -> list[str]:
        return [one for one in market.mail_to(address) if "has been resolved" in one.partition("\n")[0]]

    wait_until(lambda: all(map(resolved, people)), within=PATIENCE, desk=market.desk)
    assert [len(resolved(one)) for one in people] == [1, 1]
    assert all("They had come" in resolved(one)[0] for one in people)
    assert not [one for address in people for one in market.mail_to(address) if "Only for us" in one]


def test_scenario_6_a_refund_changes_its_payment(market: Market) -> None:
    customer = market.customer()
    booking, payment = market.paid(customer)

    part = market.act(f"/payments/{payment['id']}/refund", amount_cents=BACK, reason="Paid twice")
    market.soon(f"/refunds/{part['id']}", status="processed")
    rest = market.act(f"/payments/{payment['id']}/refund", reason="All of it")
    market.soon(f"/refunds/{rest['id']}", status="processed")
    more = market.staff.post(f"/payments/{payment['id']}/refund", json={}, headers={"Idempotency-Key": "scenario 6"})

    shown = market.see(f"/users/{customer['id']}/payments")
    assert [(one["status"], one["refund_amount"]) for one in shown["items"]] == [("refunded", PRICE)]
    assert shown["summary"]["total_refunded"] == PRICE
    [booked] = market.see(f"/users/{customer['id']}/bookings")["items"]
    assert (booked["id"], booked["status"], booked["payment_status"]) == (booking["id"], "refunded", "refunded")
    assert (more.status_code, more.json()["error"]["code"]) == (409, "REFUND_EXCEEDS_BALANCE")


def test_scenario_7_users_bookings_and_disputes_are_found(market: Market) -> None:
    customer = market.customer("Zenobia Quill")
    booking, _ = market.paid(customer)
    dispute = market.bring("/disputes", **market.complaint(customer, booking))

    def found(term: str) -> tuple[str, str]:
        first = market.see("/search", q=term)["items"][0]
        return first["type"], first["id"]

    someone = ("user", str(customer["id"]))
    assert [found(one) for one in ("Zenobia Quill", "zenobea quill", customer["email"])] == [someone] * 3
    assert found(booking["booking_reference"]) == ("booking", booking["id"])
    assert found(dispute["dispute_reference"]) == ("dispute", str(dispute["id"]))


def test_scenario_8_exported_data_is_theirs_and_gone_once_they_are_forgotten(market: Market) -> None:
    customer, other = market.customer("Kamala Nair"), market.customer("Devi Menon")
    user = f"/users/{customer['id']}"

    record = market.staff.get(f"{user}/record")
    before = exported(market)[str(customer["id"])]
    forgotten = market.act(f"{user}/anonymize")
    after, seen = exported(market)[str(customer["id"])], market.staff.get(f"{user}/record")

    assert customer["name"] in record.text and customer["email"] in record.text
    assert other["name"] not in record.text and other["email"] not in record.text
    assert (before["name"], before["email"]) == (customer["name"], customer["email"])
    assert forgotten["status"] == "deleted"
    assert customer["name"] not in f"{after}{seen.text}" and customer["email"] not in f"{after}{seen.text}"
    assert market.see("/users", search=customer["email"])["total"] == 0
    assert market.desk.command("audit", "verify").returncode == 0


def exported(market: Market) -> dict[str, dict[str, str]]:
    """Every customer's row of an export, by id."""
    asked = market.act("/users/export", format="csv", fields=["id", "name", "email"])
    job = market.soon(f"/jobs/{asked['job_id']}", status="succeeded")
    file = httpx.get(job["result"]["file_url"], timeout=30)
    assert file.status_code == 200, file.text
    return {row["id"]: row for row in csv.DictReader(io.StringIO(file.text, newline=""))}


def stories() -> list[str]:
    found = PASTED.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    return [one for one in found if "backoffice audit verify" in one]


@pytest.mark.parametrize("begins", ENDS)
def test_what_the_readme_tells_people_to_paste_prints_what_it_says(desk: Desk, begins: str) -> None:
    [story] = [one for one in stories() if begins in one]
    ways = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "DATA_FOLDER": str(desk.data)}

    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", story],
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
