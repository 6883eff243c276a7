"""Sessions and what was told of customers. Whoever writes holds the customer first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx
from backoffice.marketplace.activity.rules import EndedBy, Known, Told
from backoffice.marketplace.customer.rules import DeviceType


@dataclass(frozen=True, slots=True)
class SessionRow:
    id: str
    customer_id: int
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Origin:
    """From where, and when; None is now."""

    ip_address: str | None = None
    user_agent: str | None = None
    location: str | None = None
    at: datetime | None = None


def find_session(db: Db, external_id: str) -> Query[SessionRow | None]:
    return db.find(
        SessionRow,
        "SELECT id, customer_id, ended_at FROM marketplace.session WHERE external_id = %(external_id)s",
        external_id=external_id,
    )


def insert_session(tx: Tx, new: dict[str, Any]) -> Query[int]:
    return tx.run(
        """
        INSERT INTO marketplace.session (id, external_id, customer_id, device_type, device_name, browser, ip_address,
                                         user_agent, location, began_at, last_activity_at)
             VALUES (%(id)s, %(external_id)s, %(customer_id)s, %(device_type)s, %(device_name)s, %(browser)s,
                     %(ip_address)s, %(user_agent)s, %(location)s, coalesce(%(at)s, clock_timestamp()),
                     coalesce(%(at)s, clock_timestamp()))
        """,
        **new,
    )


@dataclass(frozen=True, slots=True)
class NewActivity:
    external_id: str
    customer_id: int
    type: Told
    session_id: str | None = None
    is_success: bool = True
    failure_reason: str | None = None
    changed: tuple[str, ...] = ()
    device_type: DeviceType | None = None


def insert_activity(tx: Tx, new: NewActivity, origin: Origin) -> Query[Known]:
    """Once; where it says nothing of device and place, those of its session."""
    return tx.value(
        str,
        """
        WITH added AS (
            INSERT INTO marketplace.activity (external_id, customer_id, type, is_success, failure_reason, session_id,
                                              changed, ip_address, user_agent, device_type, location, at)
                 SELECT %(external_id)s, %(customer_id)s, %(type)s, %(is_success)s, %(failure_reason)s, s.id,
                        %(changed)s, coalesce(%(ip_address)s, s.ip_address), coalesce(%(user_agent)s, s.user_agent),
                        coalesce(%(device_type)s, s.device_type), coalesce(%(location)s, s.location),
                        coalesce(%(at)s, clock_timestamp())
                   FROM (SELECT %(session_id)s::text AS wanted) w
                   LEFT JOIN marketplace.session s ON s.id = w.wanted
            ON CONFLICT (external_id) DO NOTHING
              RETURNING id
        )
        SELECT CASE WHEN EXISTS (SELECT FROM added) THEN 'new'
                    WHEN EXISTS (SELECT FROM marketplace.activity
                                  WHERE (external_id, customer_id, type, is_success)
                                        = (%(external_id)s, %(customer_id)s, %(type)s, %(is_success)s)) THEN 'same'
                    ELSE 'another' END
        """,
        external_id=new.external_id,
        customer_id=new.customer_id,
        type=new.type,
        is_success=new.is_success,
        failure_reason=new.failure_reason,
        session_id=new.session_id,
        changed=list(new.changed),
        device_type=new.device_type,
        ip_address=origin.ip_address,
        user_agent=origin.user_agent,
        location=origin.location,
        at=origin.at,
    ).then(Known)


def set_signed_in(tx: Tx, customer_id: int, *, device_type: DeviceType, at: datetime | None) -> Query[int]:
    """One sign-in more; what was told late moves nothing back."""
    return tx.run(
        """
        UPDATE marketplace.customer
           SET logins = logins + 1,
               device_type = CASE WHEN last_login_at > %(at)s THEN device_type ELSE %(device_type)s END,
               last_login_at = greatest(last_login_at, coalesce(%(at)s, clock_timestamp())),
               last_active_at = greatest(last_active_at, coalesce(%(at)s, clock_timestamp()))
         WHERE id = %(customer_id)s
        """,
        customer_id=customer_id,
        device_type=device_type,
        at=at,
    )


def set_active(tx: Tx, customer_id: int, at: datetime | None) -> Query[int]:
    """Noted once a minute."""
    return tx.run(
        """
        UPDATE marketplace.customer SET last_active_at = coalesce(%(at)s, clock_timestamp())
         WHERE id = %(customer_id)s
           AND (last_active_at IS NULL
                OR last_active_at < coalesce(%(at)s, clock_timestamp()) - interval '1 minute')
        """,
        customer_id=customer_id,
        at=at,
    )


def set_session_active(tx: Tx, session_id: str, at: datetime | None) -> Query[int]:
    return tx.run(
        """
        UPDATE marketplace.session SET last_activity_at = coalesce(%(at)s, clock_timestamp())
         WHERE id = %(session_id)s AND ended_at IS NULL
           AND last_activity_at < coalesce(%(at)s, clock_timestamp()) - interval '1 minute'
        """,
        session_id=session_id,
        at=at,
    )


def set_ended(tx: Tx, session_id: str, *, by: EndedBy, at: datetime | None) -> Query[int]:
    """Never before it began, whatever a clock elsewhere says."""
    return tx.run(
        """
        UPDATE marketplace.session
           SET ended_at = greatest(began_at, coalesce(%(at)s, clock_timestamp())), ended_by = %(by)s
         WHERE id = %(session_id)s AND ended_at IS NULL
        """,
        session_id=session_id,
        by=by,
        at=at,
    )


def set_all_ended(tx: Tx, customer_id: int, *, by: EndedBy) -> Query[list[str]]:
    """Every session of theirs that lives, by the platform's ids: it has to be told."""
    return tx.values(
        str,
        """
        UPDATE marketplace.session SET ended_at = clock_timestamp(), ended_by = %(by)s
         WHERE customer_id = %(customer_id)s AND ended_at IS NULL
     RETURNING external_id
        """,
        customer_id=customer_id,
        by=by,
    )


def delete_old(tx: Tx, *, days: int, limit: int) -> Query[int]:
    """The oldest of what is kept no longer. How many rows went."""
    return tx.value(
        int,
        """
        WITH gone AS (
            DELETE FROM marketplace.activity WHERE id IN (
                   SELECT id FROM marketplace.activity WHERE at < now() - make_interval(days => %(days)s::int)
                    ORDER BY at LIMIT %(limit)s) RETURNING 1),
             ended AS (
            DELETE FROM marketplace.session WHERE id IN (
                   SELECT id FROM marketplace.session
                    WHERE last_activity_at < now() - make_interval(days => %(days)s::int)
                    ORDER BY last_activity_at LIMIT %(limit)s) RETURNING 1)
        SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM ended)
        """,
        days=days,
        limit=limit,
    )


def set_profile(tx: Tx, customer_id: int, changes: dict[str, Any]) -> Query[int]:
    """What is None stays. An address or a number that changes is no longer verified, unless that is told with it."""
    return tx.run(
        """
        UPDATE marketplace.customer
           SET name = coalesce(%(name)s, name),
               profile_picture_url = coalesce(%(profile_picture_url)s, profile_picture_url),
               email_verified_at = CASE WHEN %(email_verified_at)s::timestamptz IS NOT NULL THEN %(email_verified_at)s
                                        WHEN lower(email) <> lower(%(email)s) THEN NULL ELSE email_verified_at END,
               phone_verified_at = CASE WHEN %(phone_verified_at)s::timestamptz IS NOT NULL THEN %(phone_verified_at)s
                                        WHEN phone <> %(phone)s THEN NULL ELSE phone_verified_at END,
               email = coalesce(%(email)s, email), phone = coalesce(%(phone)s, phone)
         WHERE id = %(customer_id)s
        """,
        customer_id=customer_id,
        name=changes.get("name"),
        email=changes.get("email"),
        phone=changes.get("phone"),
        profile_picture_url=changes.get("profile_picture_url"),
        email_verified_at=changes.get("email_verified_at"),
        phone_verified_at=changes.get("phone_verified_at"),
    )
