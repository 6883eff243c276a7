"""Totals of the audit log by the day: the same as if every entry were counted, whatever has been counted already."""

from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any

import pytest

from backoffice.kernel.actor import Context, system
from backoffice.kernel.audit import listing
from backoffice.kernel.audit import store as audit_store
from backoffice.kernel.jobs.queue import JobRun
from backoffice.kernel.proof import jobs
from tests.conftest import superuser
from tests.shield.making import Given

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
DAYS = 90
LOGGED = """
INSERT INTO kernel.audit_entry (id, at, product, actor_kind, actor_id, actor_label, action, subject, address, agent,
                                request_id, digest)
SELECT uuidv7(), %(end)s - number * interval '7 hours', (ARRAY['shield', 'helpdesk'])[1 + number / 9 %% 2],
       (ARRAY['staff', 'system'])[1 + number / 5 %% 2], %(staff)s, '',
       (ARRAY['user.viewed', 'claim.note_added'])[1 + number %% 2], 'user:1', '', '', '', ''
  FROM generate_series(0, 300) AS number
"""


@pytest.fixture
async def admin_id(given: Given, server: Any) -> Any:
    """An admin with a log of ninety days, some of it at midnight."""
    admin = await given.admin()
    with superuser(server) as connection:
        connection.execute(LOGGED, {"end": TODAY, "staff": admin.actor.id})
    return await given.value("SELECT public_id FROM kernel.staff WHERE id = %(id)s", id=admin.actor.id)


async def count_days(given: Given, *, before: datetime) -> None:
    counted = 1
    while counted:
        async with given.write() as tx:
            counted = await audit_store.count_days(tx, before=before)


@pytest.mark.parametrize("counted_until", [None, TODAY - timedelta(days=50), TODAY])
async def test_any_time_and_filter_has_the_total_of_its_entries(
    counted_until: datetime | None, given: Given, admin_id: Any
) -> None:
    random = Random(20)
    if counted_until:
        await count_days(given, before=counted_until)

    def moment() -> datetime | None:
        hours = random.choice((0, 0, random.uniform(0, 24)))
        return random.choice((None, TODAY - timedelta(days=random.randint(-2, DAYS + 2), hours=hours)))

    for _ in range(60):
        shown = {
            "product": "shield",
            "staff": random.choice((None, admin_id)),
            "action": random.choice((None, "user_viewed")),
            "person": None,
            "first": moment(),
            "past": moment(),
        }
        async with given.read() as db:
            by_day = await db.value(int, listing.BY_DAY.where(shown), **shown)
            one_by_one = await db.value(int, listing.LOG.count.where(shown), **shown)
            assert by_day == one_by_one, shown
            assert listing.BY_DAY.knows(shown)


@pytest.mark.parametrize("product", ["shield", "helpdesk"])
async def test_a_day_is_counted_once_and_only_when_it_is_over(product: str, given: Given, admin_id: Any) -> None:
    end = TODAY - timedelta(days=3)
    for _ in range(2):
        await count_days(given, before=end)

    kept = "SELECT sum(entries)::bigint FROM kernel.audit_day WHERE product = %(product)s"
    logged = "SELECT count(*) FROM kernel.audit_entry WHERE product = %(product)s AND at < %(end)s"
    assert await given.value(kept, product=product) == await given.value(logged, product=product, end=end) > 0
    assert await given.value("SELECT max(day) FROM kernel.audit_day") < end.date()


async def test_the_job_counts_every_day_before_the_one_of_an_hour_ago(given: Given, admin_id: Any) -> None:
    await jobs.count_audit_days(JobRun(given.house, system("kernel", "tests"), Context(), 0))

    last = (datetime.now(UTC) - timedelta(hours=1)).date()
    logged = "SELECT count(*) FROM kernel.audit_entry WHERE at < %(end)s"
    kept = await given.value("SELECT sum(entries)::bigint FROM kernel.audit_day")
    assert kept == await given.value(logged, end=datetime.combine(last, time(), UTC)) > 0
