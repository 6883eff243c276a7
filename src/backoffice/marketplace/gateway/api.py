"""The webhook that payment gateways call, and the doors where staff see what became of what they told."""

from backoffice.kernel.database import Db
from backoffice.kernel.identifiers import ShownId
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.web.call import read_body
from backoffice.kernel.write import Tx
from backoffice.marketplace.fields import PathReference
from backoffice.marketplace.gateway import actions, rules, store
from backoffice.marketplace.gateway.rules import GatewayEventAct
from backoffice.marketplace.gateway.schemas import BodyOut, EventsQuery, ReceivedOut
from backoffice.marketplace.gateway.store import EventRow
from backoffice.marketplace.permissions import Market
from backoffice.marketplace.product import MARKETPLACE, Listed, Success, meta, success

webhook_door = Doors(MARKETPLACE, tag="Payment gateways", prefix="/api/v1/gateways")
door = Doors(MARKETPLACE, tag="Payment gateways", prefix="/api/v1/admin/gateway-events")


@webhook_door.post(
    "/{gateway}/webhook",
    public="a gateway proves itself by the signature of the body",
    unlimited="one address brings every customer's payments",
    errors=[rules.WrongSignature],
)
async def receive_webhook(gateway: PathReference, call: Call) -> ReceivedOut:
    """Take in what a payment gateway tells. Whatever is signed is answered with 200; what it asks for is a job."""
    raw = await read_body(call, rules.LARGEST_WEBHOOK_BYTES)
    teller = actions.check_signature(call.house, gateway, raw=raw, header=call.headers.get)
    await actions.take_in(call.house, call.context, gateway=teller, raw=raw)
    return {"success": True}


@door.get("", permission=Market.PAYMENTS_LIST)
async def list_events(query: EventsQuery, db: Db, call: Call) -> Listed[EventRow]:
    """What gateways told, newest first; `status=set_aside` and `status=stuck` are what nobody could carry out."""
    rows, total = await store.EVENTS.page(db, query, call)
    return {"success": True, "data": rows, "meta": meta(query.number, query.size, total=total)}


@door.get("/{event_id}", permission=Market.PAYMENTS_LIST, errors=[rules.GatewayEventNotFound])
async def get_event(event_id: ShownId, db: Db) -> Success[EventRow]:
    """One event, and what became of it."""
    return success(await store.get_event(db, event_id))


@door.get(
    "/{event_id}/body",
    permission=Market.USERS_VIEW_PII,
    audit=[GatewayEventAct.VIEWED],
    errors=[rules.GatewayEventNotFound],
)
async def view_body(event_id: ShownId, tx: Tx, call: Call) -> Success[BodyOut]:
    """The event as the gateway wrote it, with what it says of people. Who looked is kept."""
    body = await actions.view_event(tx, call.house, event_id)
    return success({"id": event_id, "body": body.decode("utf-8", "replace")})


@door.post(
    "/{event_id}/retry",
    permission=Market.PAYMENTS_REFUND,
    audit=[GatewayEventAct.RETRIED],
    errors=[rules.GatewayEventNotFound, rules.EventCarriedOut],
)
async def retry_event(event_id: ShownId, tx: Tx) -> Success[EventRow]:
    """Take up again what was set aside or stuck: after a payment became known, or a new version knows its kind."""
    await actions.retry_event(tx, event_id)
    return success(await store.get_event(tx, event_id))
