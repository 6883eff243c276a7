"""What of sign-ins is deleted when; what still counts stays."""

from typing import Any

from backoffice.kernel.actor import Context, system
from backoffice.kernel.identifiers import uuid7
from backoffice.kernel.identity.jobs import forget_sign_ins
from backoffice.kernel.jobs.queue import JobRun
from tests.making import Make


async def aged(make: Make, sql: Any, **params: Any) -> None:
    async with make.write() as tx:
        tx.record("made", "for a test")
        await tx.run(sql, **params)


async def test_what_ended_long_ago_is_deleted_and_the_rest_stays(make: Make) -> None:
    old, ended, live = [await make.agent() for _ in range(3)]
    await aged(
        make,
        "UPDATE kernel.session SET expires_at = now() - interval '31 days' WHERE id = %(id)s",
        id=old.session_id,
    )
    await aged(
        make,
        "UPDATE kernel.session SET ended_at = now(), expires_at = now() - interval '29 days' WHERE id = %(id)s",
        id=ended.session_id,
    )
    for days, member in ((2, live), (0, live), (40, old)):
        await aged(
            make,
            "INSERT INTO kernel.refresh_token (id, session_id, expires_at)"
            " VALUES (%(id)s, %(session_id)s, now() - make_interval(days => %(days)s::int))",
            id=uuid7(),
            session_id=member.session_id,
            days=days,
        )
    for days in (89, 91):
        await aged(
            make,
            "INSERT INTO kernel.known_device (staff_id, device, seen_at)"
            " VALUES (%(id)s, %(device)s, now() - make_interval(days => %(days)s::int))",
            id=live.id,
            device=bytes([days]),
            days=days,
        )

    await forget_sign_ins(JobRun(make.house, system("kernel", "forget"), Context(), 0))

    async with make.read() as db:
        sessions = await db.values(str, "SELECT id::text FROM kernel.session ORDER BY staff_id")
        tokens = await db.value(int, "SELECT count(*) FROM kernel.refresh_token")
        devices = await db.values(bytes, "SELECT device FROM kernel.known_device")
    assert sessions == [ended.session_id, live.session_id]
    assert (tokens, devices) == (1, [bytes([89])])
