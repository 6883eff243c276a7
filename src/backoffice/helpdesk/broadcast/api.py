"""The broadcast doors of the dashboard. They answer bare JSON."""

from backoffice.helpdesk.broadcast import actions, listing
from backoffice.helpdesk.broadcast.rules import BroadcastAct, BroadcastNotFound, BroadcastOver, NobodyToSendTo
from backoffice.helpdesk.broadcast.schemas import (
    BroadcastDetailOut,
    BroadcastIn,
    BroadcastOut,
    BroadcastsPage,
    BroadcastsQuery,
    MessageForm,
)
from backoffice.helpdesk.customer.numbers import read_numbers
from backoffice.helpdesk.customer.upload import NumbersFile, SampleCsv
from backoffice.helpdesk.outbox.rules import TooLongForTemplate, check_fits_template, template_room
from backoffice.helpdesk.permissions import Desk
from backoffice.helpdesk.product import HELPDESK
from backoffice.kernel.database import Db, together
from backoffice.kernel.database.rows import values_of
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.web.inputs import Id
from backoffice.kernel.write import Tx

door = Doors(HELPDESK, tag="Broadcast", prefix="/api/v1/broadcast")


def _check_fits(call: Call, message: str) -> None:
    """Most recipients get it by the template: what that has no room for is refused for all of them."""
    settings = call.house.settings
    room = template_room(settings.whatsapp_template, settings.whatsapp_template_text)
    if room is not None:
        check_fits_template(message, room)


@door.post(
    "", permission=Desk.BROADCAST_MANAGE, audit=[BroadcastAct.STARTED], errors=[NobodyToSendTo, TooLongForTemplate]
)
async def start_broadcast(body: BroadcastIn, tx: Tx, call: Call) -> BroadcastOut:
    """Send one message to many numbers, each once. Answers at once; sending goes on behind it."""
    _check_fits(call, body.message)
    numbers = read_numbers(body.phone_numbers, country=call.house.settings.default_country)
    broadcast_id = await actions.start_broadcast(tx, body.message, numbers)
    return await listing.get_broadcast(tx, broadcast_id)


@door.post(
    "/upload-and-send",
    permission=Desk.BROADCAST_MANAGE,
    audit=[BroadcastAct.STARTED],
    errors=[NobodyToSendTo, TooLongForTemplate],
)
async def upload_and_send(upload: NumbersFile, form: MessageForm, tx: Tx, call: Call) -> BroadcastOut:
    """Send the form's `message` to the numbers of a CSV or Excel file."""
    _check_fits(call, form.message)
    broadcast_id = await actions.start_broadcast(tx, form.message, upload.numbers)
    return await listing.get_broadcast(tx, broadcast_id)


@door.get("", permission=Desk.BROADCAST_MANAGE)
async def list_broadcasts(query: BroadcastsQuery, db: Db, call: Call) -> BroadcastsPage:
    """All broadcasts, newest first."""
    jobs, total = await listing.BROADCASTS.page(db, query, call)
    return {"total": total, "page": query.number, "page_size": query.size, "jobs": jobs}


@door.get("/sample-csv", public="a sample of the file's form, without any data")
async def get_broadcast_sample(call: Call) -> SampleCsv:
    """A file of recipients to start from."""
    return SampleCsv("broadcast-sample.csv")


@door.get("/{broadcast_id}", permission=Desk.BROADCAST_MANAGE, errors=[BroadcastNotFound])
async def get_broadcast(broadcast_id: Id, db: Db) -> BroadcastDetailOut:
    """One broadcast, with everybody who got nothing and why."""
    row, failures = await together(listing.get_broadcast(db, broadcast_id), listing.list_failures(db, broadcast_id))
    return BroadcastDetailOut(**values_of(row), failed_recipients=failures)


@door.post(
    "/{broadcast_id}/cancel",
    permission=Desk.BROADCAST_MANAGE,
    audit=[BroadcastAct.CANCELLED],
    errors=[BroadcastNotFound, BroadcastOver],
)
async def cancel_broadcast(broadcast_id: Id, tx: Tx) -> BroadcastOut:
    """Stop a broadcast that is not over. The few messages already in the outbox are still sent."""
    await actions.cancel_broadcast(tx, broadcast_id)
    return await listing.get_broadcast(tx, broadcast_id)
