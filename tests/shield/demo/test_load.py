"""The demo: as many as it promises, nothing that the house's own rules would not allow, and figures that add up."""

import hashlib
from datetime import UTC, datetime
from typing import Any

from backoffice.kernel.actor import Context, system
from backoffice.kernel.encryption.keyring import KeyRing
from backoffice.kernel.house import House
from backoffice.kernel.jobs.queue import JobRun
from backoffice.shield import demo
from backoffice.shield.claim.rules import recognised
from backoffice.shield.transfer.jobs import settle_payout
from tests.contract.test_examples import shield_reads_unlike_their_examples
from tests.shield.conftest import AdminOf, Platform
from tests.shield.dashboard.test_api import STATS, expected
from tests.shield.making import Given
from tests.shield.paying import come_due

ADMIN = "/v1/admin"


async def none_of(given: Given, condition: Any) -> bool:
    return await given.value(condition) == 0


async def test_it_tells_a_year_that_holds_together_and_every_read_answers_like_its_example(
    house: House, given: Given, admin_of: AdminOf, platform: Platform
) -> None:
    await demo.load(house)

    for table, count in {"member": 3_000, "claim": 600, "payout": 400}.items():
        assert await given.value(f"SELECT count(*) FROM shield.{table}") == count
    await the_rules_hold(given)
    await the_doors_show_it(given, admin_of)
    await the_numbers_open(given, house.keys)
    await the_documents_are_what_they_say(given, house)
    await payouts_are_on_their_way_until_the_rail_settles_them(given, house)
    assert await shield_reads_unlike_their_examples(house, admin_of, platform) == []


async def the_documents_are_what_they_say(given: Given, house: House) -> None:
    kinds = "SELECT count(DISTINCT content_type) FROM shield.claim_document WHERE verified_at IS {} NULL"
    assert [await given.value(kinds.format(either)) for either in ("NOT", "")] == [3, 3]
    assert await none_of(
        given,
        """
        SELECT count(*) FROM shield.claim_document d JOIN shield.claim c ON c.id = d.claim_id
         WHERE d.uploaded_at < c.submitted_at OR d.uploaded_at > now() OR d.verified_at < d.uploaded_at
            OR d.verified_at > c.decided_at OR (d.verified_at IS NULL) <> (d.verified_by IS NULL)
        """,
    )
    async with given.read() as db:
        cursor = await db.connection.execute("SELECT file_id, content_type, sha256 FROM shield.claim_document")
        documents = await cursor.fetchall()
    assert len(documents) == len({file_id for file_id, _, _ in documents}) == 180
    for file_id, content_type, sha256 in documents:
        content = (await house.files.fetch(file_id)).content
        assert (recognised(content), hashlib.sha256(content).digest()) == (content_type, sha256)


async def payouts_are_on_their_way_until_the_rail_settles_them(given: Given, house: House) -> None:
    under_way = "SELECT count(*) FROM shield.payout p WHERE p.status = 'processing'"
    sent = """
        AND EXISTS (SELECT FROM shield.payout_attempt a
                     WHERE a.payout_id = p.id AND a.status = 'sent' AND a.settles_on > a.sent_at::date)
    """
    assert await given.value(under_way) == await given.value(under_way + sent) == 15
    attempt_id = await given.value("SELECT id FROM shield.payout_attempt WHERE status = 'sent' LIMIT 1")
    await come_due(given, attempt_id)

    await settle_payout(JobRun(house, system("shield", "tests"), Context(), 0), attempt_id=attempt_id)

    assert await given.value(under_way) == 14


async def the_rules_hold(given: Given) -> None:
    assert await none_of(
        given,
        """
        SELECT count(*) FROM shield.claim c
          LEFT JOIN (SELECT claim_id, sum(amount_minor) AS paid FROM shield.payout WHERE status = 'completed'
                      GROUP BY claim_id) p ON p.claim_id = c.id
         WHERE c.amount_paid_minor <> coalesce(p.paid, 0)
            OR (c.status = 'paid') <> (c.amount_paid_minor = coalesce(c.amount_approved_minor, -1))
        """,
    )
    assert await none_of(given, "SELECT count(*) FROM shield.payout WHERE created_by = completed_by")
    assert await none_of(
        given, "SELECT count(*) FROM shield.payout WHERE completed_at < initiated_at OR initiated_at > now()"
    )
    assert await none_of(
        given,
        """
        SELECT count(*) FROM shield.claim c JOIN shield.member m ON m.id = c.member_id
         WHERE c.submitted_at < m.signup_date OR c.submitted_at > now() OR c.decided_at > now()
            OR c.decided_at < c.submitted_at
        """,
    )
    assert await none_of(
        given,
        """
        SELECT count(*) FROM shield.member m
          LEFT JOIN shield.subscription s ON s.member_id = m.id AND s.ended_at IS NULL
         WHERE (m.status = 'active') <> (s.id IS NOT NULL)
        """,
    )
    newest = await given.value("SELECT max(trace_number) FROM shield.payout_attempt")
    assert int(newest[-7:]) == await given.value("SELECT last FROM shield.trace_sequence")


async def the_doors_show_it(given: Given, admin_of: AdminOf) -> None:
    boss = await admin_of("super_admin")
    stats = (await boss.get(STATS)).json()["data"]
    assert stats == await expected(given, datetime.now(UTC).date())
    assert stats["claims"]["paid"] == 240
    entries = (await boss.get(f"{ADMIN}/audit-log", params={"limit": 50})).json()["data"]["entries"]
    newest = next(entry for entry in entries if entry["action"] == "user_profile_update")
    assert newest["admin"]["email"] == "support_1@shield.example"
    assert newest["changes"][0]["field"] == "profile.address.street"


async def the_numbers_open(given: Given, keys: KeyRing) -> None:
    async with given.read() as db:
        cursor = await db.connection.execute(
            "SELECT id, account_key_id, account_sealed, account_last_four FROM shield.bank_account LIMIT 3"
        )
        for account_id, key_id, sealed, last_four in await cursor.fetchall():
            assert keys.decrypt(key_id, sealed, bound_to=account_id).decode().endswith(last_four)
