"""Makes the rows that tests start from, with sensible defaults: what makers share, and that of the helpdesk."""

import itertools
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypedDict

from typing_extensions import Unpack

from backoffice.helpdesk.permissions import ROLES
from backoffice.helpdesk.ticket.rules import Category, Status
from backoffice.kernel.actor import Actor, ActorKind, system
from backoffice.kernel.database import Db
from backoffice.kernel.house import House
from backoffice.kernel.identifiers import uuid7
from backoffice.kernel.jobs import kept_sums
from backoffice.kernel.write import Tx


@dataclass(frozen=True)
class Member:
    id: int
    username: str
    email: str
    role: str
    session_id: str

    @property
    def actor(self) -> Actor:
        return Actor(ActorKind.STAFF, self.id, self.username, "helpdesk", self.role, ROLES[self.role], self.session_id)


@dataclass(frozen=True)
class Customer:
    id: int
    phone: str


@dataclass(frozen=True)
class Ticket:
    id: int
    code: str
    customer: Customer


class Facts(TypedDict, total=False):
    """What a test may say about a member; the rest is as usual."""

    username: str | None
    department: str | None
    capacity: int
    is_active: bool
    is_available: bool


INSERT_MEMBER = """
    WITH person AS (
        INSERT INTO kernel.staff (username, email, full_name, password_hash)
             VALUES (%(username)s, %(email)s, %(full_name)s, %(hash)s) RETURNING id
    ), membership AS (
        INSERT INTO kernel.membership (staff_id, product, role, is_active)
        SELECT id, 'helpdesk', %(role)s, %(is_active)s FROM person
    )
    INSERT INTO helpdesk.team_member (staff_id, department, capacity, is_available)
    SELECT id, %(department)s, %(capacity)s, %(is_available)s FROM person RETURNING staff_id
"""
INSERT_SESSION = """
    INSERT INTO kernel.session (id, staff_id, product, address, agent, expires_at, proved_at)
         VALUES (%(id)s, %(staff_id)s, %(product)s, '127.0.0.1', 'tests', now() + %(lasting)s,
                 CASE WHEN %(proved)s THEN now() END)
"""


class Person(Protocol):
    """Somebody of a product with a live session."""

    @property
    def id(self) -> int: ...
    @property
    def username(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def session_id(self) -> str: ...


class Maker:
    """What the makers of every product share. Each product's own says what is there before a test begins."""

    product: str
    session = timedelta(days=7)
    token_lives = timedelta(minutes=15)

    def __init__(self, house: House, password_hash: str) -> None:
        self.house = house
        self._hash = password_hash
        self._count = itertools.count(1)

    def write(self, actor: Actor | None = None) -> AbstractAsyncContextManager[Tx]:
        """A write as this actor; by default one of the system that may change anything."""
        return self.house.database.write(actor or system(self.product, "tests"))

    def read(self) -> AbstractAsyncContextManager[Db]:
        return self.house.database.read()

    async def value(self, sql: Any, **params: Any) -> Any:
        """The only column of the row, or None: for looking at what a test left."""
        async with self.read() as db:
            return await db.find_value(object, sql, **params)

    async def _one(self, sql: Any, **params: Any) -> Any:
        async with self.write() as tx:
            tx.record("made", "for a test")
            return await tx.find_value(object, sql, **params)

    async def _begin_session(self, staff_id: int, *, proved: bool = True) -> str:
        """`proved`: they gave a code of their second factor just now."""
        session_id = str(uuid7())
        async with self.write() as tx:
            tx.record("made", "for a test")
            await tx.run(
                INSERT_SESSION,
                id=session_id,
                staff_id=staff_id,
                product=self.product,
                lasting=self.session,
                proved=proved,
            )
        return session_id

    async def token(self, person: Person) -> str:
        who = {"user_id": person.id, "username": person.username, "sid": person.session_id}
        claims = {**who, "email": person.email, "role": person.role}
        return self.house.tokens.issue("access", self.product, lifetime=self.token_lives, claims=claims)

    async def audited(self, action: str | None = None) -> list[tuple[Any, ...]]:
        """(action, subject, actor) of the entries so far, oldest first."""
        async with self.read() as db:
            cursor = await db.connection.execute(
                "SELECT action, subject, actor_id FROM kernel.audit_entry ORDER BY at, id"
            )
            return [row for row in await cursor.fetchall() if action in (None, row[0])]


class Make(Maker):
    """A desk: its team, customers, tickets and messages."""

    product = "helpdesk"

    async def member(self, role: str = "agent", **facts: Unpack[Facts]) -> Member:
        """Somebody of the team with a live session; an agent of payments unless told otherwise."""
        number = next(self._count)
        username = facts.get("username") or f"{role}_{number}"
        email = f"{username}@desk.example"
        staff_id = await self._one(
            INSERT_MEMBER,
            username=username,
            email=email,
            full_name=f"{role.replace('_', ' ').title()} {number}",
            hash=self._hash,
            role=role,
            is_active=facts.get("is_active", True),
            is_available=facts.get("is_available", True),
            department=(facts.get("department") or "payment") if role == "agent" else None,
            capacity=facts.get("capacity", 10),
        )
        return Member(staff_id, username, email, role, await self._begin_session(staff_id))

    async def agent(self, **facts: Unpack[Facts]) -> Member:
        return await self.member("agent", **facts)

    async def admin(self, **facts: Unpack[Facts]) -> Member:
        return await self.member("admin", **facts)

    async def super_admin(self, **facts: Unpack[Facts]) -> Member:
        return await self.member("super_admin", **facts)

    async def customer(
        self, phone: str | None = None, *, name: str = "Asha", merchant_id: str | None = None
    ) -> Customer:
        """Someone on WhatsApp who wrote a minute ago."""
        phone = phone or f"+9198765{next(self._count):05d}"
        user_id = await self._one(
            """
            INSERT INTO helpdesk.whatsapp_user (phone, name, merchant_id, last_inbound_at)
                 VALUES (%(phone)s, %(name)s, %(merchant_id)s, now() - interval '1 minute') RETURNING id
            """,
            phone=phone,
            name=name,
            merchant_id=merchant_id,
        )
        return Customer(user_id, phone)

    async def ticket(
        self,
        *,
        customer: Customer | None = None,
        assigned_to: Member | None = None,
        status: Status | None = None,
        category: Category = Category.PAYMENT,
        created_at: datetime | None = None,
    ) -> Ticket:
        """A ticket in any state; an assigned one is in progress unless told otherwise."""
        customer = customer or await self.customer()
        status = status or (Status.IN_PROGRESS if assigned_to else Status.OPEN)
        at = created_at or datetime.now(UTC)
        code = f"TKT{next(self._count):05d}"
        ticket_id = await self._one(
            """
            INSERT INTO helpdesk.ticket (code, whatsapp_user_id, phone, merchant_id, status, category,
                                         escalation_reason, assigned_agent_id, assigned_at, created_at, queued_at,
                                         resolved_at, closed_at)
            SELECT %(code)s, u.id, u.phone, u.merchant_id, %(status)s, %(category)s, 'Asked for a person',
                   %(agent_id)s::bigint, CASE WHEN %(agent_id)s::bigint IS NOT NULL THEN %(at)s END, %(at)s, %(at)s,
                   CASE WHEN %(status)s IN ('resolved', 'closed') THEN %(at)s END,
                   CASE WHEN %(status)s = 'closed' THEN %(at)s END
              FROM helpdesk.whatsapp_user u WHERE u.id = %(customer_id)s
         RETURNING id
            """,
            code=code,
            customer_id=customer.id,
            status=status,
            category=category,
            agent_id=assigned_to.id if assigned_to else None,
            at=at,
        )
        return Ticket(ticket_id, code, customer)

    async def message(self, customer: Customer, content: str, *, author: str = "user", **facts: Any) -> int:
        return await self._one(  # type: ignore[no-any-return]
            """
            INSERT INTO helpdesk.message (whatsapp_user_id, author, content, kind, answers_id, created_at)
                 VALUES (%(customer_id)s, %(author)s, %(content)s, %(kind)s, %(answers_id)s, %(at)s) RETURNING id
            """,
            customer_id=customer.id,
            author=author,
            content=content,
            kind=facts.get("kind", "text"),
            answers_id=facts.get("answers_id"),
            at=facts.get("at", datetime.now(UTC)),
        )


async def fold_all(tx: Tx) -> None:
    """Fold every kept sum inside one write."""
    for differences in await kept_sums.list_sums(tx):
        await kept_sums.fold(tx, differences)
