"""Staged lines, and the customers, vendors and services among them: set by set, known ones left as they are.

A slice is what one statement takes: lines from one number to another.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx
from backoffice.kernel.write.copying import copy_all
from backoffice.marketplace.feed.reading import Line
from backoffice.marketplace.feed.rules import Kind

STAGED = {"marketplace.staged": "batch, kind, line, external_id, facts"}


@dataclass(frozen=True, slots=True)
class Slice:
    batch: UUID
    first: int
    last: int


async def stage(tx: Tx, batch: UUID, lines: Iterable[Line]) -> None:
    await copy_all(tx, STAGED, [[(batch, one.kind, one.number, one.external_id, one.facts) for one in lines]])


def plan_for_sets(tx: Tx) -> Query[int]:
    """Plans that triggers keep for a whole file are made while its tables may still be empty.

    And a slice is sorted in memory.
    """
    return tx.run("SELECT set_config('enable_seqscan', 'off', true), set_config('work_mem', '64MB', true)")


def drop_lines(tx: Tx, batch: UUID, kind: Kind, *, lines: list[int]) -> Query[int]:
    """Take lines out that are not to come in."""
    return tx.run(
        "DELETE FROM marketplace.staged WHERE batch = %(batch)s AND kind = %(kind)s AND line = ANY (%(lines)s)",
        batch=batch,
        kind=kind,
        lines=lines,
    )


def clear(tx: Tx, batch: UUID) -> Query[int]:
    return tx.run("DELETE FROM marketplace.staged WHERE batch = %(batch)s", batch=batch)


def insert_customers(tx: Tx, part: Slice) -> Query[int]:
    """How many are new."""
    return tx.run(
        """
        INSERT INTO marketplace.customer (external_id, name, email, phone, profile_picture_url, email_verified_at,
                                          phone_verified_at, identity_document_type, identity_verified_at,
                                          registered_at)
        SELECT f.external_id, f.name, f.email, f.phone, f.profile_picture_url, f.email_verified_at,
               f.phone_verified_at, f.identity_document_type, f.identity_verified_at, coalesce(f.registered_at, now())
          FROM marketplace.staged s
         CROSS JOIN LATERAL jsonb_to_record(s.facts) AS f (
               external_id text, name text, email text, phone text, profile_picture_url text,
               email_verified_at timestamptz, phone_verified_at timestamptz, identity_document_type text,
               identity_verified_at timestamptz, registered_at timestamptz)
         WHERE s.batch = %(batch)s AND s.kind = 'customer' AND s.line BETWEEN %(first)s AND %(last)s
           AND NOT EXISTS (SELECT FROM marketplace.customer c WHERE c.external_id = s.external_id)
         ORDER BY s.external_id, s.line
        ON CONFLICT DO NOTHING
        """,
        batch=part.batch,
        first=part.first,
        last=part.last,
    )


def list_taken(db: Db, part: Slice) -> Query[list[int]]:
    """Lines of customers who are not here: their e-mail address or phone number is somebody else's."""
    return db.values(
        int,
        """
        SELECT s.line FROM marketplace.staged s
         WHERE s.batch = %(batch)s AND s.kind = 'customer' AND s.line BETWEEN %(first)s AND %(last)s
           AND NOT EXISTS (SELECT FROM marketplace.customer c WHERE c.external_id = s.external_id)
         ORDER BY s.line
        """,
        batch=part.batch,
        first=part.first,
        last=part.last,
    )


def insert_vendors(tx: Tx, part: Slice) -> Query[int]:
    return tx.run(
        """
        INSERT INTO marketplace.vendor (external_id, name, display_name, email, phone, logo_url, city,
                                        verification_status, registered_at)
        SELECT f.external_id, f.name, coalesce(f.display_name, f.name), f.email, f.phone, f.logo_url, f.city,
               f.verification_status, coalesce(f.registered_at, now())
          FROM marketplace.staged s
         CROSS JOIN LATERAL jsonb_to_record(s.facts) AS f (
               external_id text, name text, display_name text, email text, phone text, logo_url text, city text,
               verification_status text, registered_at timestamptz)
         WHERE s.batch = %(batch)s AND s.kind = 'vendor' AND s.line BETWEEN %(first)s AND %(last)s
           AND NOT EXISTS (SELECT FROM marketplace.vendor v WHERE v.external_id = s.external_id)
         ORDER BY s.external_id, s.line
        ON CONFLICT (external_id) DO NOTHING
        """,
        batch=part.batch,
        first=part.first,
        last=part.last,
    )


def list_without_vendor(db: Db, part: Slice) -> Query[list[int]]:
    """Lines of services whose vendor is not here."""
    return db.values(
        int,
        """
        SELECT s.line FROM marketplace.staged s
         CROSS JOIN LATERAL jsonb_to_record(s.facts) AS f (vendor_id bigint, vendor text)
         WHERE s.batch = %(batch)s AND s.kind = 'service' AND s.line BETWEEN %(first)s AND %(last)s
           AND NOT EXISTS (SELECT FROM marketplace.vendor v WHERE v.id = f.vendor_id OR v.external_id = f.vendor)
         ORDER BY s.line
        """,
        batch=part.batch,
        first=part.first,
        last=part.last,
    )


def insert_services(tx: Tx, part: Slice) -> Query[int]:
    return tx.run(
        """
        INSERT INTO marketplace.service (id, external_id, vendor_id, name, category, subcategory, description,
                                         pricing_type, base_price_minor, duration_minutes)
        SELECT 'svc_' || s.id, f.external_id, v.id, f.name, f.category, f.subcategory, f.description, f.pricing_type,
               f.base_price_cents, f.duration_minutes
          FROM marketplace.staged s
         CROSS JOIN LATERAL jsonb_to_record(s.facts) AS f (
               external_id text, vendor_id bigint, vendor text, name text, category text, subcategory text,
               description text, pricing_type text, base_price_cents bigint, duration_minutes bigint)
          JOIN marketplace.vendor v ON v.id = f.vendor_id OR v.external_id = f.vendor
         WHERE s.batch = %(batch)s AND s.kind = 'service' AND s.line BETWEEN %(first)s AND %(last)s
           AND NOT EXISTS (SELECT FROM marketplace.service known WHERE known.external_id = s.external_id)
         ORDER BY s.external_id, s.line
        ON CONFLICT (external_id) DO NOTHING
        """,
        batch=part.batch,
        first=part.first,
        last=part.last,
    )
