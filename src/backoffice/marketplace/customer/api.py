"""The staff doors of customers (users and disputes, 1)."""

from backoffice.kernel.database import Db
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.web.inputs import Id
from backoffice.kernel.write import Tx
from backoffice.marketplace.customer import listing, rules
from backoffice.marketplace.customer.answers import detail_out, listed_out
from backoffice.marketplace.customer.filters import UsersQuery
from backoffice.marketplace.customer.rules import UserAct
from backoffice.marketplace.customer.schemas import DetailOut, UsersPage
from backoffice.marketplace.customer.searching import narrowed, terms_of
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.product import MARKETPLACE, Success, items, meta, success

door = Doors(MARKETPLACE, tag="Users", prefix="/api/v1/admin/users")


@door.get("", permission=Market.USERS_LIST)
async def list_users(query: UsersQuery, db: Db, call: Call) -> Success[UsersPage]:
    """Customers with their sums, newest first unless sorted otherwise.

    Without `users:view_pii` e-mail and phone are masked, and not searched either: a search would tell them.
    """
    shows_pii = call.caller.can(Market.USERS_VIEW_PII)
    if query.search:
        country = call.house.settings.default_country
        sought = await narrowed(db, terms_of(query.search, country=country, names_only=not shows_pii))
        users = listing.FOUND if sought["ids"] is not None else listing.MET
        rows, total = await users.page(db, query, call, **sought)
    else:
        rows, total = await listing.USERS.page(db, query, call, ids=None)
    shown = rows if shows_pii else [listed_out(row, shows_pii=False) for row in rows]
    return success(
        {
            **items(shown, query.number, size=query.size, total=total),
            "meta": meta(query.number, query.size, total=total),
        }
    )


@door.get("/{user_id}", permission=Market.USERS_VIEW, audit=[UserAct.VIEWED], errors=[rules.UserNotFound])
async def get_user(user_id: Id, tx: Tx, call: Call) -> Success[DetailOut]:
    """A customer's whole profile; who looked is recorded."""
    tx.audit(UserAct.VIEWED, user_id, person=rules.person(user_id))
    tx.send_ahead(listing.require_user(tx, user_id))
    (row,) = await tx.finish(listing.get_detail(tx, user_id))
    return success(detail_out(row, shows_pii=call.caller.can(Market.USERS_VIEW_PII)))
