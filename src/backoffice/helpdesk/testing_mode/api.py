"""The testing mode doors of the dashboard: switch, fixed answer, whitelist. They answer bare JSON."""

from backoffice.helpdesk.customer.numbers import Numbers, read_numbers
from backoffice.helpdesk.customer.upload import NumbersFile, SampleCsv
from backoffice.helpdesk.permissions import Desk
from backoffice.helpdesk.product import HELPDESK
from backoffice.helpdesk.testing_mode import actions, store
from backoffice.helpdesk.testing_mode.rules import ModeAct, NotOnTheWhitelist
from backoffice.helpdesk.testing_mode.schemas import (
    AddedOut,
    ConfigOut,
    LabelForm,
    MessageIn,
    NumbersIn,
    RemovedOut,
    ToggleIn,
    WhitelistIn,
    WhitelistPage,
    WhitelistQuery,
)
from backoffice.helpdesk.whatsapp.payload import as_digits
from backoffice.kernel.database import Db, together
from backoffice.kernel.web import Call, Doors
from backoffice.kernel.web.inputs import Id
from backoffice.kernel.write import Tx

door = Doors(HELPDESK, tag="Testing mode", prefix="/api/v1/testing-mode")


def _skipped(numbers: Numbers, changed: list[str]) -> list[str]:
    done = set(changed)
    unchanged = [as_digits(phone) for phone in numbers.phones if phone not in done]
    return [*unchanged, *numbers.repeated, *numbers.unreadable]


def added_out(numbers: Numbers, added: list[str]) -> AddedOut:
    skipped = _skipped(numbers, added)
    return {
        "added": len(added),
        "skipped": len(skipped),
        "added_numbers": [as_digits(phone) for phone in added],
        "skipped_numbers": skipped,
    }


@door.get("/config", permission=Desk.TESTING_MODE_MANAGE)
async def get_testing_mode(db: Db) -> ConfigOut:
    """Whether testing mode is on, what the others are answered, and how many numbers are whitelisted."""
    return await store.get_config(db)


@door.post("/config/toggle", permission=Desk.TESTING_MODE_MANAGE, audit=[ModeAct.TOGGLED])
async def toggle_testing_mode(body: ToggleIn, tx: Tx) -> ConfigOut:
    """Switch testing mode on or off."""
    return await actions.toggle(tx, to=body.is_enabled)


@door.put("/config/static-response", permission=Desk.TESTING_MODE_MANAGE, audit=[ModeAct.MESSAGE_SET])
async def set_static_response(body: MessageIn, tx: Tx) -> ConfigOut:
    """Set the answer for numbers that are not whitelisted."""
    return await actions.set_message(tx, body.message)


@door.get("/whitelist", permission=Desk.TESTING_MODE_MANAGE)
async def list_whitelist(query: WhitelistQuery, db: Db) -> WhitelistPage:
    """The numbers that get the assistant while testing mode is on, newest first."""
    numbers, total = await together(
        store.list_whitelist(db, limit=query.size, offset=query.start), store.count_whitelist(db)
    )
    return {"total": total, "page": query.start // query.size + 1, "page_size": query.size, "numbers": numbers}


@door.post("/whitelist", permission=Desk.TESTING_MODE_MANAGE, audit=[ModeAct.WHITELIST_CHANGED])
async def add_to_whitelist(body: WhitelistIn, tx: Tx, call: Call) -> AddedOut:
    """Put numbers on the whitelist."""
    numbers = read_numbers(body.phone_numbers, country=call.house.settings.default_country)
    return added_out(numbers, await actions.whitelist(tx, numbers, label=body.label or None))


@door.delete("/whitelist", permission=Desk.TESTING_MODE_MANAGE, audit=[ModeAct.WHITELIST_CHANGED])
async def remove_from_whitelist(body: NumbersIn, tx: Tx, call: Call) -> RemovedOut:
    """Take numbers off the whitelist."""
    numbers = read_numbers(body.phone_numbers, country=call.house.settings.default_country)
    removed = await actions.unlist(tx, numbers)
    skipped = _skipped(numbers, removed)
    return {
        "removed": len(removed),
        "skipped": len(skipped),
        "removed_numbers": [as_digits(phone) for phone in removed],
        "skipped_numbers": skipped,
    }


@door.post("/whitelist/upload", permission=Desk.TESTING_MODE_MANAGE, audit=[ModeAct.WHITELIST_CHANGED])
async def upload_whitelist(upload: NumbersFile, form: LabelForm, tx: Tx) -> AddedOut:
    """Put the numbers of a CSV or Excel file on the whitelist; the form may carry a `label` for them."""
    return added_out(upload.numbers, await actions.whitelist(tx, upload.numbers, label=form.label or None))


@door.get("/whitelist/sample-csv", public="a sample of the file's form, without any data")
async def get_whitelist_sample(call: Call) -> SampleCsv:
    """A file of numbers to start from."""
    return SampleCsv("whitelist-sample.csv")


@door.delete(
    "/whitelist/{listed_id}",
    permission=Desk.TESTING_MODE_MANAGE,
    audit=[ModeAct.WHITELIST_CHANGED],
    errors=[NotOnTheWhitelist],
)
async def remove_listed(listed_id: Id, tx: Tx) -> RemovedOut:
    """Take one entry off the whitelist."""
    phone = await actions.unlist_one(tx, listed_id)
    return {"removed": 1, "skipped": 0, "removed_numbers": [as_digits(phone)], "skipped_numbers": []}
