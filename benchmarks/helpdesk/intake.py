"""Webhooks: how many signed messages a second are taken in, with a worker that answers them at the same time.

Everything is real: the API, the worker, and the stand-in for Meta, which reports each answer as delivered.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack

from pydantic import SecretStr

from backoffice.helpdesk.rehearsal import simulator
from benchmarks import load
from benchmarks.against import Served
from benchmarks.ground import APP_SECRET, HOST, Ground, free_port
from benchmarks.helpdesk.content import ASKED, phone
from benchmarks.load import Wanted
from benchmarks.plan import Finding, Plan
from benchmarks.product import Connection

WEBHOOK = "/helpdesk/api/v1/whatsapp/webhook"
MOST_A_SECOND = 2_000
"""Messages made beforehand for every second of the load: more than can be taken in."""
LONGEST_DRAIN_SECONDS = 300.0
LOOK_EVERY_SECONDS = 0.2
SLOWEST_MS = 200.0
PROGRESS = """
SELECT (SELECT count(*) FROM helpdesk.inbound),
       (SELECT count(*) FROM helpdesk.inbound WHERE handled_at IS NOT NULL),
       (SELECT count(*) FROM helpdesk.outbound WHERE status IN ('sent', 'delivered', 'read')),
       EXISTS (SELECT FROM helpdesk.inbound WHERE handled_at IS NULL)
       OR EXISTS (SELECT FROM helpdesk.outbound WHERE status IN ('queued', 'sending'))
"""


def intake(plan: Plan, here: Served) -> Iterator[Finding]:
    """Send for a while, then wait until everything is answered."""
    requests = [_message(number) for number in range(1, round(plan.seconds * MOST_A_SECOND) + 1)]
    graph_port = free_port()
    with ExitStack() as running, here.ground.connect() as db:
        records = running.enter_context(tempfile.TemporaryDirectory())
        desk = with_stand_in(here, graph_port)
        stand_in = ("stand-in", "--port", str(graph_port), "--folder", records)
        running.enter_context(desk.running("backoffice", *stand_in))
        running.enter_context(desk.running("backoffice", "worker"))
        begun = time.perf_counter()
        taken = load.apply(Wanted(here.port, requests, plan.seconds, plan.connections, once=True))
        kept, handled, sent, drained = _drain(db)
        seconds = time.perf_counter() - begun
    case = "webhook intake"
    yield Finding(case, "taken in, one signed message each", f"{taken.per_second:,.0f}/s, p50 {taken.p50:.1f} ms")
    slowest = f"{taken.p99:.1f} ms"
    yield Finding(case, "answered to Meta, p99", slowest, f"< {SLOWEST_MS:.0f} ms", taken.p99 < SLOWEST_MS)
    lost = taken.answers - kept
    yield Finding(case, "refused or lost", f"{taken.failures + max(0, lost)}", "0", taken.failures == 0 and lost <= 0)
    yield Finding(case, "messages handled by one worker behind it", f"{handled / seconds:,.0f}/s")
    said = f"{handled:,} of {kept:,} handled, {sent:,} answers sent, {seconds:.0f} s after the first"
    yield Finding(case, "the queue behind it", said if drained else f"{said}; still at it")


def signed_message(number: int) -> tuple[bytes, dict[str, str]]:
    body = simulator.payload(phone(number), simulator.text(ASKED[number % len(ASKED)]))
    return simulator.signed(body, APP_SECRET)


def _message(number: int) -> bytes:
    raw, headers = signed_message(number)
    return load.post(WEBHOOK, raw, headers=headers)


def with_stand_in(here: Served, graph_port: int) -> Ground:
    return here.ground.with_settings(
        public_url=f"http://{HOST}:{here.port}",
        whatsapp_graph_url=f"http://{HOST}:{graph_port}",
        whatsapp_access_token=SecretStr("stand-in"),
        whatsapp_phone_number_id="100200300",
        whatsapp_template="support_message",
    )


def _drain(db: Connection) -> tuple[int, int, int, bool]:
    """Messages kept and handled, answers sent, and whether nothing is left to do."""
    deadline = time.monotonic() + LONGEST_DRAIN_SECONDS
    while True:
        kept, handled, sent, busy = db.execute(PROGRESS).fetchall()[0]
        if not busy or time.monotonic() > deadline:
            return kept, handled, sent, not busy
        time.sleep(LOOK_EVERY_SECONDS)
