"""An authenticator app, for the doors of the second factor that every product has."""

import time

import httpx

from backoffice.kernel.identity import totp
from tests.conftest import PASSWORD


def code(secret: str, *, later: int = 1) -> str:
    """What the app shows so many steps from now: the next one counts already, and stays newer than the present one."""
    return totp.code_at(secret, int(time.time()) // 30 + later)


class App:
    """An app with one account: enrolled with the present code, it proves itself with the next.

    `doors` is the address of the product's sign-in doors.
    """

    def __init__(self, client: httpx.AsyncClient, *, doors: str) -> None:
        self.client = client
        self.doors = doors
        self.secret = ""
        self.recovery_codes: list[str] = []

    async def enrol(self) -> "App":
        offered = await self.client.post(f"{self.doors}/mfa/enrol", json={"current_password": PASSWORD})
        assert offered.status_code == 200, offered.text
        self.secret = offered.json()["data"]["secret"]
        confirmed = await self.client.post(f"{self.doors}/mfa/confirm", json={"code": code(self.secret, later=0)})
        assert confirmed.status_code == 200, confirmed.text
        self.recovery_codes = confirmed.json()["data"]["recovery_codes"]
        return self

    async def step_up(self, given_code: str | None = None) -> httpx.Response:
        return await self.client.post(f"{self.doors}/step-up", json={"code": given_code or code(self.secret)})

    async def remove(self, given_code: str) -> httpx.Response:
        return await self.client.post(f"{self.doors}/mfa/remove", json={"code": given_code})

    async def standing(self) -> dict[str, object]:
        answer = await self.client.get(f"{self.doors}/mfa")
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]  # type: ignore[no-any-return]
