"""Whatever reaches the outside takes the one way out: its job is declared outward."""

import ast
from collections.abc import Iterator
from pathlib import Path

import backoffice

SOURCE = Path(backoffice.__file__).parent
CLIENTS = ("whatsapp.graph", "notify import actions, channels", "webhooks.sending", "transfer.rails", "refund.port")
"""Rails, gateways, mail, WhatsApp and webhooks, as files of jobs import them."""
ASKING = {"settle_payout", "answer_message"}
"""They ask what became of a payout, or fetch the picture of a message, and send nothing."""
SWEEPING = {"queue_due_payouts", "queue_silent_refunds", "sweep_outbox", "carry_on_broadcasts"}
"""By the clock, they queue what goes outside: held, they have no turns."""


def declared(kind: str) -> Iterator[tuple[str, str, bool]]:
    """Each `job` or `periodic`: its function, the text of its file, and whether it is outward."""
    for path in sorted(SOURCE.rglob("jobs.py")):
        text = path.read_text()
        for node in ast.walk(ast.parse(text)):
            for mark in node.decorator_list if isinstance(node, ast.AsyncFunctionDef) else ():
                if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Name) and mark.func.id == kind:
                    assert isinstance(node, ast.AsyncFunctionDef)
                    yield node.name, text, any(given.arg == "outward" for given in mark.keywords)


def test_every_job_whose_file_imports_a_client_of_the_outside_is_declared_outward() -> None:
    found = {name: is_outward for name, text, is_outward in declared("job") if any(one in text for one in CLIENTS)}

    assert {name for name, is_outward in found.items() if not is_outward} == ASKING
    assert len(found) >= len(CLIENTS)


def test_what_queues_it_by_the_clock_is_too() -> None:
    assert {name for name, _, is_outward in declared("periodic") if is_outward} == SWEEPING
