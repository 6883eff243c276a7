"""A model that hangs: how long agents' replies take while many customers wait for it.

Everything is real but the model, which takes calls and never answers.
"""

import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import httpx

from benchmarks.against import Served
from benchmarks.ground import HOST, free_port
from benchmarks.helpdesk.intake import WEBHOOK, signed_message, with_stand_in
from benchmarks.plan import Finding, Plan
from benchmarks.product import Connection

CUSTOMERS = 200
REPLIES = 10
MOST_SECONDS = 3.0
PATIENCE_SECONDS = 60.0
LOOK_EVERY_SECONDS = 0.02
SENT = "SELECT status IN ('sent', 'delivered', 'read') FROM helpdesk.outbound WHERE id = %s"
OPEN_TICKETS = """
WITH chosen AS (
    SELECT id, whatsapp_user_id FROM helpdesk.ticket WHERE status = 'in_progress' ORDER BY id DESC LIMIT %s
), wrote AS (
    UPDATE helpdesk.whatsapp_user u SET last_inbound_at = now(), opted_out_at = NULL
      FROM chosen WHERE u.id = chosen.whatsapp_user_id
)
SELECT id FROM chosen
"""
CLEARED = """
SET search_path TO public, procrastinate;
DELETE FROM procrastinate.procrastinate_jobs WHERE task_name = 'helpdesk.answer_message';
UPDATE helpdesk.inbound SET handled_at = now() WHERE handled_at IS NULL;
"""


def hanging(plan: Plan, here: Served) -> Iterator[Finding]:
    """Let the customers write, wait until the model holds a call, reply to others."""
    graph_port = free_port()
    with ExitStack() as running, here.ground.connect() as db:
        records = running.enter_context(tempfile.TemporaryDirectory())
        port, held = running.enter_context(_silent_model())
        desk = with_stand_in(here, graph_port).with_settings(
            llm_base_url=f"http://{HOST}:{port}/v1", llm_model="hangs", llm_timeout_seconds=PATIENCE_SECONDS
        )
        client = running.enter_context(httpx.Client(base_url=f"http://{HOST}:{here.port}", timeout=30))
        for number in range(1, CUSTOMERS + 1):
            raw, headers = signed_message(number)
            client.post(WEBHOOK, content=raw, headers=headers).raise_for_status()
        running.enter_context(desk.running("backoffice", "stand-in", "--port", str(graph_port), "--folder", records))
        running.enter_context(desk.running("backoffice", "worker"))
        _until(lambda: len(held) >= desk.settings.worker_model)
        seconds = [_reply(client, db, ticket, token=desk.token) for (ticket,) in db.execute(OPEN_TICKETS, [REPLIES])]
        db.execute(CLEARED)
    slowest = max(seconds)
    what = f"slowest of {len(seconds)} replies, {CUSTOMERS} customers waiting for a model that hangs"
    yield Finding("hanging model", what, f"{slowest:.2f} s", f"< {MOST_SECONDS:.0f} s", slowest < MOST_SECONDS)


def _reply(client: httpx.Client, db: Connection, ticket: int, *, token: str) -> float:
    """Seconds from an agent's click until WhatsApp has the words."""
    began = time.perf_counter()
    answer = client.post(
        f"/helpdesk/api/v1/tickets/{ticket}/messages",
        json={"message": "The money is back tomorrow."},
        headers={"Authorization": f"Bearer {token}"},
    )
    outbound = answer.raise_for_status().json()["data"]["reply"]["outbound_id"]
    _until(lambda: db.execute(SENT, [outbound]).fetchall() == [(True,)])
    return time.perf_counter() - began


def _until(holds: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        if time.monotonic() > give_up_at:
            raise TimeoutError
        time.sleep(LOOK_EVERY_SECONDS)


@contextmanager
def _silent_model() -> Iterator[tuple[int, list[socket.socket]]]:
    """Takes calls, keeps them, says nothing. Its port, and the calls it holds."""
    held: list[socket.socket] = []
    with socket.create_server((HOST, 0), backlog=500) as listening:

        def take() -> None:
            while True:
                try:
                    held.append(listening.accept()[0])
                except OSError:
                    return

        threading.Thread(target=take, daemon=True).start()
        yield listening.getsockname()[1], held
        for one in held:
            one.close()
