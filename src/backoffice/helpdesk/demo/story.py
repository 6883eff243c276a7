"""Tells each customer's story as rows: a conversation, and for some a ticket with its log. Pure, seeded."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from backoffice.helpdesk.demo.people import Person, Writer
from backoffice.helpdesk.demo.talk import CITIES, SMALL_TALK, TOPICS, Topic
from backoffice.helpdesk.ticket.rules import CODE_ALPHABET, Activity, Category, Status

OFFER = "I'll connect you with our support team. [RAISE_TICKET]"
CONFIRMATION = "Your ticket {code} is with {agent}, who will write to you here."
WAITING = "Your ticket is {code}. All our agents are busy right now; the next free one will write to you here."
REASON = "User requested human agent assistance"
DONE = frozenset({Status.RESOLVED, Status.CLOSED})
BEFORE = {Status.RESOLVED: Status.IN_PROGRESS, Status.CLOSED: Status.RESOLVED}


@dataclass(frozen=True)
class Member:
    """A person of the demo's team with the id they got."""

    id: int
    person: Person


@dataclass(frozen=True)
class Plan:
    """What is to become of one ticket."""

    ticket_id: int
    status: Status
    category: Category
    age: timedelta


@dataclass(frozen=True)
class Done:
    """What an agent does about a ticket, and from when."""

    plan: Plan
    agent: Member
    topic: Topic
    at: datetime


@dataclass
class Rows:
    """What is to be copied into the tables, in the order of their columns in load.py."""

    users: list[tuple[Any, ...]] = field(default_factory=list)
    tickets: list[tuple[Any, ...]] = field(default_factory=list)
    messages: list[tuple[Any, ...]] = field(default_factory=list)
    activities: list[tuple[Any, ...]] = field(default_factory=list)


class Desk:
    """Who works on what: fills agents up to their capacity with what is in progress."""

    def __init__(self, team: list[Member]) -> None:
        self._departments = {
            category: [one for one in team if one.person.department is category] for category in Category
        }
        self._active: dict[int, int] = {}

    def anybody(self, category: Category, random: Random) -> Member:
        return random.choice(self._departments[category])

    def with_room(self, category: Category) -> Member | None:
        """The least loaded available agent of the department, now holding one more."""
        free = [one for one in self._departments[category] if one.person.is_available and self._load(one) < 1]
        if not free:
            return None
        chosen = min(free, key=lambda one: (self._load(one), one.id))
        self._active[chosen.id] = self._active.get(chosen.id, 0) + 1
        return chosen

    def _load(self, one: Member) -> float:
        return self._active.get(one.id, 0) / one.person.capacity


class Teller:
    """Tells stories into `rows`; `ids` are reserved message ids, handed out in order."""

    def __init__(self, random: Random, *, now: datetime, desk: Desk, ids: Iterator[int]) -> None:
        self.rows = Rows()
        self._random = random
        self._now = now
        self._desk = desk
        self._ids = ids
        self._codes: set[str] = set()

    def chat(self, user_id: int, writer: Writer, *, age: timedelta) -> None:
        """A conversation that needed nobody."""
        began = at = self._now - age
        topic = self._random.choice(TOPICS)
        for question, answer in (self._random.choice(SMALL_TALK[:2]), (topic.question, topic.answer), SMALL_TALK[2]):
            at = self._exchange(user_id, self._filled(question, writer), self._filled(answer, writer), at=at)
        self._user(user_id, writer, began=began, last=at)

    def ticket(self, user_id: int, writer: Writer, *, plan: Plan) -> None:
        """A conversation that became a ticket, as far as its status says."""
        topic = self._random.choice([one for one in TOPICS if one.category is plan.category])
        began = self._now - plan.age
        at = self._exchange(user_id, self._filled(topic.question, writer), topic.answer, at=began)
        at = self._exchange(user_id, topic.insists, OFFER, at=at)
        code, agent = self._code(), self._agent_for(plan)
        said = CONFIRMATION.format(code=code, agent=agent.person.full_name) if agent else WAITING.format(code=code)
        raised = self._exchange(user_id, "Yes", said, at=at)
        self._user(user_id, writer, began=began, last=raised)
        self._log(plan, Activity.CREATED, "Ticket created", None, at=raised, category=plan.category, reason=REASON)
        replies = self._work(user_id, writer, done=Done(plan, agent, topic, raised)) if agent else 0
        notes = self._filled(topic.solved, writer) if plan.status in DONE else None
        resolved, closed = self._end(plan, agent, raised=raised, notes=notes)
        whose = (agent.id, raised, True) if agent else (None, None, False)
        first = (plan.ticket_id, code, user_id, writer.phone, writer.merchant_id, plan.status, plan.category, REASON)
        times = (raised, closed or resolved or raised, raised, resolved, closed)
        self.rows.tickets.append((*first, *whose, replies, notes, *times))

    def _agent_for(self, plan: Plan) -> Member | None:
        if plan.status in DONE:
            return self._desk.anybody(plan.category, self._random)
        return None if plan.status is Status.OPEN else self._desk.with_room(plan.category)

    def _work(self, user_id: int, writer: Writer, *, done: Done) -> int:
        """The agent takes the ticket, notes what they found, writes. Returns how often they wrote."""
        plan, agent, topic, at = done.plan, done.agent, done.topic, done.at
        who = agent.person
        facts = {"agent_id": agent.id, "agent_username": who.username, "agent_department": who.department}
        said = f"Ticket assigned to {who.full_name} ({who.department})"
        self._log(plan, Activity.ASSIGNED, said, None, at=at, **facts, auto_assigned=True, method="auto")
        noted = at + timedelta(minutes=self._random.randint(3, 40))
        written = noted + timedelta(minutes=self._random.randint(2, 30))
        if written > self._now or (plan.status is Status.IN_PROGRESS and self._random.random() < 0.4):
            return 0
        added = {"added_by": who.username, "added_by_role": who.role}
        self._log(plan, Activity.NOTE_ADDED, topic.note, agent, at=noted, **added)
        self._message(
            user_id, "agent", self._filled(topic.reply, writer), at=written, ticket_id=plan.ticket_id, by=agent.id
        )
        self._log(plan, Activity.REPLIED, "Replied to the customer", agent, at=written, replied_by=who.username)
        return 1

    def _end(
        self, plan: Plan, agent: Member | None, *, raised: datetime, notes: str | None
    ) -> tuple[datetime | None, datetime | None]:
        """When the ticket was resolved and closed, with the log lines that say so."""
        if plan.status not in DONE or agent is None:
            return None, None
        resolved = raised + timedelta(hours=self._random.uniform(2, 22))
        self._moved(plan, agent, Status.RESOLVED, at=resolved, notes=notes)
        if plan.status is Status.RESOLVED:
            return resolved, None
        closed = resolved + timedelta(hours=24)
        self._moved(plan, agent, Status.CLOSED, at=closed, notes=None)
        return resolved, closed

    def _moved(self, plan: Plan, agent: Member, to: Status, *, at: datetime, notes: str | None) -> None:
        old = BEFORE[to]
        facts = {"old_status": old, "new_status": to, "updated_by": agent.person.username, "resolution_notes": notes}
        self._log(plan, Activity.STATUS_UPDATED, f"Status changed from '{old}' to '{to}'", agent, at=at, **facts)

    def _log(self, plan: Plan, kind: Activity, said: str, who: Member | None, *, at: datetime, **facts: Any) -> None:
        self.rows.activities.append((plan.ticket_id, kind, said, who.id if who else None, facts, at))

    def _exchange(self, user_id: int, question: str, answer: str, *, at: datetime) -> datetime:
        """A message and its answer; returns the time of the next one."""
        asked = self._message(user_id, "user", question, at=at, language={"detected": "en"})
        told = at + timedelta(seconds=self._random.randint(2, 8))
        tokens = {"input": 40 + len(question) // 4, "output": len(answer) // 4}
        work = {"flow": "knowledge", "processing_time_ms": self._random.randint(20, 90)}
        intent = "escalation" if "[RAISE_TICKET]" in answer else "question"
        self._message(
            user_id,
            "assistant",
            answer,
            at=told,
            answers_id=asked,
            routing={"intent": intent, "confidence": 0.8, "action": "reply", "reason": "demo"},
            orchestrator={**work, "tokens": {**tokens, "total": sum(tokens.values())}},
            successful=True,
        )
        return told + timedelta(seconds=self._random.randint(15, 120))

    def _message(self, user_id: int, author: str, content: str, *, at: datetime, **more: Any) -> int:
        message_id = next(self._ids)
        links = (more.pop("answers_id", None), more.pop("ticket_id", None), more.pop("by", None))
        self.rows.messages.append((message_id, user_id, author, content, "en", *links, more, at))
        return message_id

    def _user(self, user_id: int, writer: Writer, *, began: datetime, last: datetime) -> None:
        who = (writer.phone, writer.name, writer.merchant_id, writer.language)
        self.rows.users.append((user_id, *who, last, began - timedelta(days=self._random.randint(0, 200))))

    def _filled(self, text: str, writer: Writer) -> str:
        amount = f"{self._random.randrange(2, 400) * 50:,}"
        return text.format(amount=amount, name=writer.name.split()[0], city=self._random.choice(CITIES))

    def _code(self) -> str:
        while (code := "TKT" + "".join(self._random.choices(CODE_ALPHABET, k=5))) in self._codes:
            pass
        self._codes.add(code)
        return code
