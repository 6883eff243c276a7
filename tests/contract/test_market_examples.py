"""Every request example of the marketplace is accepted as it stands and answered like its example; so is every read,
which the test of the demo asks.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from backoffice.application import described
from tests.contract.test_examples import differences
from tests.marketplace.market import A_PICTURE, Market
from tests.marketplace.money import LARGE, post, send

ADMIN, PLATFORM = "/api/v1/admin", "/api/v1/platform"
EXAMPLES = described()["marketplace"].product.examples
STATUS = {
    f"{method} {door.path_format}": door.lock.status
    for door in described()["marketplace"].doors
    for method in door.methods or ()
}
OK, CREATED, ACCEPTED = 200, 201, 202
AS_THE_CONTRACT_SAYS = {
    f"PATCH {ADMIN}/disputes/{{dispute_id}}": OK,
    f"POST {ADMIN}/disputes/{{dispute_id}}/messages": CREATED,
    f"POST {ADMIN}/disputes/{{dispute_id}}/assign": OK,
    f"POST {ADMIN}/users/{{user_id}}/suspend": OK,
    f"POST {ADMIN}/users/{{user_id}}/reactivate": OK,
    f"POST {ADMIN}/users/{{user_id}}/logout-all": OK,
    f"PATCH {ADMIN}/users/{{user_id}}/trust-score": OK,
    f"POST {ADMIN}/users/export": ACCEPTED,
    f"POST {ADMIN}/users/{{user_id}}/notify": OK,
    f"POST {ADMIN}/refunds/{{refund_id}}/approve": OK,
    f"POST {ADMIN}/refunds/{{refund_id}}/reject": OK,
}
"""The writes of the contract's files about users, disputes and refunds, with the status of each."""
A_USER = """
    SELECT customer_id FROM marketplace.dispute_evidence e JOIN marketplace.dispute d ON d.id = e.dispute_id
      JOIN marketplace.session s USING (customer_id)
     WHERE s.ended_at IS NULL AND d.vendor_response IS NOT NULL
       AND EXISTS (SELECT FROM marketplace.review r WHERE r.customer_id = d.customer_id)
     ORDER BY 1 LIMIT 1
"""
A_DISPUTE = """
    SELECT dispute_id FROM marketplace.dispute_evidence JOIN marketplace.dispute_message USING (dispute_id)
     ORDER BY 1 LIMIT 1
"""
A_BOOKING = """
    SELECT min(b.id) FROM marketplace.booking b JOIN marketplace.payment p ON p.booking_id = b.id
     WHERE p.status = 'success' AND cardinality(requirements) > 0 AND jsonb_array_length(images) > 0
"""
A_REFUND = "SELECT min(id::text) FROM marketplace.refund WHERE status = 'processed'"

ASKED = {
    f"GET {ADMIN}/search": {"q": "priya"},
    f"GET {ADMIN}/users": {"flag": "multiple_disputes"},
}
"""So that a search finds somebody, and a list of customers shows what flags are."""
A_VENDOR = "SELECT vendor_id FROM marketplace.takedown_request WHERE id = %(id)s"
FILLED = """
    WITH said AS (UPDATE marketplace.dispute_message SET attachments = ARRAY['a.png']
                   WHERE dispute_id = %(dispute_id)s),
         reviewed AS (UPDATE marketplace.review SET photos = ARRAY['a.jpg'] WHERE customer_id = %(user_id)s)
    UPDATE marketplace.refund SET evidence = '[{"type": "image", "url": "https://a.example/1.jpg"}]'
     WHERE id = %(refund_id)s::uuid
        OR requested_at = (SELECT max(requested_at) FROM marketplace.refund)
"""
A_BACKUP = """
    INSERT INTO kernel.backup VALUES (gen_random_uuid(), 'full', 'physical', NULL, now(), now(), true, 9, 9, '{k1}',
                                      'Monthly', now(), 31, 9, 9)
"""


class Asking:
    """Sends examples, with ids that exist in the place of theirs, and notes what differs in the answers."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.sent: dict[str, int] = {}
        self.different: list[str] = []

    async def send(self, name: str, *, at: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
        """The example of this door; `at` are ids of its path, `fields` replace those of its body."""
        method, path = name.split()
        client = self.market.path.platform if path.startswith(PLATFORM) else self.market.staff
        body = {**EXAMPLES[name].get("request", {}), **fields}
        key = {"Idempotency-Key": f"example {len(self.sent)} {name}"}
        answer = await client.request(method, path.format(**at or {}), json=body or None, headers=key)
        self._note(name, answer)
        return answer.json().get("data", {})  # type: ignore[no-any-return]

    def _note(self, name: str, answer: httpx.Response) -> None:
        self.sent[name] = answer.status_code
        if answer.status_code != STATUS[name]:
            self.different.append(f"{name}: {answer.status_code} {answer.text}")
        elif "response" in EXAMPLES[name]:
            self.different += [f"{name}: {one}" for one in differences(EXAMPLES[name]["response"], answer.json())]


async def test_every_request_of_the_contract_is_accepted_and_answered_as_it_shows(marketplace: Market) -> None:
    asking = Asking(marketplace)
    customer, booking = await a_booking_is_told(asking)
    await it_is_complained_about(asking, customer, booking)
    await money_goes_back(asking, customer)
    await the_customer_is_dealt_with(asking, customer)
    await staff_come_and_go(asking)

    assert asking.different == [], "\n".join(asking.different)
    assert {name: asking.sent.get(name) for name in AS_THE_CONTRACT_SAYS} == AS_THE_CONTRACT_SAYS


async def a_booking_is_told(asking: Asking) -> tuple[dict[str, Any], dict[str, Any]]:
    """By the platform, from the customer to the review."""
    customer = await asking.send(f"POST {PLATFORM}/customers")
    vendor = await asking.send(f"POST {PLATFORM}/vendors")
    service = await asking.send(f"POST {PLATFORM}/services", vendor_id=vendor["id"])
    wanted = {"user_id": customer["id"], "service_id": service["id"]}
    booking = await asking.send(f"POST {PLATFORM}/bookings", **wanted)
    await asking.send(f"POST {PLATFORM}/bookings/{{booking_id}}/moves", at={"booking_id": booking["id"]})
    await asking.send(f"POST {PLATFORM}/payments")
    await asking.market.path.move(booking, "in_progress", "completed")
    review = await asking.send(f"POST {PLATFORM}/reviews", booking_id=booking["id"])
    for what in ("response", "helpful"):
        await asking.send(f"POST {PLATFORM}/reviews/{{review_id}}/{what}", at={"review_id": review["id"]})
    for what in ("sign-ins", "failed-sign-ins", "activity", "sign-outs"):
        await asking.send(f"POST {PLATFORM}/customers/{{user_id}}/{what}", at={"user_id": customer["id"]})
    return customer, booking


async def it_is_complained_about(asking: Asking, customer: dict[str, Any], booking: dict[str, Any]) -> None:
    dispute = await asking.send(f"POST {PLATFORM}/disputes", user_id=customer["id"])
    await asking.send(f"POST {ADMIN}/disputes", user_id=customer["id"], booking_id=booking["id"])
    at, colleague = {"dispute_id": dispute["id"]}, await asking.market.given.staff()
    for what in ("messages", "vendor-response"):
        await asking.send(f"POST {PLATFORM}/disputes/{{dispute_id}}/{what}", at=at)
    evidence = f"{PLATFORM}/disputes/{dispute['id']}/evidence"
    described = {"sender": "user", "description": "Screenshot of messages"}
    assert (await asking.market.path.platform.post(evidence, files=A_PICTURE, data=described)).status_code == CREATED
    await asking.send(f"POST {ADMIN}/disputes/{{dispute_id}}/messages", at=at)
    await asking.send(f"POST {ADMIN}/disputes/{{dispute_id}}/assign", at=at, admin_user_id=colleague.id)
    await asking.send(f"PATCH {ADMIN}/disputes/{{dispute_id}}", at=at)


async def money_goes_back(asking: Asking, customer: dict[str, Any]) -> None:
    """Of a payment of three times as much as the examples ask for."""
    path, house = asking.market.path, asking.market.given.house
    booking = await path.booking(customer["id"], (await path.service())["id"], 1_500_000)
    payment = await path.payment(booking)
    ids = [
        (await asking.send(f"POST {PLATFORM}/refunds", payment_id=payment["id"], external_id=f"rr-{number}"))["id"]
        for number in (88, 89)
    ]
    for refund_id, decision in zip(ids, ("approve", "reject"), strict=True):
        await asking.send(f"POST {ADMIN}/refunds/{{refund_id}}/{decision}", at={"refund_id": refund_id})
    back = await asking.send(f"POST {ADMIN}/payments/{{payment_id}}/refund", at={"payment_id": payment["id"]})
    for refund_id in (ids[0], back["id"]):
        await send(house, refund_id)
    await asking.send(f"POST {ADMIN}/users/{{user_id}}/goodwill", at={"user_id": customer["id"]})
    large = {"amount_cents": LARGE, "reason": "Waited for years"}
    waiting = await post(asking.market.staff, f"{ADMIN}/users/{customer['id']}/goodwill", **large)
    at = {"goodwill_id": waiting.json()["data"]["id"]}
    await asking.send(f"POST {ADMIN}/goodwill/{{goodwill_id}}/reject", at=at)


async def the_customer_is_dealt_with(asking: Asking, customer: dict[str, Any]) -> None:
    at = {"user_id": customer["id"]}
    user = f"{ADMIN}/users/{{user_id}}"
    await asking.send(f"PATCH {PLATFORM}/customers/{{user_id}}", at=at)
    acts = ["PATCH trust-score", "POST notify", "POST suspend", "POST reactivate", "POST logout-all"]
    for act in [*acts, "PATCH suspend", "PATCH unsuspend", "POST ban"]:
        method, what = act.split()
        await asking.send(f"{method} {user}/{what}", at=at)
    await asking.send(f"POST {ADMIN}/users/export")
    nobody = await asking.market.path.customer()
    await asking.send(f"POST {user}/anonymize", at={"user_id": nobody["id"]})


async def staff_come_and_go(asking: Asking) -> None:
    role = await asking.send(f"POST {ADMIN}/roles")
    colleague = await asking.market.given.staff()
    for what in ("assign", "revoke"):
        await asking.send(f"POST {ADMIN}/roles/{what}", user_id=colleague.id)
    await asking.send(f"PATCH {ADMIN}/roles/{{role_id}}", at={"role_id": role["id"]})
    new = await asking.send(f"POST {ADMIN}/accounts")
    at = {"account_id": new["id"]}
    await asking.send(f"PATCH {ADMIN}/accounts/{{account_id}}", at=at)
    for what in ("deactivate", "activate"):
        await asking.send(f"POST {ADMIN}/accounts/{{account_id}}/{what}", at=at)


async def reads_unlike_their_examples(marketplace: Market) -> list[str]:
    """What differs where the demo is loaded; its test asks, for it takes long to load."""
    subjects = await what_reads_are_about(marketplace)
    today = datetime.now(UTC).date()
    period = {"from": str(today - timedelta(days=30)), "to": str(today)}
    different = []
    for name in [name for name, one in EXAMPLES.items() if name.startswith("GET ") and "response" in one]:
        path = name.removeprefix("GET ")
        client = marketplace.path.platform if path.startswith(PLATFORM) else marketplace.staff
        about = subjects | ({"job_id": subjects["bulk_id"]} if "/bulk/" in path else {})
        asked = period if "/analytics/" in path else ASKED.get(name)
        answer = await client.get(path.format(**about), params=asked)
        if answer.status_code != OK:
            different.append(f"{name}: {answer.status_code} {answer.text}")
        else:
            different += [f"{name}: {what}" for what in differences(EXAMPLES[name]["response"], answer.json())]

    return different


async def what_reads_are_about(market: Market) -> dict[str, Any]:
    """An id for each name in a path: of rows of the demo that are as full as can be, and of what it has none of."""
    ids = await market.known(" ".join(EXAMPLES))
    found = {name: some[0] for name, some in ids.items()}
    _, booking, _ = await market.path.done()
    await market.path.payment(booking)  # paid already: to be returned
    told = {"user_id": A_USER, "dispute_id": A_DISPUTE, "booking_id": A_BOOKING, "refund_id": A_REFUND}
    subjects = {**found, **{name: await market.given.value(sql) for name, sql in told.items()}}
    subjects["vendor_id"] = await market.given.value(A_VENDOR, id=found["request_id"])
    subjects["bulk_id"] = ids["job_id"][-1]
    async with market.given.write() as tx:
        tx.record("made", "for a test")
        await tx.run(A_BACKUP)
        await tx.run(FILLED, **{name: subjects[name] for name in ("dispute_id", "user_id", "refund_id")})
    search = {"query": "wedding photography", "results_count": 12, "shown": [found["service_id"]]}
    click = {"query": "wedding photography", "service_id": found["service_id"]}
    await market.path.post("browsing", searches=[search], clicks=[click])
    what_happened = EXAMPLES[f"POST {PLATFORM}/takedown-requests/{{request_id}}/evidence/text"]["request"]
    await market.path.post(f"takedown-requests/{found['request_id']}/evidence/text", **what_happened)
    words = {"channel": "in_app", "subject": "Important", "message": "Resolved", "action_url": "https://a.example"}
    assert (await post(market.staff, f"{ADMIN}/users/{subjects['user_id']}/notify", **words)).status_code == OK
    return subjects
