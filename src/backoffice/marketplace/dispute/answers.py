"""From rows to the shapes of the contract."""

from dataclasses import asdict
from typing import cast

from backoffice.marketplace.dispute.schemas import DetailOut, EventOut
from backoffice.marketplace.dispute.store import DetailRow, EventRow


def event_out(row: EventRow) -> EventOut:
    return {
        "event": row.event,
        "actor": row.actor_kind,
        "actor_name": row.actor_name,
        "details": row.details,
        "timestamp": row.at,
    }


def detail_out(row: DetailRow, events: list[EventRow]) -> DetailOut:
    return cast(DetailOut, {**asdict(row), "timeline": [event_out(one) for one in events]})
