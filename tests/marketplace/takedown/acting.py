"""What moderators do at the doors of takedown requests, each time with a key of its own."""

import itertools
from typing import Any

import httpx

from tests.marketplace.making import StaffClient

REQUESTS = "/api/v1/admin/reviews/takedown-requests"
REASON = "The evidence shows that the vendor was there in time: the claims of this review are false."
KEYS = itertools.count(1)


class Moderator:
    """A member of staff at work."""

    def __init__(self, client: StaffClient) -> None:
        self.client = client
        self.id = client.staff.id

    async def send(self, request: dict[str, Any], **body: Any) -> httpx.Response:
        headers = {"Idempotency-Key": f"takedown {next(KEYS)}"}
        return await self.client.post(f"{REQUESTS}/{request['id']}/resolve", json=body, headers=headers)

    async def accept(self, request: dict[str, Any], action: str = "hide", **more: Any) -> httpx.Response:
        return await self.send(request, **{"decision": "accept", "action": action, "reason": REASON, **more})

    async def reject(self, request: dict[str, Any], **more: Any) -> httpx.Response:
        return await self.send(request, **{"decision": "reject", "reason": REASON, **more})

    async def get(self, request: dict[str, Any]) -> dict[str, Any]:
        answer = await self.client.get(f"{REQUESTS}/{request['id']}")
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]  # type: ignore[no-any-return]

    async def queue(self, **asked: Any) -> dict[str, Any]:
        answer = await self.client.get(REQUESTS, params=asked)
        assert answer.status_code == 200, answer.text
        return answer.json()  # type: ignore[no-any-return]

    async def numbers(self, **asked: Any) -> list[str]:
        return [one["request_number"] for one in (await self.queue(**asked))["data"]]
