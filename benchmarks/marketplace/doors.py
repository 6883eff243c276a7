"""What the marketplace's warm doors ask, and the marketplace as load runs see it."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from backoffice.kernel.actor import Actor, ActorKind, Context
from backoffice.kernel.audit import store as audit_store
from backoffice.kernel.audit.entry import Entry
from backoffice.kernel.database import Query
from backoffice.kernel.search import Asked
from backoffice.marketplace.customer import listing as customers
from backoffice.marketplace.customer.rules import UserAct, person
from backoffice.marketplace.customer.searching import FEW, find_ids, terms_of
from backoffice.marketplace.dispute import listing as disputes
from backoffice.marketplace.history import listing as history
from backoffice.marketplace.permissions import ROLES, Role
from backoffice.marketplace.product import MARKETPLACE
from backoffice.marketplace.search import store as search
from benchmarks.marketplace import booked
from benchmarks.marketplace.fill import BOOKINGS_EACH, DISPUTE_EVERY, STAFF, TAKEDOWN_EVERY, VERSION, fill, forget
from benchmarks.product import NOWHERE, Door, Rows, Tested

PAGE_SIZE = 20
AGENT = Actor(ActorKind.STAFF, STAFF, f"agent_{STAFF}", "marketplace", Role.SUPER_ADMIN, ROLES[Role.SUPER_ADMIN])
FROM = Context(request_id="load-run", address="127.0.0.1", agent="benchmarks")


def _users(_: str) -> Sequence[Query[Any]]:
    shown: dict[str, Any] = {"ids": None}
    page = customers.USERS.rows(NOWHERE, shown, limit=PAGE_SIZE, sort="created_at_desc")
    return [page, customers.USERS.total(NOWHERE, shown)]


def _sought(term: str) -> Sequence[Query[Any]]:
    return [find_ids(NOWHERE, terms_of(term, country="IN", names_only=False))]


def _narrowed(term: str, found: Rows) -> Sequence[Query[Any]]:
    """Few are named and counted; of many a warm door knows how many they are."""
    if len(found) > FEW:
        fitting = {**asdict(terms_of(term, country="IN", names_only=False)), "ids": None}
        return [customers.MET.rows(NOWHERE, fitting, limit=PAGE_SIZE, sort="created_at_desc")]
    shown: dict[str, Any] = {"ids": sorted({one["id"] for one in found})}
    page = customers.FOUND.rows(NOWHERE, shown, limit=PAGE_SIZE, sort="created_at_desc")
    return [page, customers.FOUND.total(NOWHERE, shown)]


def _user(customer_id: str) -> Sequence[Query[Any]]:
    return [customers.get_detail(NOWHERE, int(customer_id))]


def _look(customer_id: str) -> Sequence[Query[Any]]:
    facts = {"person": person(int(customer_id)), "before": None, "after": None, "reason": None}
    entry = Entry.new(UserAct.VIEWED, customer_id, actor=AGENT, context=FROM, **facts)
    return [audit_store.insert_entry(NOWHERE, entry)]


def _bookings(customer_id: str) -> Sequence[Query[Any]]:
    whose = {"customer_id": int(customer_id)}
    page = history.BOOKINGS.rows(NOWHERE, whose, limit=PAGE_SIZE, sort="created_at_desc")
    return [page, history.sum_bookings(NOWHERE, int(customer_id)), history.BOOKINGS.total(NOWHERE, whose)]


def _queue(_: str) -> Sequence[Query[Any]]:
    """Without the three figures of the summary that may lag a minute: a warm door has them."""
    page = disputes.DISPUTES.rows(NOWHERE, {}, limit=PAGE_SIZE, sort="queue")
    return [page, disputes.count_all(NOWHERE), disputes.DISPUTES.total(NOWHERE, {})]


def _found(term: str) -> Sequence[Query[Any]]:
    asked = Asked.of(term, country="IN")
    finders = (
        search.find_bookings,
        search.find_disputes,
        search.find_refunds,
        search.find_payments,
        search.find_vendors,
        search.find_services,
    )
    return [search.find_customers(NOWHERE, asked, sees_personal=True), *(find(NOWHERE, asked) for find in finders)]


MARKET = Tested(
    MARKETPLACE,
    AGENT,
    version=VERSION,
    fill=fill,
    forget=forget,
    contents=lambda customers: (
        f"{customers:,} customers, {customers * BOOKINGS_EACH:,} bookings, {customers // DISPUTE_EVERY:,} disputes, "
        f"{customers // TAKEDOWN_EVERY:,} takedown requests"
    ),
    doors={
        "customers": Door("/marketplace/api/v1/admin/users", asks=_users),
        "finding": Door("/marketplace/api/v1/admin/users?search={}", asks=_sought, then=_narrowed),
        "customer": Door("/marketplace/api/v1/admin/users/{}", asks=_user, keeps=_look),
        "bookings": Door("/marketplace/api/v1/admin/users/{}/bookings", asks=_bookings),
        "disputes": Door("/marketplace/api/v1/admin/disputes", asks=_queue),
        "everything": Door("/marketplace/api/v1/admin/search?q={}", asks=_found),
        **booked.DOORS,
    },
    least_share=0.70,
)
