"""The rows a filled desk is made of, as lines of COPY text: the same ones for the same scale, every time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from backoffice.helpdesk.ticket.rules import CODE_ALPHABET, Category

SEED = 20
AGENTS, CAPACITY, ACTIVE_EACH = 50, 20, 10
ADMIN_ID = AGENTS + 1
TICKETS_EACH = 4
"""Tickets of one customer."""
MESSAGES_EACH = 5
"""Messages about one ticket."""
BEGIN, SPAN = datetime(2025, 1, 1, tzinfo=UTC), timedelta(days=365)
CATEGORIES = list(Category)
ASKED = ("My payment failed", "The loan was not paid out", "I can't sign in", "The machine shows an error", "Hello?")
TOLD = ("Please restart the device.", "It can take a day.", "Could you send the order number?", "I can raise a ticket.")


@dataclass(frozen=True)
class Ticket:
    """A ticket of the filled desk, closed unless it is among the newest, which its agent still works on."""

    id: int
    user_id: int
    agent_id: int
    category: str
    created_at: datetime
    is_active: bool


class Content:
    def __init__(self, tickets: int) -> None:
        self.count = tickets
        self.users = max(1, tickets // TICKETS_EACH)
        self.active = min(AGENTS * ACTIVE_EACH, self.users // 2)
        self._step = SPAN / tickets

    def ticket(self, number: int, random: Random) -> Ticket:
        """Any agent of its own department, so that nobody holds more than they could have been given."""
        agent_id = number % AGENTS + 1
        return Ticket(
            id=number,
            user_id=number % self.users + 1,
            agent_id=agent_id,
            category=CATEGORIES[agent_id % len(CATEGORIES)],
            created_at=BEGIN + self._step * number + self._step * random.random() * 0.5,
            is_active=number > self.count - self.active,
        )

    def tickets(self) -> Iterator[Ticket]:
        random = Random(SEED)
        return (self.ticket(number, random) for number in range(1, self.count + 1))

    def user_lines(self) -> Iterator[str]:
        """id, phone, name, merchant_id, last_inbound_at, created_at"""
        for number in range(1, self.users + 1):
            merchant = f"MERCH{number:07d}" if number % 3 else r"\N"
            yield f"{number}\t{phone(number)}\tCustomer {number}\t{merchant}\t{BEGIN + SPAN}\t{BEGIN}\n"

    def ticket_lines(self) -> Iterator[str]:
        """id, code, whatsapp_user_id, phone, merchant_id, status, category, escalation_reason, assigned_agent_id,
        assigned_at, auto_assigned, created_at, updated_at, queued_at, resolved_at, closed_at"""
        for one in self.tickets():
            merchant = f"MERCH{one.user_id:07d}" if one.user_id % 3 else r"\N"
            status, resolved, closed = "in_progress", r"\N", r"\N"
            if not one.is_active:
                status, resolved, closed = "closed", str(after(one, hours=3)), str(after(one, hours=30))
            yield (
                f"{one.id}\t{code(one.id)}\t{one.user_id}\t{phone(one.user_id)}\t{merchant}\t{status}\t{one.category}\t"
                f"The assistant could not help\t{one.agent_id}\t{after(one, seconds=1)}\tt\t{one.created_at}\t"
                f"{after(one, hours=30)}\t{one.created_at}\t{resolved}\t{closed}\n"
            )

    def message_lines(self) -> Iterator[str]:
        """id, whatsapp_user_id, author, content, language, wa_message_id, answers_id, created_at"""
        for one in self.tickets():
            first = (one.id - 1) * MESSAGES_EACH + 1
            for place in range(MESSAGES_EACH):
                number, at = first + place, one.created_at - timedelta(minutes=10 - 2 * place)
                if place % 2:
                    told = TOLD[number % len(TOLD)]
                    yield f"{number}\t{one.user_id}\tassistant\t{told}\ten\t\\N\t{number - 1}\t{at}\n"
                else:
                    asked = ASKED[number % len(ASKED)]
                    yield f"{number}\t{one.user_id}\tuser\t{asked}\ten\twamid.{number:012d}\t\\N\t{at}\n"

    def activity_lines(self) -> Iterator[str]:
        """ticket_id, activity_type, description, staff_id, metadata, created_at"""
        for one in self.tickets():
            about = f'{{"category": "{one.category}", "reason": "The assistant could not help"}}'
            yield f"{one.id}\tcreated\tTicket created\t\\N\t{about}\t{one.created_at}\n"
            agent = f'{{"agent_id": {one.agent_id}, "auto_assigned": true, "method": "auto"}}'
            yield f"{one.id}\tassigned\tTicket assigned\t\\N\t{agent}\t{after(one, seconds=1)}\n"
            for new, hours in () if one.is_active else (("resolved", 3), ("closed", 30)):
                move = f'{{"new_status": "{new}", "updated_by": "agent_{one.agent_id}"}}'
                at = after(one, hours=hours)
                yield f"{one.id}\tstatus_updated\tStatus changed to '{new}'\t{one.agent_id}\t{move}\t{at}\n"


def after(ticket: Ticket, *, hours: int = 0, seconds: int = 0) -> datetime:
    return ticket.created_at + timedelta(hours=hours, seconds=seconds)


def phone(user_id: int) -> str:
    return f"+919{user_id:09d}"


def code(number: int) -> str:
    """The number in the alphabet of ticket codes: as short as a real one, and never twice."""
    letters = ""
    for _ in range(5):
        number, letter = divmod(number, len(CODE_ALPHABET))
        letters = CODE_ALPHABET[letter] + letters
    return f"TKT{letters}"
