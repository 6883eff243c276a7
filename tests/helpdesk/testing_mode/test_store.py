"""Who gets the fixed answer, and who the assistant."""

from typing import Any

from backoffice.helpdesk.testing_mode.store import find_static_answer
from tests.making import Make

ASHA, RAVI = "+919876500001", "+919876500002"


async def answer_for(make: Make, phone: str) -> str | None:
    async with make.read() as db:
        return await find_static_answer(db, phone)


async def test_everybody_gets_the_assistant_while_testing_mode_is_off(make: Make) -> None:
    assert await answer_for(make, ASHA) is None


async def test_only_whitelisted_numbers_get_the_assistant_while_it_is_on(make: Make, signed_in: Any) -> None:
    client = await signed_in(await make.super_admin())
    await client.post("/api/v1/testing-mode/whitelist", json={"phone_numbers": [ASHA]})
    await client.put("/api/v1/testing-mode/config/static-response", json={"message": "Back tomorrow"})
    await client.post("/api/v1/testing-mode/config/toggle")

    assert await answer_for(make, ASHA) is None
    assert await answer_for(make, RAVI) == "Back tomorrow"

    await client.request("DELETE", "/api/v1/testing-mode/whitelist", json={"phone_numbers": [ASHA]})
    assert await answer_for(make, ASHA) == "Back tomorrow"
