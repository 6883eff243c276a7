"""Staff, memberships, sessions and refresh tokens."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from backoffice.kernel.database.query import Db, Query
from backoffice.kernel.phones import find_number


@dataclass(frozen=True, slots=True)
class CredentialsRow:
    staff_id: int
    username: str
    email: str
    full_name: str
    password_hash: str
    role: str
    is_active: bool
    password_change_due: bool


@dataclass(frozen=True, slots=True)
class RefreshRow:
    session_id: UUID
    used_at: datetime | None
    checked_at: datetime
    is_live: bool
    staff_id: int
    username: str
    email: str
    role: str


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session about to begin; it lives `hours` unless refreshed."""

    id: UUID
    staff_id: int
    product: str
    address: str
    agent: str
    hours: int
    password_change_due: bool


@dataclass(frozen=True, slots=True)
class NewStaff:
    """Somebody about to enter the directory; `phone` is E.164, `opened_by` who sees the first password."""

    username: str
    email: str
    full_name: str
    phone: str | None
    password_hash: str
    opened_by: int | None


@dataclass(frozen=True, slots=True)
class SessionRow:
    id: UUID
    address: str
    agent: str
    created_at: datetime
    expires_at: datetime


CREDENTIALS: LiteralString = """
    SELECT s.id AS staff_id, s.username, s.email, s.full_name, s.password_hash, m.role, m.is_active,
           m.password_change_due
      FROM kernel.staff s
      JOIN kernel.membership m ON m.staff_id = s.id AND m.product = %(product)s
"""


CALLED: LiteralString = """
          (lower(s.username) = lower(%(login)s) OR lower(s.email) = lower(%(login)s) OR s.phone = %(phone)s)
"""
"""Whoever signs in with this name: a username, an e-mail address, or a phone number with its country code."""


def find_credentials(db: Db, product: str, login: str) -> Query[CredentialsRow | None]:
    """By e-mail, phone or username, whatever their case. An address, or a number, is its owner's, whoever took it
    for a username.
    """
    return db.find(
        CredentialsRow,
        CREDENTIALS
        + "WHERE"
        + CALLED
        + """
         ORDER BY lower(s.email) = lower(%(login)s) DESC, s.phone = %(phone)s DESC NULLS LAST
         LIMIT 1
        """,
        product=product,
        login=login,
        phone=find_number(login, country=None),
    )


def get_credentials(db: Db, product: str, staff_id: int) -> Query[CredentialsRow]:
    return db.one(CredentialsRow, CREDENTIALS + "WHERE s.id = %(staff_id)s", product=product, staff_id=staff_id)


def insert_session(tx: Db, session: NewSession) -> Query[int]:
    return tx.run(
        """
        INSERT INTO kernel.session (id, staff_id, product, address, agent, expires_at, password_change_due)
             VALUES (%(id)s, %(staff_id)s, %(product)s, %(address)s, %(agent)s,
                     now() + make_interval(hours => %(hours)s::int), %(password_change_due)s)
        """,
        **asdict(session),
    )


def set_signed_in(tx: Db, staff_id: int, product: str) -> Query[int]:
    return tx.run(
        """
        INSERT INTO kernel.sign_in (staff_id, product, at) VALUES (%(staff_id)s, %(product)s, now())
        ON CONFLICT (staff_id, product) DO UPDATE SET at = excluded.at
        """,
        staff_id=staff_id,
        product=product,
    )


def insert_refresh_token(tx: Db, token_id: UUID, session_id: UUID, *, hours: int) -> Query[int]:
    """A new refresh token; using it keeps the session alive as long."""
    return tx.run(
        """
        WITH kept AS (
            UPDATE kernel.session SET expires_at = now() + make_interval(hours => %(hours)s::int)
             WHERE id = %(session_id)s
        )
        INSERT INTO kernel.refresh_token (id, session_id, expires_at)
             VALUES (%(token_id)s, %(session_id)s, now() + make_interval(hours => %(hours)s::int))
        """,
        token_id=token_id,
        session_id=session_id,
        hours=hours,
    )


def lock_refresh_token(tx: Db, token_id: str) -> Query[RefreshRow | None]:
    """The token, its session and its person as they are once whoever resets or shuts them out has ended."""
    return tx.find(
        RefreshRow,
        """
        SELECT r.session_id, r.used_at, clock_timestamp() AS checked_at,
               s.ended_at IS NULL AND s.expires_at > now() AND r.expires_at > now() AND m.is_active AS is_live,
               p.id AS staff_id, p.username, p.email, m.role
          FROM kernel.refresh_token r
          JOIN kernel.session s ON s.id = r.session_id
          JOIN kernel.staff p ON p.id = s.staff_id
          JOIN kernel.membership m ON m.staff_id = s.staff_id AND m.product = s.product
         WHERE r.id = %(token_id)s
           FOR SHARE OF p, m
           FOR NO KEY UPDATE OF s, r
        """,
        token_id=token_id,
    )


def set_refresh_token_used(tx: Db, token_id: str) -> Query[int]:
    return tx.run(
        "UPDATE kernel.refresh_token SET used_at = now() WHERE id = %(token_id)s AND used_at IS NULL", token_id=token_id
    )


def set_session_ended(tx: Db, session_id: UUID | str, because: str) -> Query[int]:
    return tx.run(
        """
        UPDATE kernel.session SET ended_at = now(), ended_because = %(because)s
         WHERE id = %(session_id)s AND ended_at IS NULL
        """,
        session_id=session_id,
        because=because,
    )


def set_product_sessions_ended(tx: Db, staff_id: int, *, product: str, because: str) -> Query[int]:
    """End every session of a person in one product."""
    return tx.run(
        """
        UPDATE kernel.session SET ended_at = now(), ended_because = %(because)s
         WHERE staff_id = %(staff_id)s AND product = %(product)s AND ended_at IS NULL
        """,
        staff_id=staff_id,
        product=product,
        because=because,
    )


def set_other_sessions_ended(tx: Db, staff_id: int, *, kept_session_id: str | None, because: str) -> Query[int]:
    """End every session of a person, in all products, but one."""
    return tx.run(
        """
        UPDATE kernel.session SET ended_at = now(), ended_because = %(because)s
         WHERE staff_id = %(staff_id)s AND id IS DISTINCT FROM %(kept)s::uuid AND ended_at IS NULL
        """,
        staff_id=staff_id,
        kept=kept_session_id,
        because=because,
    )


def list_live_sessions(db: Db, staff_id: int, product: str) -> Query[list[SessionRow]]:
    return db.all(
        SessionRow,
        """
        SELECT id, address, agent, created_at, expires_at
          FROM kernel.session
         WHERE staff_id = %(staff_id)s AND product = %(product)s AND ended_at IS NULL AND expires_at > now()
         ORDER BY created_at DESC, id DESC
        """,
        staff_id=staff_id,
        product=product,
    )


def set_own_session_ended(tx: Db, session_id: UUID, staff_id: int, *, because: str) -> Query[int]:
    """How many ended: none where it is somebody else's, or has ended before."""
    return tx.run(
        """
        UPDATE kernel.session SET ended_at = now(), ended_because = %(because)s
         WHERE id = %(session_id)s AND staff_id = %(staff_id)s AND ended_at IS NULL
        """,
        session_id=session_id,
        staff_id=staff_id,
        because=because,
    )


def set_password(tx: Db, staff_id: int, password_hash: str, *, change_due: bool) -> Query[int]:
    """The new hash, and in every product whether the next sign-in must choose another."""
    return tx.run(
        """
        WITH due AS (
            UPDATE kernel.membership SET password_change_due = %(due)s WHERE staff_id = %(staff_id)s
        ), session AS (
            UPDATE kernel.session SET password_change_due = %(due)s WHERE staff_id = %(staff_id)s AND ended_at IS NULL
        )
        UPDATE kernel.staff SET password_hash = %(hash)s WHERE id = %(staff_id)s
        """,
        staff_id=staff_id,
        hash=password_hash,
        due=change_due,
    )


def insert_staff(tx: Db, new: NewStaff) -> Query[int]:
    return tx.value(
        int,
        """
        INSERT INTO kernel.staff (username, email, full_name, phone, password_hash, opened_by)
             VALUES (%(username)s, %(email)s, %(full_name)s, %(phone)s, %(password_hash)s, %(opened_by)s)
          RETURNING id
        """,
        **asdict(new),
    )


def insert_membership(tx: Db, staff_id: int, *, product: str, role: str) -> Query[int]:
    return tx.run(
        "INSERT INTO kernel.membership (staff_id, product, role) VALUES (%(staff_id)s, %(product)s, %(role)s)",
        staff_id=staff_id,
        product=product,
        role=role,
    )
