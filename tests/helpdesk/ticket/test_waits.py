"""What doors wait for: a list and a detail once, a write as often as it must know something before it goes on."""

from typing import Any

from tests.making import Make
from tests.waits import Waits


async def test_a_list_and_a_detail_wait_once(make: Make, signed_in: Any, waits: Waits) -> None:
    client = await signed_in(await make.admin())
    ticket = await make.ticket(customer=await make.customer())

    for path in ("", "?status=open&page_size=50", f"/{ticket.id}", f"/{ticket.id}/activities", "/unassigned"):
        with waits.counted() as seen:
            answer = await client.get(f"/api/v1/tickets{path}")
        assert (answer.status_code, seen) == (200, [1]), path


async def test_a_write_waits_for_its_key_for_what_its_action_asks_and_for_its_commit(
    make: Make, signed_in: Any, waits: Waits
) -> None:
    client = await signed_in(await make.admin())
    ticket = await make.ticket()

    with waits.counted() as seen:
        for _ in range(2):
            answer = await client.post(
                f"/api/v1/tickets/{ticket.id}/notes", json={"note": "Checking"}, headers={"Idempotency-Key": "note-1"}
            )
            assert answer.status_code == 200

    assert seen == [5, 2], "the second is a replay"
