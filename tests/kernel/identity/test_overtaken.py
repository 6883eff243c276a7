"""A reset or a dismissal wins over whatever was under way: credentials are looked at again where something is written.

Two ways make the overlap certain. `hashing` holds every hash back until it is told to go on; and a write that holds the
person's row lets the other one wait in PostgreSQL.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from backoffice.helpdesk.team.actions import deactivate_member
from backoffice.kernel.actor import system
from backoffice.kernel.identity import actions, passwords
from backoffice.kernel.write import Tx
from tests.conftest import PASSWORD
from tests.helpdesk.access.test_api import LOGIN, ME, REFRESH, bearer, sign_in
from tests.helpdesk.team.test_api import USERS
from tests.making import Make, Member

CHANGE = "/api/v1/auth/change-password"
PATIENCE_SECONDS = 30
NEW = "Better456!"


async def wait_until(holds: Callable[[], Any]) -> None:
    """Give way to everybody else until it holds."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            is_so = holds()
            if await is_so if asyncio.iscoroutine(is_so) else is_so:
                return
            await asyncio.sleep(0)


class Hashing:
    """The threads that hash: one, and it is busy until `go_on`."""

    def __init__(self) -> None:
        self.threads = ThreadPoolExecutor(1)
        self._busy = threading.Event()
        self.threads.submit(self._busy.wait, PATIENCE_SECONDS)

    async def begun(self) -> None:
        """Somebody's hash is waiting for its thread: what is read before it was read."""
        await wait_until(lambda: self.threads._work_queue.qsize() > 0)

    def go_on(self) -> None:
        self._busy.set()


@pytest.fixture
async def hashing() -> AsyncIterator[Hashing]:
    """From here on hashes wait."""
    held = Hashing()
    loop = asyncio.get_running_loop()
    loop.set_default_executor(held.threads)
    yield held
    held.go_on()
    loop.set_default_executor(ThreadPoolExecutor())
    held.threads.shutdown()


@pytest.fixture
def other_hash(password_hash: str) -> str:
    """What a reset writes."""
    return passwords.hasher.hash("Another789!")


async def live_sessions(make: Make, member: Member) -> int:
    async with make.read() as db:
        return await db.value(
            int,
            "SELECT count(*) FROM kernel.session WHERE staff_id = %(id)s AND ended_at IS NULL",
            id=member.id,
        )


async def reset(make: Make, member: Member, hashed: str) -> None:
    async with make.write(system("helpdesk", "command line")) as tx:
        await actions.reset_password(tx, member.id, hashed)


async def dismiss(make: Make, member: Member) -> None:
    async with make.write((await make.super_admin()).actor) as tx:
        await deactivate_member(tx, member.id)


async def test_a_sign_in_with_the_old_password_is_refused_once_it_was_reset(
    make: Make, visitor: Any, hashing: Hashing, other_hash: str
) -> None:
    agent = await make.agent()
    trying = asyncio.create_task(sign_in(visitor, agent.username))
    await hashing.begun()
    await reset(make, agent, other_hash)
    hashing.go_on()

    answer = await trying

    assert answer.status_code == 401
    assert await live_sessions(make, agent) == 0
    assert ("session.refused", f"session:{agent.username}", 0) in await make.audited()


async def test_a_sign_in_of_somebody_who_was_dismissed_meanwhile_is_refused(
    make: Make, visitor: Any, hashing: Hashing
) -> None:
    agent = await make.agent()
    trying = asyncio.create_task(sign_in(visitor, agent.username))
    await hashing.begun()
    await dismiss(make, agent)
    hashing.go_on()

    assert (await trying).status_code == 403
    assert await live_sessions(make, agent) == 0


async def test_a_password_changed_while_it_was_reset_stays_the_reset_one(
    make: Make, signed_in: Any, visitor: Any, hashing: Hashing, other_hash: str
) -> None:
    agent = await make.agent()
    body = {"old_password": PASSWORD, "new_password": NEW}
    trying = asyncio.create_task((await signed_in(agent)).post(CHANGE, json=body))
    await hashing.begun()
    await reset(make, agent, other_hash)
    hashing.go_on()

    assert (await trying).status_code == 401
    assert (await sign_in(visitor, agent.username, NEW)).status_code == 401
    assert (await sign_in(visitor, agent.username, "Another789!")).status_code == 200


async def test_an_admin_who_is_dismissed_while_a_one_time_password_is_hashed_issues_none(
    make: Make, signed_in: Any, hashing: Hashing, visitor: Any
) -> None:
    admin, agent = await make.admin(), await make.agent()
    trying = asyncio.create_task((await signed_in(admin)).post(f"{USERS}/{agent.id}/reset-password"))
    await hashing.begun()
    await dismiss(make, admin)
    hashing.go_on()

    assert (await trying).status_code == 401
    assert (await sign_in(visitor, agent.username)).status_code == 200


async def waits_in_the_database(make: Make, task: "asyncio.Task[Any]") -> None:
    """Until somebody waits for a lock, or the task no longer waits for anything."""

    async def one_waits() -> bool:
        async with make.read() as db:
            waiting = await db.value(
                bool, "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock')"
            )
        return waiting or task.done()

    await wait_until(one_waits)


Ending = Callable[[Tx, Member], Any]


@pytest.mark.parametrize("how", ["reset", "dismissed"])
@pytest.mark.parametrize("what", ["sign-in", "refresh"])
async def test_what_meets_an_end_that_is_not_committed_yet_waits_for_it(
    make: Make, visitor: Any, other_hash: str, how: str, what: str
) -> None:
    agent, chief = await make.agent(), await make.super_admin()
    pair = (await sign_in(visitor, agent.username)).json()["data"]
    asked = {
        "sign-in": (LOGIN, {"username": agent.username, "password": PASSWORD}),
        "refresh": (REFRESH, {"refresh_token": pair["refresh_token"]}),
    }
    path, body = asked[what]

    async with make.write(chief.actor) as tx:
        if how == "reset":
            await actions.reset_password(tx, agent.id, other_hash)
        else:
            await deactivate_member(tx, agent.id)
        trying = asyncio.create_task(visitor.post(path, json=body))
        await waits_in_the_database(make, trying)
    answer = await trying

    assert answer.status_code == (403 if (how, what) == ("dismissed", "sign-in") else 401)
    assert await live_sessions(make, agent) == 0


async def test_a_reset_ends_the_session_of_a_sign_in_it_waited_for(make: Make, visitor: Any, other_hash: str) -> None:
    agent = await make.agent()
    answer = await sign_in(visitor, agent.username)

    await reset(make, agent, other_hash)

    assert (await visitor.get(ME, headers=bearer(answer))).status_code == 401
