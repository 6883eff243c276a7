"""The ticket doors, through the whole application."""

from typing import Any

from backoffice.helpdesk.ticket.rules import Category, Status
from tests.making import Make


async def test_the_list_shows_the_newest_first_with_its_total_under_the_same_filters(
    make: Make, signed_in: Any
) -> None:
    client = await signed_in(await make.admin())
    agent = await make.agent()
    older = await make.ticket(assigned_to=agent)
    newer = await make.ticket(assigned_to=agent)
    await make.ticket(category=Category.LOAN)

    answer = await client.get("/api/v1/tickets?status=in_progress&category=payment&limit=1")

    data = answer.json()["data"]
    assert answer.status_code == 200, answer.text
    assert [ticket["id"] for ticket in data["tickets"]] == [newer.id]
    assert (data["total"], data["limit"], data["offset"]) == (2, 1, 0)
    assert data["tickets"][0]["assigned_agent"]["id"] == agent.id
    page_two = await client.get("/api/v1/tickets?status=in_progress&category=payment&page=2&page_size=1")
    assert page_two.json()["data"]["tickets"][0]["id"] == older.id


async def test_agents_see_their_own_tickets_only(make: Make, signed_in: Any) -> None:
    agent = await make.agent()
    own = await make.ticket(assigned_to=agent)
    foreign = await make.ticket(assigned_to=await make.agent())
    client = await signed_in(agent)

    listed = (await client.get("/api/v1/tickets")).json()["data"]

    assert [ticket["id"] for ticket in listed["tickets"]] == [own.id]
    assert listed["total"] == 1
    refused = await client.get(f"/api/v1/tickets/{foreign.id}")
    assert refused.status_code == 403
    assert refused.json() == {"detail": "Access denied. You can only view your assigned tickets."}


async def test_the_detail_holds_the_conversation_and_the_log(make: Make, signed_in: Any) -> None:
    customer = await make.customer()
    question = await make.message(customer, "My payment failed")
    await make.message(customer, "Let me look", author="assistant", answers_id=question)
    agent = await make.agent()
    ticket = await make.ticket(customer=customer, assigned_to=agent)
    client = await signed_in(agent)
    await client.post(f"/api/v1/tickets/{ticket.id}/notes", json={"note": "Checking"})

    shown = (await client.get(f"/api/v1/tickets/{ticket.id}")).json()["data"]["ticket"]

    asked, answered = shown["conversation_history"]
    assert (asked["role"], asked["message"], asked["response"]) == ("user", "My payment failed", "Let me look")
    assert (answered["role"], answered["content"], answered["message"]) == ("assistant", "Let me look", None)
    assert shown["activities"][0]["activity_type"] == "note_added"
    assert shown["internal_notes"][0]["note"] == "Checking"
    assert shown["conversation_truncated"] is False


async def test_staff_move_and_assign_through_the_doors(make: Make, signed_in: Any) -> None:
    admin = await signed_in(await make.admin())
    agent = await make.agent(department="loan")
    ticket = await make.ticket()

    assigned = await admin.patch(f"/api/v1/tickets/{ticket.id}/assign", json={"agent_id": str(agent.id)})
    moved = await admin.patch(
        f"/api/v1/tickets/{ticket.id}/status", json={"status": "resolved", "resolution_notes": ""}
    )
    again = await admin.patch(f"/api/v1/tickets/{ticket.id}/assign", json={"agent_id": agent.id})

    assert assigned.json()["data"]["message"].startswith("Ticket assigned to Agent")
    assert assigned.json()["data"]["ticket"]["status"] == Status.IN_PROGRESS
    assert moved.json()["data"]["ticket"]["resolved_at"] is not None
    assert again.status_code == 400
    assert (await admin.get("/api/v1/tickets/unassigned")).json()["data"] == {"tickets": [], "total": 0}
    log = (await admin.get(f"/api/v1/tickets/{ticket.id}/activities")).json()["data"]
    assert [line["activity_type"] for line in log["activities"]] == ["status_updated", "assigned"]


async def test_unknown_ids_and_bad_input_say_one_sentence(make: Make, signed_in: Any) -> None:
    client = await signed_in(await make.admin())

    missing = await client.get("/api/v1/tickets/999")
    wrong = await client.get("/api/v1/tickets/abc")
    status = await client.get("/api/v1/tickets?status=lost")
    unknown_field = await client.patch("/api/v1/tickets/999/status", json={"status": "open", "colour": "red"})

    assert (missing.status_code, missing.json()) == (404, {"detail": "Ticket with ID 999 not found"})
    assert wrong.status_code == status.status_code == unknown_field.status_code == 400
    assert wrong.json()["detail"].startswith("ticket_id: ")
    assert isinstance(status.json()["detail"], str)


async def test_a_write_sent_twice_with_one_key_happens_once(make: Make, signed_in: Any) -> None:
    agent = await make.agent()
    client = await signed_in(agent)
    ticket = await make.ticket(assigned_to=agent)
    key = {"Idempotency-Key": "note-1"}

    first = await client.post(f"/api/v1/tickets/{ticket.id}/notes", json={"note": "Once"}, headers=key)
    second = await client.post(f"/api/v1/tickets/{ticket.id}/notes", json={"note": "Once"}, headers=key)
    other = await client.post(f"/api/v1/tickets/{ticket.id}/notes", json={"note": "Other"}, headers=key)

    assert first.content == second.content
    assert second.headers["Idempotent-Replayed"] == "true"
    assert other.status_code == 409
    log = (await client.get(f"/api/v1/tickets/{ticket.id}/activities")).json()["data"]
    assert log["total"] == 1


async def test_each_message_of_a_ticket_tells_the_language_it_came_in_or_was_answered_in(
    make: Make, signed_in: Any
) -> None:
    client = await signed_in(await make.admin())
    customer = await make.customer()
    ticket = await make.ticket(customer=customer)
    asked = await make.message(customer, "Paisa nahi aaya")
    await make.message(customer, "Dekhta hoon", author="assistant", answers_id=asked)
    await make.message(customer, "Hm")
    async with make.write() as tx:
        tx.record("heard", "for a test")
        await tx.run("UPDATE helpdesk.message SET language = 'hi' WHERE content <> 'Hm'")

    detail = (await client.get(f"/api/v1/tickets/{ticket.id}")).json()["data"]["ticket"]

    heard, answered, unknown = (one["language"] for one in detail["conversation_history"])
    assert heard == {"detected": "hi", "response": None}
    assert answered == {"detected": None, "response": "hi"}
    assert unknown is None
