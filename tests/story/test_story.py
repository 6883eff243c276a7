"""The whole story, once, against a really started server and worker: from a customer's message to the verified log."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from backoffice.helpdesk.rehearsal.simulator import button_reply, new_message_id, payload, signed, text
from benchmarks.kills.desk import Desk, interrupt, running_desk, wait_until
from benchmarks.kills.helpdesk.records import Mailbox, body_of, buttons_of

PHONE = "919876500001"
PROBLEM = "My payment failed but money was deducted"
REPLY = "We found your payment. The money will be back tomorrow."
NOTE = "Called the bank, they confirm the reversal."
RESOLUTION = "Payment was refunded to the customer's account."
NEW_PASSWORD = "Their-0wn-choice!"
PATIENCE = 300.0
COUNTED = re.compile(r"(\d+) entries in (\d+) seals verified, (\d+) wait for their seal")


@dataclass(frozen=True)
class Stage:
    """The running house, and what its customer's phone shows."""

    desk: Desk
    mailbox: Mailbox

    def customer_sends(self, content: dict[str, Any]) -> None:
        raw, headers = signed(payload(PHONE, content, message_id=new_message_id(PHONE)), self.desk.secret)
        assert httpx.post(self.desk.webhook, content=raw, headers=headers).status_code == 200

    def customer_gets(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        wait_until(lambda: any(map(wanted, self.mailbox.of(PHONE))), within=PATIENCE, desk=self.desk)
        return next(filter(wanted, self.mailbox.of(PHONE)))

    def signed_in(self, username: str, password: str) -> httpx.Client:
        address = self.desk.sign_in["address"]
        known = {"username": username, "password": password}
        token = _data(httpx.post(f"{address}/api/v1/auth/login", json=known, timeout=PATIENCE))["access_token"]
        return httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE)


@pytest.fixture(scope="module")
def stage(moved_in: Callable[[str], Path]) -> Iterator[Stage]:
    with running_desk(moved_in("story")) as desk:
        yield Stage(desk, Mailbox(desk.data / "whatsapp" / "sent.jsonl"))


def test_a_problem_becomes_a_ticket_that_is_answered_resolved_closed_and_provably_recorded(stage: Stage) -> None:
    sign_in = stage.desk.sign_in
    with stage.signed_in(sign_in["username"], sign_in["password"]) as admin:
        code, agent_name = _customer_raises_a_ticket(stage)
        ticket = _find(admin, code)
        assert (ticket["category"], ticket["status"]) == ("payment", "in_progress")
        assert ticket["assigned_agent"]["full_name"] == agent_name
        assert ticket["phone_number"] == PHONE
        with _as_agent(stage, admin, ticket["assigned_agent"]) as agent:
            assert code in [mine["ticket_id"] for mine in _data(agent.get("/api/v1/tickets"))["tickets"]]
            _agent_answers(stage, agent, ticket["id"])
            _agent_finishes(agent, ticket["id"])
        _detail_tells_everything(admin, ticket["id"])
    _log_is_verified(stage.desk)
    _ctrl_c_leaves_nothing(stage.desk)


def _customer_raises_a_ticket(stage: Stage) -> tuple[str, str]:
    """Writes, is asked, presses Yes; returns the ticket's code and the agent's name as the customer was told them."""
    stage.customer_sends(text(PROBLEM))
    question = stage.customer_gets(lambda sent: bool(buttons_of(sent)))
    assert list(buttons_of(question)) == ["Yes", "No"]
    assert "RAISE_TICKET" not in body_of(question)
    stage.customer_sends(button_reply(buttons_of(question)["Yes"], "Yes", to_message=question["id"]))
    confirmation = body_of(stage.customer_gets(lambda sent: "TKT" in body_of(sent)))
    told = re.search(r"ticket (TKT[A-Z0-9]{5}) is raised and assigned to (.+), who", confirmation)
    assert told is not None, confirmation
    return told[1], told[2]


def _find(admin: httpx.Client, code: str) -> dict[str, Any]:
    found = _data(admin.get("/api/v1/tickets", params={"search": code}))
    assert found["total"] == 1
    return dict(found["tickets"][0])


def _as_agent(stage: Stage, admin: httpx.Client, agent: dict[str, Any]) -> httpx.Client:
    """The assigned agent, who comes in with a one-time password and has to choose their own first."""
    once = _data(admin.post(f"/api/v1/admin/users/{agent['id']}/reset-password"))["temporary_password"]
    with stage.signed_in(agent["username"], once) as newcomer:
        chosen = {"old_password": once, "new_password": NEW_PASSWORD}
        assert newcomer.post("/api/v1/auth/change-password", json=chosen).status_code == 200
    return stage.signed_in(agent["username"], NEW_PASSWORD)


def _agent_answers(stage: Stage, agent: httpx.Client, ticket_id: int) -> None:
    _data(agent.post(f"/api/v1/tickets/{ticket_id}/messages", json={"message": REPLY}))
    stage.customer_gets(lambda sent: body_of(sent) == REPLY)
    wait_until(lambda: _delivery(agent, ticket_id) == "delivered", within=PATIENCE, desk=stage.desk)


def _delivery(agent: httpx.Client, ticket_id: int) -> str | None:
    """How far the agent's reply came, as the ticket shows it."""
    history = _data(agent.get(f"/api/v1/tickets/{ticket_id}"))["ticket"]["conversation_history"]
    return next((said["delivery"] for said in history if said["role"] == "agent"), None)


def _agent_finishes(agent: httpx.Client, ticket_id: int) -> None:
    ticket = f"/api/v1/tickets/{ticket_id}"
    _data(agent.post(f"{ticket}/notes", json={"note": NOTE}))
    resolved = _data(agent.patch(f"{ticket}/status", json={"status": "resolved", "resolution_notes": RESOLUTION}))
    assert resolved["ticket"]["resolved_at"] is not None
    closed = _data(agent.patch(f"{ticket}/status", json={"status": "closed"}))
    assert closed["ticket"]["closed_at"] is not None


def _detail_tells_everything(admin: httpx.Client, ticket_id: int) -> None:
    ticket = _data(admin.get(f"/api/v1/tickets/{ticket_id}"))["ticket"]
    assert (ticket["status"], ticket["resolution_notes"], ticket["agent_response_count"]) == ("closed", RESOLUTION, 1)
    said = [(item["role"], item["content"]) for item in ticket["conversation_history"]]
    assert said[0] == ("user", PROBLEM)
    assert "[RAISE_TICKET]" in said[1][1], "staff see that the assistant asked for a person"
    assert said[-1] == ("agent", REPLY)
    assert [note["note"] for note in ticket["internal_notes"]] == [NOTE]
    log = _data(admin.get(f"/api/v1/tickets/{ticket_id}/activities"))["activities"]
    happened = [entry["activity_type"] for entry in reversed(log)]
    assert happened == ["created", "assigned", "replied", "note_added", "status_updated", "status_updated"]
    assert log[4]["metadata"]["reason"], "the choice of the agent is explained"


def _log_is_verified(desk: Desk) -> None:
    with desk.database() as db:
        acts = {act for (act,) in db.execute("SELECT DISTINCT action FROM kernel.audit_entry")}
        row = db.execute("SELECT count(*) FROM kernel.audit_entry").fetchone()
    assert acts >= {"ticket.replied", "ticket.note_added", "ticket.moved"}
    assert row is not None
    verified = desk.command("audit", "verify")
    counted = COUNTED.search(" ".join(verified.stdout.split()))
    assert verified.returncode == 0, verified.stderr
    assert counted is not None, verified.stdout
    assert int(counted[1]) + int(counted[3]) == row[0]


def _ctrl_c_leaves_nothing(desk: Desk) -> None:
    assert interrupt(desk) == []
    assert desk.process.returncode == 0
    assert desk.log.rstrip().endswith("Stopped.")
    assert [one for one in psutil.process_iter(["cwd"]) if (one.info["cwd"] or "").startswith(str(desk.data))] == []


def _data(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"])
