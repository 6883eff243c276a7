"""The dashboard's doors to WhatsApp users and to one person's conversation."""

from dataclasses import asdict
from functools import partial

from backoffice.helpdesk.customer import store
from backoffice.helpdesk.customer.answers import message_out
from backoffice.helpdesk.customer.rules import CustomerAct, CustomerNotFound
from backoffice.helpdesk.customer.schemas import ConversationPage, ConversationQuery, CustomersPage, CustomersQuery
from backoffice.helpdesk.permissions import Desk
from backoffice.helpdesk.product import FILES, HELPDESK, Success, success
from backoffice.kernel.database import Db, together
from backoffice.kernel.phones import sought
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.web.inputs import Id
from backoffice.kernel.write import Tx

door = Doors(HELPDESK, tag="Customers", prefix="/api/v1/users")


@door.get("", permission=Desk.CUSTOMERS_VIEW)
async def list_customers(query: CustomersQuery, db: Db, call: Call) -> Success[CustomersPage]:
    """Who writes to us on WhatsApp, newest first, with the total under the same filters."""
    numbers = asdict(sought(query.search or "", country=call.house.settings.default_country))
    rows, total = await store.CUSTOMERS.page(db, query, call, search=query.search or None, **numbers)
    return success({"users": rows, "total": total, "limit": query.size, "offset": query.start})


@door.get(
    "/{user_id}/conversations",
    permission=Desk.CUSTOMERS_VIEW,
    audit=[CustomerAct.CONVERSATION_VIEWED],
    errors=[CustomerNotFound],
)
async def view_conversation(user_id: Id, query: ConversationQuery, tx: Tx, call: Call) -> Success[ConversationPage]:
    """What one person wrote and got, with their tickets. That somebody looked is recorded.

    The first page holds the latest messages; each page reads from its oldest to its newest, as a chat does.
    """
    customer, messages, total, tickets = await together(
        store.CUSTOMERS.one(tx, user_id, missing=CustomerNotFound(user_id=user_id)),
        store.list_messages(tx, user_id, limit=query.size, offset=query.start),
        store.count_messages(tx, user_id),
        store.list_tickets(tx, user_id),
    )
    tx.audit(CustomerAct.CONVERSATION_VIEWED, user_id, person=f"whatsapp:{user_id}")
    sign = partial(call.house.links.sign, FILES)
    return success(
        {
            "user": customer,
            "conversations": [message_out(message, sign=sign) for message in reversed(messages)],
            "total_messages": total,
            "tickets": tickets,
        }
    )
