"""Sending: the intent is committed first, WhatsApp is called outside any transaction, the outcome is recorded after."""

from typing import assert_never

from backoffice.helpdesk.outbox import actions, rules
from backoffice.helpdesk.outbox.rules import Kind, Outcome, Status
from backoffice.helpdesk.outbox.store import OutboundRow
from backoffice.helpdesk.whatsapp.account import graph_of
from backoffice.helpdesk.whatsapp.graph import GraphRefused, GraphUnavailable, GraphUncertain
from backoffice.helpdesk.whatsapp.payload import Button
from backoffice.kernel.jobs.queue import JobRun, job, periodic
from backoffice.settings import Settings


class NotTaken(Exception):
    """WhatsApp does not take messages for now; the queue tries this one again, and later ones wait behind it."""


@job(rules.SEND, attempts=400, outward=True)
async def send_outbound(run: JobRun, *, outbound_id: int) -> None:
    """Send one message. A crash between call and record leaves it `sending`, which the next run calls unknown."""
    async with run.write() as tx:
        row = await actions.claim(tx, outbound_id)
    if row is None:
        return
    outcome = await _try_to_send(run.house.settings, row)
    async with run.write() as tx:
        actions.settle(tx, outbound_id, outcome)
    if outcome.status is Status.QUEUED:
        raise NotTaken(outcome.error)


async def _try_to_send(settings: Settings, row: OutboundRow) -> Outcome:
    if not settings.whatsapp_access_token.get_secret_value():
        return Outcome(Status.FAILED, error="No WhatsApp account is configured")
    try:
        return Outcome(Status.SENT, wa_message_id=await _call(settings, row))
    except GraphRefused as refused:
        if not refused.throttled:
            return Outcome(Status.FAILED, error=str(refused))
        return _postponed(row, refused)
    except GraphUnavailable as unavailable:
        return _postponed(row, unavailable)
    except GraphUncertain as uncertain:
        return Outcome(Status.UNKNOWN, error=str(uncertain))


def _postponed(row: OutboundRow, why: Exception) -> Outcome:
    return Outcome(Status.FAILED if row.is_stale else Status.QUEUED, error=str(why))


async def _call(settings: Settings, row: OutboundRow) -> str:
    graph, payload, tracker = graph_of(settings), row.payload, rules.tracker_of(row.id)
    match row.kind:
        case Kind.TEXT:
            return await graph.send_text(row.phone, payload["body"], tracker=tracker)
        case Kind.BUTTONS:
            buttons = [Button(one["id"], one["title"]) for one in payload["buttons"]]
            return await graph.send_buttons(row.phone, payload["body"], buttons=buttons, tracker=tracker)
        case Kind.TEMPLATE:
            return await graph.send_template(
                row.phone,
                settings.whatsapp_template,
                language=settings.whatsapp_template_language,
                variables=[payload["variable"]],
                tracker=tracker,
            )
        case _:
            assert_never(row.kind)


@periodic("helpdesk.sweep_outbox", every_seconds=10, outward=True)
async def sweep_outbox(run: JobRun) -> None:
    """Take up what a dead sender left, and send again what nobody confirmed."""
    async with run.write() as tx:
        await actions.sweep_up(tx, after_seconds=run.house.settings.whatsapp_unknown_after_seconds)
