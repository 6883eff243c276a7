"""What staff do at the doors of disputes, each time with a key of its own, and what was sent because of it."""

import itertools
from typing import Any

import httpx

from backoffice.kernel.actor import Context, system
from backoffice.kernel.house import House
from backoffice.kernel.jobs.queue import JobRun
from backoffice.kernel.notify.jobs import send_notification
from tests.kernel.notify.conftest import parsed
from tests.marketplace.making import Given, StaffClient

DISPUTES = "/api/v1/admin/disputes"
WAITING = "SELECT array_agg(id ORDER BY id) FROM kernel.notification WHERE status = 'queued'"
BODIES = "SELECT coalesce(jsonb_agg(body::jsonb ORDER BY happened_at, id), '[]') FROM kernel.webhook_event"
KEYS = itertools.count(1)


class Desk:
    """A member of staff at work."""

    def __init__(self, client: StaffClient) -> None:
        self.client = client
        self.id = client.staff.id

    async def change(self, dispute: dict[str, Any], **wanted: Any) -> httpx.Response:
        return await self.client.patch(f"{DISPUTES}/{dispute['id']}", json=wanted, headers=_key())

    async def say(self, dispute: dict[str, Any], message: str, **more: Any) -> httpx.Response:
        body = {"message": message, **more}
        return await self.client.post(f"{DISPUTES}/{dispute['id']}/messages", json=body, headers=_key())

    async def assign(self, dispute: dict[str, Any], to: int, **more: Any) -> httpx.Response:
        body = {"admin_user_id": to, **more}
        return await self.client.post(f"{DISPUTES}/{dispute['id']}/assign", json=body, headers=_key())

    async def get(self, dispute: dict[str, Any]) -> dict[str, Any]:
        answer = await self.client.get(f"{DISPUTES}/{dispute['id']}")
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]  # type: ignore[no-any-return]

    async def queue(self, **asked: Any) -> dict[str, Any]:
        answer = await self.client.get(DISPUTES, params=asked)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]  # type: ignore[no-any-return]

    async def ids(self, **asked: Any) -> list[int]:
        return [one["id"] for one in (await self.queue(**asked))["items"]]


def _key() -> dict[str, str]:
    return {"Idempotency-Key": f"key {next(KEYS)}"}


def clock(house: House) -> JobRun:
    """A worker's run of the periodic jobs."""
    return JobRun(house, system("marketplace", "tests"), Context(), 0)


async def mails(given: Given) -> list[tuple[str, str]]:
    """(address, subject and text) of whatever was sent by e-mail since the last look, by address."""
    run = JobRun(given.house, system("kernel", "tests"), Context(), 0)
    for notice_id in await given.value(WAITING) or []:
        await send_notification(run, notice_id=notice_id)
    folder = given.house.settings.data_folder / "mailbox"
    found = []
    for file in sorted(folder.iterdir()) if folder.exists() else []:
        message = parsed(file.read_bytes())
        found.append((message["To"].addresses[0].addr_spec, f"{message['Subject']}\n{message.get_content()}"))
        file.unlink()
    return sorted(found)


async def told(given: Given) -> list[tuple[str, dict[str, Any]]]:
    """(event, data) of every webhook so far."""
    return [(body["event"], body["data"]) for body in await given.value(BODIES)]


async def pass_time(given: Given, dispute: dict[str, Any], *, hours: float) -> None:
    """Bring the deadline nearer by so many hours."""
    async with given.write() as tx:
        tx.record("time passes", "tests")
        await tx.run(
            """
            UPDATE marketplace.dispute SET resolution_deadline = resolution_deadline - %(hours)s * interval '1 hour'
             WHERE id = %(id)s
            """,
            hours=hours,
            id=dispute["id"],
        )
