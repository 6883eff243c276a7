"""What shield's warm doors ask, and shield as load runs see it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from backoffice.kernel.actor import Actor, ActorKind, Context
from backoffice.kernel.audit import listing as audit_log
from backoffice.kernel.audit import store as audit_store
from backoffice.kernel.audit.entry import Entry
from backoffice.kernel.database import Query
from backoffice.shield.audit_log.rules import changes_about
from backoffice.shield.claim import documents
from backoffice.shield.claim import listing as claims
from backoffice.shield.dashboard import store as dashboard
from backoffice.shield.dashboard.rules import Periods
from backoffice.shield.member import listing as members
from backoffice.shield.member.rules import UserAct, name_in, person
from backoffice.shield.permissions import ROLES, Role
from backoffice.shield.product import SHIELD
from benchmarks.product import NOWHERE, Door, Rows, Tested
from benchmarks.shield.content import ADMINS, CLAIMS_EACH, ENTRIES_EACH
from benchmarks.shield.fill import VERSION, fill, forget

PAGE_SIZE = 20
ADMIN = Actor(ActorKind.STAFF, ADMINS, f"admin_{ADMINS}", "shield", Role.SUPER_ADMIN, ROLES[Role.SUPER_ADMIN])
FROM = Context(request_id="load-run", address="127.0.0.1", agent="benchmarks")
CLAIMS = {"status": "pending"}
HERE = {"product": SHIELD.name}
"""What the list of claims is filtered by: a tenth of all."""


def _users(search: str) -> list[Query[Any]]:
    """A search first looks how many it fits."""
    if search:
        return [members.count_found(NOWHERE, search, name=name_in(search))]
    shown: dict[str, Any] = {}
    page = members.USERS.rows(NOWHERE, shown, limit=PAGE_SIZE, sort="signup_date_desc")
    return [page, members.USERS.total(NOWHERE, shown)]


def _users_found(search: str, found: Rows) -> list[Query[Any]]:
    """Its total is in the cache."""
    if not search:
        return []
    pages = members.FOUND if found[0]["count"] < members.MANY else members.MET
    shown = {"search": search, "name": name_in(search)}
    return [pages.rows(NOWHERE, shown, limit=PAGE_SIZE, sort="signup_date_desc")]


def _user(member_id: str) -> Sequence[Query[Any]]:
    return [
        members.get_detail(NOWHERE, member_id),
        members.list_claims(NOWHERE, member_id),
        members.list_payouts(NOWHERE, member_id),
        members.list_notes(NOWHERE, member_id),
        audit_log.LOG.rows(NOWHERE, changes_about(person(member_id)), limit=members.LATEST),
    ]


def _look(member_id: str) -> Sequence[Query[Any]]:
    facts = {"person": person(member_id), "before": None, "after": None, "reason": None}
    entry = Entry.new(UserAct.VIEWED, member_id, actor=ADMIN, context=FROM, **facts)
    return [audit_store.insert_entry(NOWHERE, entry)]


def _claims(_: str) -> Sequence[Query[Any]]:
    return [claims.CLAIMS.rows(NOWHERE, CLAIMS, limit=PAGE_SIZE), claims.CLAIMS.total(NOWHERE, CLAIMS)]


def _documents(_: str, found: Rows) -> Sequence[Query[Any]]:
    return [documents.list_of_claims(NOWHERE, [claim["id"] for claim in found])]


def _stats(_: str) -> Sequence[Query[Any]]:
    return [dashboard.list_sums(NOWHERE, Periods.around(datetime.now(UTC).date()))]


def _entries(_: str) -> Sequence[Query[Any]]:
    return [audit_log.LOG.rows(NOWHERE, HERE, limit=PAGE_SIZE), audit_log.LOG.total(NOWHERE, HERE)]


MEMBERS = Tested(
    SHIELD,
    ADMIN,
    version=VERSION,
    fill=fill,
    forget=forget,
    contents=lambda members: (
        f"{members:,} members, {members * CLAIMS_EACH:,} claims, {members * ENTRIES_EACH:,} audit entries"
    ),
    doors={
        "users": Door("/shield/v1/admin/users", asks=lambda _: _users("")),
        "search": Door("/shield/v1/admin/users?search={}", asks=_users, then=_users_found),
        "user": Door("/shield/v1/admin/users/{}", asks=_user, keeps=_look),
        "claims": Door("/shield/v1/admin/claims?status=pending", asks=_claims, then=_documents),
        "stats": Door("/shield/v1/admin/dashboard/stats", asks=_stats),
        "audit": Door("/shield/v1/admin/audit-log", asks=_entries),
    },
)
