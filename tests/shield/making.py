"""Makes the rows that shield's tests start from: admins, members, claims, accounts, payouts. Each has its defaults."""

import os
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from backoffice.kernel.actor import Actor, ActorKind
from backoffice.kernel.identifiers import new_id, shown, uuid7
from backoffice.kernel.identity import api_keys
from backoffice.shield.permissions import ROLES, Scope
from tests.making import Maker

BASE_URL = "http://shield.test/shield"


@dataclass(frozen=True)
class Admin:
    id: int
    public_id: UUID
    username: str
    email: str
    role: str
    session_id: str

    @property
    def shown_id(self) -> str:
        return shown("admin", self.public_id)

    @property
    def actor(self) -> Actor:
        return Actor(ActorKind.STAFF, self.id, self.username, "shield", self.role, ROLES[self.role], self.session_id)


class AdminClient(httpx.AsyncClient):
    """A client of shield that is signed in; `admin` is who it is."""

    admin: Admin


@dataclass(frozen=True)
class Member:
    id: str
    email: str
    plan_id: str | None


@dataclass(frozen=True)
class Claim:
    id: str
    member: Member
    requested_minor: int
    approved_minor: int | None


class Given(Maker):
    """What is there before a test begins."""

    product = "shield"
    session = timedelta(hours=12)
    token_lives = timedelta(hours=12)

    async def admin(self, role: str = "support") -> Admin:
        number = next(self._count)
        username, public_id = f"{role}_{number}", uuid7()
        email = f"{username}@shield.example"
        staff_id = await self._one(
            """
            WITH person AS (
                INSERT INTO kernel.staff (username, email, full_name, password_hash, public_id)
                     VALUES (%(username)s, %(email)s, %(full_name)s, %(hash)s, %(public_id)s) RETURNING id
            )
            INSERT INTO kernel.membership (staff_id, product, role)
            SELECT id, 'shield', %(role)s FROM person RETURNING staff_id
            """,
            username=username,
            email=email,
            full_name=f"{role.replace('_', ' ').title()} {number}",
            hash=self._hash,
            public_id=public_id,
            role=role,
        )
        return Admin(staff_id, public_id, username, email, role, await self._begin_session(staff_id))

    async def api_key(self, *scopes: str) -> str:
        """The secret of a new key of the platform."""
        async with self.write() as tx:
            _, secret = await api_keys.create_key(
                tx, product="shield", name="platform", scopes=list(scopes), known=frozenset(Scope)
            )
        return secret

    async def member(
        self,
        *,
        plan_id: str | None = "plan_premium",
        status: str = "active",
        enrolled_at: datetime | None = None,
        **facts: Any,
    ) -> Member:
        """A member with a profile and, unless `plan_id` is None, a subscription that began 90 days ago."""
        number = next(self._count)
        row = {
            "id": new_id("user"),
            "email": f"member{number}@example.com",
            "first_name": "John",
            "last_name": f"Doe{number}",
            "phone": "+15125550100",
            "city": "Austin",
            "date_of_birth": date(1990, 5, 15),
            "signup_date": datetime.now(UTC) - timedelta(days=100),
            "last_activity": None,
            **facts,
        }
        await self._one(
            """
            INSERT INTO shield.member (id, email, first_name, last_name, phone, street, city, state, zip, country,
                                       date_of_birth, status, signup_date, last_activity)
                 VALUES (%(id)s, %(email)s, %(first_name)s, %(last_name)s, %(phone)s, '123 Main St', %(city)s, 'TX',
                         '78701', 'US', %(date_of_birth)s, %(status)s, %(signup_date)s, %(last_activity)s)
              RETURNING id
            """,
            **row,
            status=status,
        )
        if plan_id is not None:
            await self.subscription(row["id"], plan_id, enrolled_at=enrolled_at)
        return Member(row["id"], row["email"], plan_id)

    async def subscription(self, member_id: str, plan_id: str, *, enrolled_at: datetime | None = None) -> str:
        began = enrolled_at or datetime.now(UTC) - timedelta(days=90)
        return await self._one(  # type: ignore[no-any-return]
            """
            INSERT INTO shield.subscription (id, member_id, plan_id, enrolled_at, next_billing_date, payment_method)
                 VALUES (%(id)s, %(member_id)s, %(plan_id)s, %(began)s, now() + interval '10 days', 'card_ending_4242')
              RETURNING id
            """,
            id=new_id("sub"),
            member_id=member_id,
            plan_id=plan_id,
            began=began,
        )

    async def claim(
        self,
        member: Member | None = None,
        *,
        status: str = "pending",
        requested_minor: int = 250_000,
        approved_minor: int | None = None,
        **facts: Any,
    ) -> Claim:
        """A claim in any state; an approved one is approved for what was requested unless told otherwise."""
        member = member or await self.member()
        if approved_minor is None and status in {"approved", "paid"}:
            approved_minor = requested_minor
        claim_id = await self._one(
            """
            INSERT INTO shield.claim (id, member_id, plan_id, type, reason, termination_date, submitted_at, status,
                                      amount_requested_minor, amount_approved_minor, amount_paid_minor, approved_by,
                                      approved_at)
                 VALUES (%(id)s, %(member_id)s, %(plan_id)s, 'unemployment', 'Layoff', %(termination_date)s,
                         %(submitted_at)s, %(status)s, %(requested)s, %(approved)s::bigint,
                         CASE %(status)s::text WHEN 'paid' THEN %(approved)s::bigint ELSE 0 END, %(approved_by)s,
                         CASE WHEN %(approved)s::bigint IS NOT NULL THEN now() END)
              RETURNING id
            """,
            id=new_id("claim"),
            member_id=member.id,
            plan_id=member.plan_id or "plan_premium",
            termination_date=facts.get("termination_date", datetime.now(UTC) - timedelta(days=14)),
            submitted_at=facts.get("submitted_at", datetime.now(UTC)),
            status=status,
            requested=requested_minor,
            approved=approved_minor,
            approved_by=facts.get("approved_by"),
        )
        return Claim(claim_id, member, requested_minor, approved_minor)

    async def account(self, member: Member, *, verified: bool = True, number: str = "000123455678") -> str:
        """A member's bank account, verified long ago."""
        account_id = new_id("bank")
        account_key, account = self.house.keys.encrypt(number.encode(), bound_to=account_id)
        routing_key, routing = self.house.keys.encrypt(b"021000021", bound_to=account_id)
        return await self._one(  # type: ignore[no-any-return]
            """
            INSERT INTO shield.bank_account (id, member_id, bank_name, account_holder_name, account_type,
                                             account_key_id, account_sealed, account_index, account_last_four,
                                             routing_key_id, routing_sealed, routing_last_four, routing_is_valid,
                                             verified_at, verification_method, changed_at)
                 VALUES (%(id)s, %(member_id)s, 'Chase Bank', 'John Doe', 'checking', %(account_key)s, %(account)s,
                         %(index)s, %(last_four)s, %(routing_key)s, %(routing)s, '0021', true,
                         CASE WHEN %(verified)s::bool THEN now() - interval '60 days' END,
                         CASE WHEN %(verified)s::bool THEN 'micro_deposits' END, now() - interval '60 days')
              RETURNING id
            """,
            id=account_id,
            member_id=member.id,
            account_key=account_key,
            account=account,
            index=os.urandom(32),
            last_four=number[-4:],
            routing_key=routing_key,
            routing=routing,
            verified=verified,
        )

    async def payout(
        self,
        claim: Claim,
        amount_minor: int,
        *,
        status: str = "pending",
        account_id: str | None = None,
        method: str = "ach",
    ) -> str:
        return await self._one(  # type: ignore[no-any-return]
            """
            INSERT INTO shield.payout (id, claim_id, member_id, bank_account_id, amount_minor, method, status,
                                       completed_at)
                 VALUES (%(id)s, %(claim_id)s, %(member_id)s, %(account_id)s, %(amount)s, %(method)s, %(status)s,
                         CASE %(status)s::text WHEN 'completed' THEN now() END)
              RETURNING id
            """,
            id=new_id("payout"),
            claim_id=claim.id,
            member_id=claim.member.id,
            account_id=account_id,
            amount=amount_minor,
            method=method,
            status=status,
        )
