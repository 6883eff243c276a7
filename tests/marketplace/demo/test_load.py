"""The demo: as many as it promises, nothing that the house's own rules would not allow, and sums that add up."""

from typing import Any

from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.house import House
from backoffice.kernel.identity.roles import permissions_now
from backoffice.marketplace import restored
from backoffice.marketplace.booking.rules import TRANSITIONS
from backoffice.marketplace.permissions import BOOK
from backoffice.marketplace.permissions import Market as May
from backoffice.marketplace.referral.actions import judge
from tests.cli.conftest import Command
from tests.conftest import look_at_rows
from tests.contract.test_market_examples import reads_unlike_their_examples
from tests.marketplace.demo.impossible import IMPOSSIBLE
from tests.marketplace.making import Given
from tests.marketplace.market import Market

SIZES = {
    "customer": 5_000,
    "vendor": 300,
    "service": 800,
    "booking": 30_000,
    "dispute": 400,
    "refund": 120,
    "takedown_request": 200,
}
SHOWN = (
    "SELECT count(profile_picture_url) FROM marketplace.customer",
    "SELECT count(*) FROM marketplace.customer WHERE phone_verified_at > registered_at",
    "SELECT count(*) FROM marketplace.review WHERE photos <> '{}'",
    "SELECT count(vendor_response) FROM marketplace.review WHERE vendor_responded_at > created_at",
    "SELECT count(*) FROM marketplace.refund WHERE evidence <> '[]' AND description IS NOT NULL",
    "SELECT count(*) FROM marketplace.search_day WHERE clicks > 0 AND day = (now() AT TIME ZONE 'UTC')::date",
    "SELECT count(*) FROM marketplace.search_day WHERE without_results > 0",
)
EVERYBODY = "SELECT marketplace.recount(array_agg(id)) FROM marketplace.customer"
DECIDED = {
    May.REFERRALS_DECIDE: "SELECT DISTINCT decided_by FROM marketplace.referral WHERE decided_by IS NOT NULL",
    May.DISPUTES_MANAGE: "SELECT DISTINCT staff_id FROM marketplace.dispute_decision",
    May.DISPUTES_REFUND: """
        SELECT decided_by FROM marketplace.refund WHERE dispute_id IS NOT NULL AND decided_by IS NOT NULL
         UNION SELECT staff_id FROM marketplace.dispute_decision WHERE refund_amount_minor IS NOT NULL
    """,
    May.REFUNDS_APPROVE: """
        SELECT DISTINCT decided_by FROM marketplace.refund WHERE dispute_id IS NULL AND decided_by IS NOT NULL
    """,
    May.REVIEWS_MODERATE: "SELECT DISTINCT staff_id FROM marketplace.takedown_decision",
}
"""Who decided what needs which permission."""


async def test_it_tells_a_year_that_holds_together_and_every_read_answers_like_its_example(
    command: Command, house: House, marketplace: Market, clean: EmbeddedServer
) -> None:
    given = marketplace.given
    await the_command_loads_every_demo_and_once(command, given)
    look_at_rows(clean)

    for table, count in SIZES.items():
        assert await given.value(f"SELECT count(*) FROM marketplace.{table}") == count, table
    assert {what: rows[:3] for what, sql in IMPOSSIBLE.items() if (rows := await rows_of(given, sql))} == {}
    for shown in SHOWN:
        assert await given.value(shown), shown
    assert [one for one in await moves(given) if one[1] not in TRANSITIONS[one[0]]] == []
    async with given.write() as tx:
        tx.record("recount", "everybody")
        assert await tx.value(int, EVERYBODY) == 0, "the sums were right as they were loaded"
    assert await states(given, "refund") == {"pending", "approved", "rejected", "processed", "failed"}
    assert await states(given, "dispute") == {"open", "in_progress", "resolved", "closed", "rejected"}
    assert await states(given, "booking") == set(TRANSITIONS)
    assert await states(given, "referral") == {"pending", "completed", "expired", "paid"}
    assert await given.value("SELECT count(*) FROM marketplace.referral WHERE is_due") == 0
    await judging_again_changes_no_referral(given)
    assert await decisions(given) == {None, "released", "rejected"}
    assert await restored.compare(house) == [], "the sandbox gateway knows the demo's refunds as they are here"
    await nobody_decided_what_they_may_not(given)
    await the_next_come_after_those_of_the_demo(given)
    await some_refunds_wait_for_a_second_person(given)
    boss = marketplace.staff
    dispute_id = await given.value("SELECT min(id) FROM marketplace.dispute WHERE admin_notes IS NOT NULL")
    shown = (await boss.get(f"/api/v1/admin/disputes/{dispute_id}")).json()["data"]
    assert shown["timeline"][-1]["event"] == "notes_changed"
    shown_id = await given.value("SELECT min(dispute_id) FROM marketplace.dispute_evidence")
    [picture] = (await boss.get(f"/api/v1/admin/disputes/{shown_id}")).json()["data"]["evidence"]
    opened = await boss.get(picture["url"])
    assert (opened.status_code, opened.content[:4]) == (200, b"\x89PNG")
    asked = (await boss.get("/api/v1/admin/jobs")).json()
    assert {job["type"] for job in asked["data"]} == {"user_export", "bulk_operation"}
    assert (asked["meta"]["summary"]["pending"], asked["meta"]["summary"]["cancelled"]) == (2, 1)
    assert (different := await reads_unlike_their_examples(marketplace)) == [], "\n".join(different)


async def the_command_loads_every_demo_and_once(command: Command, given: Given) -> None:
    loaded, again = await command("demo"), await command("demo")

    assert (loaded.code, loaded.out) == (0, "The demo is loaded.\n"), loaded.err
    said = "backoffice: this database already has customers or members; the demo is for an empty one\n"
    assert (again.code, again.err) == (1, said)
    assert await given.value("SELECT count(*) FROM helpdesk.ticket") == 600
    assert await given.value("SELECT count(*) FROM shield.member") == 3_000


async def rows_of(given: Given, sql: Any) -> list[tuple[Any, ...]]:
    async with given.read() as db:
        return await (await db.connection.execute(sql)).fetchall()


async def states(given: Given, table: str) -> set[str]:
    return {status for (status,) in await rows_of(given, f"SELECT DISTINCT status FROM marketplace.{table}")}


async def decisions(given: Given) -> set[str | None]:
    """What became of referrals that were held."""
    asked = "SELECT DISTINCT decision FROM marketplace.referral WHERE flags <> '{}'"
    return {decision for (decision,) in await rows_of(given, asked)}


async def nobody_decided_what_they_may_not(given: Given) -> None:
    for needed, deciders in DECIDED.items():
        asked = [staff_id for (staff_id,) in await rows_of(given, deciders)]
        async with given.read() as db:
            held = [await permissions_now(db, staff_id, book=BOOK) for staff_id in asked]
        assert held, needed
        assert [one for one in held if needed not in one] == [], needed


async def moves(given: Given) -> list[tuple[Any, ...]]:
    """Every kind of move that bookings made."""
    return await rows_of(
        given,
        """
        SELECT DISTINCT was, became FROM (SELECT became, lag(became) OVER (PARTITION BY booking_id ORDER BY id) AS was
                                            FROM marketplace.booking_move) m
         WHERE was IS NOT NULL
        """,
    )


async def judging_again_changes_no_referral(given: Given) -> None:
    """The demo's rules are the product's: some of each kind."""
    some = "SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY status) FROM marketplace.referral) r"
    asked = [one for (one,) in await rows_of(given, f"{some} WHERE row_number <= 12")]
    whole = """
        SELECT id, status, email_verified_at, first_booking_at, spent_minor, counted FROM marketplace.referral
         WHERE id = ANY (%(ids)s) ORDER BY id
    """

    async def shown() -> list[tuple[Any, ...]]:
        async with given.read() as db:
            return await (await db.connection.execute(whole, {"ids": asked})).fetchall()

    before = await shown()
    for referral_id in asked:
        async with given.write() as tx:
            await judge(tx, referral_id)
    assert await shown() == before


async def the_next_come_after_those_of_the_demo(given: Given) -> None:
    """Numbers that people read, and those of rows."""
    for prefix, table, column in (
        ("BKG", "booking", "reference"),
        ("DSP", "dispute", "reference"),
        ("RF", "refund", "number"),
    ):
        digits = 6 if prefix == "RF" else 4
        following = await given.value(f"SELECT kernel.next_reference('{prefix}', {digits})")
        assert await given.value(f"SELECT count(*) FROM marketplace.{table} WHERE {column} = '{following}'") == 0


async def some_refunds_wait_for_a_second_person(given: Given) -> None:
    assert await given.value("SELECT count(*) FROM kernel.approval") == 3
