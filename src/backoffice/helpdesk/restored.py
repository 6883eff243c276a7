"""The helpdesk after a restore: what had been handed to WhatsApp is not sent a second time."""

from collections.abc import Sequence
from datetime import datetime

from backoffice.helpdesk.intake import store as intake
from backoffice.helpdesk.outbox import rules
from backoffice.helpdesk.outbox import store as outbox
from backoffice.kernel.actor import system
from backoffice.kernel.database import Db, Query
from backoffice.kernel.house import House
from backoffice.kernel.journal.book import Kind, Line
from backoffice.kernel.web.part import Part

RESTORER = system("helpdesk", "restore")


async def settle(house: House, lines: Sequence[Line]) -> list[str]:
    """Messages that wait here and were being sent then are unknown: a status of WhatsApp settles them, or a person."""
    sent = [one["arguments"]["outbound_id"] for one in lines if one["kind"] == Kind.SENT and one["name"] == rules.SEND]
    if sent:
        async with house.database.write(RESTORER) as tx:
            await outbox.set_sent_before(tx, sent, most_resends=rules.MOST_RESENDS)
            tx.record("messages sent before the restore", len(sent))
    return []


def list_received(db: Db, since: datetime) -> Query[list[str]]:
    return intake.list_received(db, since=since)


def list_unknown(db: Db, lines: Sequence[Line]) -> Query[list[str]]:
    """Messages that were sent and that this database does not have."""
    sent = [one["arguments"]["outbound_id"] for one in lines if one["kind"] == Kind.SENT and one["name"] == rules.SEND]
    return outbox.list_unknown(db, sent)


PART = Part(settle=settle, list_received=list_received, list_unknown=list_unknown)
