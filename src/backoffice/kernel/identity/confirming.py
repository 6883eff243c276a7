"""Whether somebody who signed in is still let in: asked with every request, in the batch of what they want."""

from dataclasses import dataclass
from typing import LiteralString

from backoffice.kernel.actor import Actor
from backoffice.kernel.database.query import Db, Query
from backoffice.kernel.errors import Unauthenticated


@dataclass(frozen=True, slots=True)
class HeldRow:
    permissions: list[str]


LIVE: LiteralString = """
        SELECT s.password_change_due
          FROM kernel.session s
          JOIN kernel.membership m ON m.staff_id = s.staff_id AND m.product = s.product
         WHERE s.id = %(session_id)s AND s.product = %(product)s AND s.ended_at IS NULL AND s.expires_at > now()
           AND m.is_active AND m.role = %(role)s
"""


def confirm_session(db: Db, actor: Actor) -> Query[bool | None]:
    """None when the session has ended or its person's role changed; else whether a new password is due."""
    return db.find_value(bool, LIVE, session_id=actor.session_id, product=actor.product, role=actor.role)


def confirm_made_role(db: Db, actor: Actor, *, held: list[str]) -> Query[bool | None]:
    """The same for a role that staff made: None, too, when it lost one of the permissions that were read of it."""
    return db.find_value(
        bool,
        LIVE
        + """
           AND EXISTS (SELECT FROM kernel.role r
                        WHERE r.product = m.product AND r.name = m.role AND r.permissions @> %(held)s::text[])
        """,
        session_id=actor.session_id,
        product=actor.product,
        role=actor.role,
        held=held,
    )


def find_held(db: Db, actor: Actor) -> Query[HeldRow | None]:
    """What a role that staff made may do at the moment; None when the session has ended or the role is another."""
    return db.find(
        HeldRow,
        """
        SELECT coalesce(r.permissions, '{}') AS permissions
          FROM kernel.session s
          JOIN kernel.membership m ON m.staff_id = s.staff_id AND m.product = s.product
          JOIN kernel.role r ON r.product = m.product AND r.name = m.role
         WHERE s.id = %(session_id)s AND s.product = %(product)s AND s.ended_at IS NULL AND s.expires_at > now()
           AND m.is_active AND m.role = %(role)s
        """,
        session_id=actor.session_id,
        product=actor.product,
        role=actor.role,
    )


def require_session(tx: Db, actor: Actor, *, even_if_password_due: bool) -> Query[int]:
    """Has PostgreSQL itself refuse a write whose person is no longer let in: Unauthenticated."""
    return tx.run(
        """
        SELECT kernel.require(EXISTS (
               SELECT FROM kernel.session s
                 JOIN kernel.membership m ON m.staff_id = s.staff_id AND m.product = s.product
                WHERE s.id = %(session_id)s AND s.product = %(product)s AND s.ended_at IS NULL AND s.expires_at > now()
                  AND m.is_active AND m.role = %(role)s AND (%(even_if_due)s OR NOT s.password_change_due)))
        """,
        session_id=actor.session_id,
        product=actor.product,
        role=actor.role,
        even_if_due=even_if_password_due,
    ).otherwise(Unauthenticated())


def confirm_recent_session(db: Db, actor: Actor, *, idle_minutes: int) -> Query[bool | None]:
    """The same for a product whose sessions end when nobody uses them; the use is noted once a minute."""
    return db.find_value(
        bool,
        """
        WITH seen AS (
            UPDATE kernel.session SET last_seen_at = now()
             WHERE id = %(session_id)s AND product = %(product)s AND ended_at IS NULL
               AND last_seen_at < now() - interval '1 minute'
               AND last_seen_at > now() - make_interval(mins => %(idle_minutes)s::int)
        )
        SELECT s.password_change_due
          FROM kernel.session s
          JOIN kernel.membership m ON m.staff_id = s.staff_id AND m.product = s.product
         WHERE s.id = %(session_id)s AND s.product = %(product)s AND s.ended_at IS NULL AND s.expires_at > now()
           AND s.last_seen_at > now() - make_interval(mins => %(idle_minutes)s::int)
           AND m.is_active AND m.role = %(role)s
        """,
        session_id=actor.session_id,
        product=actor.product,
        role=actor.role,
        idle_minutes=idle_minutes,
    )
