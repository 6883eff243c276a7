"""The webhook that WhatsApp's Cloud API calls: the challenge when it is set up, then messages and delivery statuses."""

import hmac

from starlette.responses import PlainTextResponse, Response

from backoffice.helpdesk.intake import actions, leftovers, rules
from backoffice.helpdesk.intake.schemas import (
    ChallengeQuery,
    LeftoverOut,
    LeftoversPage,
    LeftoversQuery,
    ReceivedOut,
)
from backoffice.helpdesk.permissions import Desk
from backoffice.helpdesk.product import HELPDESK, Success, success
from backoffice.helpdesk.whatsapp.signature import HEADER
from backoffice.kernel.database import Db
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.web.call import read_body

door = Doors(HELPDESK, tag="WhatsApp", prefix="/api/v1/whatsapp")


@door.get("/webhook", public="Meta proves itself by the verify token", errors=[rules.WrongVerifyToken])
async def confirm_webhook(query: ChallengeQuery, call: Call) -> Response:
    """Answer the challenge by which Meta makes sure that this address is ours."""
    expected = call.house.settings.whatsapp_verify_token.get_secret_value()
    genuine = hmac.compare_digest((query.verify_token or "").encode(), expected.encode())
    if not expected or not genuine or query.mode != rules.SUBSCRIBE:
        raise rules.WrongVerifyToken
    return PlainTextResponse(query.challenge)


@door.post(
    "/webhook",
    public="Meta proves itself by the signature of the body",
    unlimited="one address brings every customer's messages",
    errors=[rules.WrongSignature],
)
async def receive_webhook(call: Call) -> ReceivedOut:
    """Take in messages and delivery statuses. Whatever is signed is answered with 200; what it asks for is a job."""
    raw = await read_body(call, rules.LARGEST_WEBHOOK_BYTES)
    actions.check_signature(call.house, raw, header=call.headers.get(HEADER))
    await actions.take_in(call.house, call.context, events=actions.read_events(raw))
    return {"success": True}


@door.get("/leftovers", permission=Desk.TICKETS_MANAGE)
async def list_leftovers(query: LeftoversQuery, db: Db) -> Success[LeftoversPage]:
    """What WhatsApp told that nobody here knows: news about the account, calls, statuses of new kinds."""
    rows = await leftovers.list_leftovers(db, limit=query.size, offset=query.start)
    shown: list[LeftoverOut] = [
        {"id": row.id, "kind": row.kind, "told": row.told, "received_at": row.received_at} for row in rows
    ]
    return success({"leftovers": shown})
