"""That the house is held is seen: by health checks, in every answer, by whoever asks on the command line."""

import httpx

from backoffice.kernel import recovery
from backoffice.kernel.journal import hold
from backoffice.kernel.web.front import Front


async def test_health_checks_and_every_answer_say_that_the_house_is_held(application: Front) -> None:
    await application.house.open()
    transport = httpx.ASGITransport(application, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.test") as client:
        before = await client.get("/readyz")
        await recovery.settle(application.house)
        ready = await client.get("/readyz")
        answer = await client.get("/helpdesk/api/v1/tickets")
        async with application.house.database.write(recovery.RESTORER) as tx:
            held = await hold.lock_hold(tx)
            assert held is not None
            await hold.set_released(tx, held.id)
            tx.record("released", held.id)
        after = await client.get("/readyz")
    await application.house.close()

    assert (before.text, ready.text, after.text) == ("ready", "ready, held after a restore", "ready")
    assert answer.headers["x-held"].startswith("restored: nothing is sent")
