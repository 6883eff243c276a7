"""Every example answer of the contract against the live answer: the same keys, the same types of values.

The tests of the demos ask, of the helpdesk and of shield: there are their rows, which take long to load.
"""

from collections.abc import Iterator
from typing import Any

import httpx

from backoffice.application import products
from backoffice.helpdesk.intake.leftovers import insert_leftovers
from backoffice.kernel.house import House
from backoffice.shield.bank_record.intake import take_returns
from tests.contract.conftest import A_DOCUMENT, A_DOCUMENTS_TYPE
from tests.making import Make
from tests.shield.clearing.test_clearing import returned
from tests.shield.conftest import AdminOf, Platform

ANYBODY_AT_WORK = "SELECT assigned_agent_id FROM helpdesk.ticket WHERE status = 'in_progress' ORDER BY id LIMIT 1"
A_TICKET_WITH_A_PAST = """
    SELECT id FROM helpdesk.ticket WHERE status = 'closed' AND agent_response_count > 0 ORDER BY id LIMIT 1
"""
A_MEMBER_WHO_IS_PAID = """
    SELECT p.member_id FROM shield.payout p JOIN shield.bank_account USING (member_id)
     WHERE p.status = 'completed' ORDER BY p.id LIMIT 1
"""
A_PAID_CLAIM = """
    SELECT claim_id FROM shield.payout JOIN shield.claim_note USING (claim_id)
     WHERE status = 'completed' ORDER BY claim_id LIMIT 1
"""
THE_NEWEST_CLAIM = "SELECT id FROM shield.claim ORDER BY submitted_at DESC LIMIT 1"
A_PAYOUT = "SELECT id FROM shield.payout WHERE status = 'completed' ORDER BY id LIMIT 1"
AN_EXCEPTION = "SELECT id FROM shield.bank_record"
A_CUSTOMER = "SELECT id FROM helpdesk.whatsapp_user ORDER BY id LIMIT 1"
THE_BROADCAST = "SELECT id FROM helpdesk.broadcast"
AN_ENTRY = "SELECT id FROM helpdesk.knowledge_entry ORDER BY id LIMIT 1"
A_TICKETS_NUMBER = "SELECT '?q=' || code FROM helpdesk.ticket ORDER BY id LIMIT 1"
A_MEMBERS_NUMBER = "SELECT '?q=' || id FROM shield.member ORDER BY id LIMIT 1"
DESK = {
    "/v1/search": A_TICKETS_NUMBER,
    "/admin/users/{user_id}": ANYBODY_AT_WORK,
    "/v1/users/{user_id}": A_CUSTOMER,
    "/agents/{agent_id}": ANYBODY_AT_WORK,
    "/tickets/{ticket_id}": A_TICKET_WITH_A_PAST,
    "/broadcast/{broadcast_id}": THE_BROADCAST,
    "/entries/{entry_id}": AN_ENTRY,
}
SHIELD = {
    "/admin/search": A_MEMBERS_NUMBER,
    "/users/{user_id}": A_MEMBER_WHO_IS_PAID,
    "/claims/{claim_id}": A_PAID_CLAIM,
    "/payouts/{payout_id}": A_PAYOUT,
    "/exceptions/{exception_id}": AN_EXCEPTION,
}
"""Whom reads are about, by the piece of their path that names them."""
NUMBERS = {"phone_numbers": ["919876500001", "12"]}


async def desk_reads_unlike_their_examples(house: House, make: Make, signed_in: Any) -> list[str]:
    """What differs where the demo is loaded; its test asks."""
    client = await signed_in(await make.super_admin())
    for path, more in (("/api/v1/broadcast", {"message": "We are open"}), ("/api/v1/testing-mode/whitelist", {})):
        assert (await client.post(path, json={**NUMBERS, **more})).status_code == 200

    async with make.write() as tx:
        tx.record("webhook", "one that nobody knows")
        await insert_leftovers(tx, [("account_update", "{}")])

    return await unlike_examples(house, client, "helpdesk", subjects=DESK)


async def shield_reads_unlike_their_examples(house: House, admin_of: AdminOf, platform: Platform) -> list[str]:
    """What differs where the demo is loaded; its test asks."""
    client, outside = await admin_of("super_admin"), await platform("claims:submit")
    await take_returns(house, returned("091000019999999", code="R68", cents=250_000))
    for claim in (A_PAID_CLAIM, THE_NEWEST_CLAIM):
        documents = f"/v1/platform/claims/{await value(house, claim)}/documents"
        assert (await outside.post(documents, files=A_DOCUMENT, data=A_DOCUMENTS_TYPE)).status_code == 201
    renamed = {"profile": {"first_name": "Jonathan"}, "change_reason": "The member asked for it"}
    member = f"/v1/admin/users/{await value(house, A_MEMBER_WHO_IS_PAID)}"
    assert (await client.patch(member, json=renamed)).status_code == 200

    return await unlike_examples(house, client, "shield", subjects=SHIELD)


async def unlike_examples(
    house: House, client: httpx.AsyncClient, product: str, *, subjects: dict[str, str]
) -> list[str]:
    """Every difference between a product's examples of reads and what it answers."""
    known = {piece: f"{piece.partition('{')[0]}{await value(house, sql)}" for piece, sql in subjects.items()}
    examples = products(house)[product].product.examples
    reads = [name for name in examples if name.startswith("GET ")]
    assert len(reads) >= 9

    different = []
    for name in reads:
        path = name.removeprefix("GET ")
        for piece, address in known.items():
            path = path.replace(piece, address)
        answer = await client.get(path)
        assert answer.status_code == 200, f"{name}: {answer.text}"
        different += [f"{name}: {what}" for what in differences(examples[name]["response"], answer.json())]
    return different


async def value(house: House, sql: Any) -> object:
    async with house.database.read() as db:
        return await db.value(object, sql)


def differences(example: Any, live: Any, at: str = "answer") -> Iterator[str]:
    """Where the live value lacks a key of the example or has another type. Null fits everything; more keys are fine.

    An entry of a list is compared with the live one that is most like it.
    """
    if example is None or live is None:
        return
    if kind_of(example) is not kind_of(live):
        yield f"{at} is {live!r}, in the example {example!r}"
    elif isinstance(example, dict):
        for key, part in example.items():
            if key in live:
                yield from differences(part, live[key], f"{at}.{key}")
            else:
                yield f"{at}.{key} is missing"
    elif isinstance(example, list):
        for number, part in enumerate(example):
            alike = [one for one in live if same_kind(part, one)]
            if alike:
                found = [list(differences(part, one, f"{at}[{number}]")) for one in alike]
                yield from min(found, key=len)
            else:
                yield f"{at} has nothing like {part!r}"


def same_kind(part: Any, one: Any) -> bool:
    """Entries of a log are compared with those about the same kind of act: each kind has facts of its own."""
    return not isinstance(part, dict) or part.get("activity_type") == one.get("activity_type")


def kind_of(value: Any) -> type:
    """JSON knows one kind of number, and truth is none."""
    return float if isinstance(value, int | float) and not isinstance(value, bool) else type(value)


def test_the_comparison_sees_what_differs() -> None:
    example = {"success": True, "data": {"items": [{"id": 1, "rate": 0.5, "note": None}], "total": 1}}

    alike = {"success": True, "data": {"items": [{"id": 2.0, "rate": 1, "note": "x"}], "total": 3, "more": None}}
    assert list(differences(example, alike)) == []
    assert list(differences(example, {"success": 1, "data": {"items": [{"id": "1", "rate": None}]}})) == [
        "answer.success is 1, in the example True",
        "answer.data.items[0].id is '1', in the example 1",
        "answer.data.items[0].note is missing",
        "answer.data.total is missing",
    ]
    assert list(differences(example, {"success": True, "data": {"items": [], "total": 0}})) == [
        "answer.data.items has nothing like {'id': 1, 'rate': 0.5, 'note': None}"
    ]
