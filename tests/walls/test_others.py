"""What belongs to one person opens to no colleague who may not: sessions, tickets, jobs, at every door that names one.

The doors are found as they are declared. A name in an address that is new has to be said here: whose it is, or why
everybody with the permission may come to it.
"""

import re
from typing import Any

from backoffice.kernel.web.front import Front
from tests.making import Make
from tests.walls.conftest import People, bearer
from tests.walls.knocking import Knock, Proofs, answers, client_of, knocks

STAFF = [one for one in knocks() if one.door.lock.permission]
NAMED = re.compile(r"{(\w+)}")
OWNED = {
    ("helpdesk", "agent_id"): "the agent who takes new tickets or not",
    ("helpdesk", "outbound_id"): "the agent of its ticket",
    ("helpdesk", "session_id"): "whoever signed in",
    ("helpdesk", "ticket_id"): "the agent to whom it is assigned",
    ("marketplace", "job_id"): "whoever asked for it",
    ("marketplace", "session_id"): "whoever signed in",
    ("shield", "session_id"): "whoever signed in",
}
DESK_OF_ALL = "the work of the whole desk: the permission alone decides"
PEOPLE = "people who are managed: the permission decides, and rules of rank that their own tests walk"
SHARED = {
    ("helpdesk", "broadcast_id"): DESK_OF_ALL,
    ("helpdesk", "entry_id"): DESK_OF_ALL,
    ("helpdesk", "listed_id"): DESK_OF_ALL,
    ("helpdesk", "user_id"): PEOPLE,
    ("marketplace", "account_id"): PEOPLE,
    ("marketplace", "booking_id"): DESK_OF_ALL,
    ("marketplace", "difference_id"): DESK_OF_ALL,
    ("marketplace", "dispute_id"): DESK_OF_ALL,
    ("marketplace", "entry_id"): DESK_OF_ALL,
    ("marketplace", "event_id"): DESK_OF_ALL,
    ("marketplace", "goodwill_id"): DESK_OF_ALL,
    ("marketplace", "payment_id"): DESK_OF_ALL,
    ("marketplace", "referral_id"): DESK_OF_ALL,
    ("marketplace", "refund_id"): DESK_OF_ALL,
    ("marketplace", "request_id"): DESK_OF_ALL,
    ("marketplace", "review_id"): DESK_OF_ALL,
    ("marketplace", "role_id"): PEOPLE,
    ("marketplace", "service_id"): DESK_OF_ALL,
    ("marketplace", "user_id"): DESK_OF_ALL,
    ("marketplace", "vendor_id"): DESK_OF_ALL,
    ("shield", "claim_id"): DESK_OF_ALL,
    ("shield", "document_id"): DESK_OF_ALL,
    ("shield", "exception_id"): DESK_OF_ALL,
    ("shield", "payout_id"): DESK_OF_ALL,
    ("shield", "user_id"): DESK_OF_ALL,
}
STRANGER = {"helpdesk": "agent", "marketplace": "vendor_admin", "shield": "support"}
JOBS = "/marketplace/api/v1/admin/users/export"
EXPORT = {"format": "csv", "filters": {"status": "active"}}
CANARY = "9876599999"


def names_of(one: Knock) -> set[tuple[str, str]]:
    return {(one.product.name, name) for name in NAMED.findall(one.door.path_format)}


def test_of_every_name_in_an_address_it_is_said_whose_it_is() -> None:
    named = {name for one in STAFF for name in names_of(one)}

    assert named == OWNED.keys() | SHARED.keys()


async def test_what_is_somebody_elses_opens_at_no_door(
    application: Front, people: People, make: Make, proofs: Proofs
) -> None:
    ids = await things_of_owners(application, people, make, proofs)
    strangers = {product: await people.person(product, role) for product, role in STRANGER.items()}
    held = {product: people.token(product, person) for product, person in strangers.items()}
    asked = [one for one in STAFF if names_of(one) & OWNED.keys() and may(one)]

    found = await answers(application, asked, held, sent=lambda one: {**one.sent, "url": address(one, ids)})

    assert {name for one in asked for name in names_of(one)} == OWNED.keys(), "each is knocked at"
    assert [f"{one.name}: {answer.text}" for one, answer in found if answer.status_code not in (403, 404)] == []


async def test_an_agent_is_shown_no_colleagues_ticket_at_any_door(
    application: Front, people: People, make: Make, proofs: Proofs
) -> None:
    await things_of_owners(application, people, make, proofs)
    stranger = people.token("helpdesk", await people.person("helpdesk", "agent"))
    lists = [one for one in STAFF if one.method == "GET" and one.product.name == "helpdesk" and not names_of(one)]

    mine = await answers(application, [one for one in lists if may(one)], {"helpdesk": stranger})
    all_of_it = await answers(application, lists, proofs)

    assert [one.name for one, answer in mine if CANARY in answer.text] == []
    assert [one.name for one, answer in all_of_it if CANARY in answer.text], "others are shown it"


def may(one: Knock) -> bool:
    """Whether the stranger's role opens the door, so that only the object can refuse them."""
    return one.door.lock.permission in one.product.permissions_of(STRANGER[one.product.name])


def address(one: Knock, ids: dict[tuple[str, str], Any]) -> str:
    names = {name: ids[one.product.name, name] for name in NAMED.findall(one.door.path_format)}
    return f"/{one.product.name}{one.door.path_format.format(**names)}"


async def things_of_owners(
    application: Front, people: People, make: Make, proofs: Proofs
) -> dict[tuple[str, str], Any]:
    """One of each kind that belongs to somebody, who is not the stranger."""
    agent = await make.agent(username="the_owner")
    ticket = await make.ticket(customer=await make.customer(f"+91{CANARY}"), assigned_to=agent)
    async with client_of(application) as client:
        said = {"message": "Your refund arrives tomorrow."}
        address = f"/helpdesk/api/v1/tickets/{ticket.id}/messages"
        reply = await client.post(address, json=said, headers=bearer(await make.token(agent)))
        job = await client.post(JOBS, json=EXPORT, headers={**proofs["marketplace"], "Idempotency-Key": "a job"})
    sessions = {(product, "session_id"): (await people.person(product, role)).session_id for product, role in OWNERS}
    return {
        **sessions,
        ("helpdesk", "agent_id"): agent.id,
        ("helpdesk", "ticket_id"): ticket.id,
        ("helpdesk", "outbound_id"): reply.json()["data"]["reply"]["outbound_id"],
        ("marketplace", "job_id"): job.json()["data"]["job_id"],
    }


OWNERS = (("helpdesk", "admin"), ("marketplace", "finance_admin"), ("shield", "finance"))
"""Whose sessions they are."""
