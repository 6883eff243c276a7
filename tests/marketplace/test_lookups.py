"""What is looked for on its own among millions is found by an index, not by reading them all."""

from typing import LiteralString

import pytest

from tests.marketplace.making import Given


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("SELECT id FROM marketplace.refund WHERE gateway_refund_id = 'rfnd_1'", "gateway_refund_id = 'rfnd_1'"),
        (
            "SELECT id FROM marketplace.gateway_event WHERE about = 'pay_1' ORDER BY received_at DESC LIMIT 25",
            "about = 'pay_1'",
        ),
        ("SELECT id FROM marketplace.booking WHERE reference ^@ upper('BKG-2026') LIMIT 20", "reference >= 'BKG-2026'"),
    ],
)
async def test_it_is_found_by_an_index(given: Given, asked: LiteralString, found: str) -> None:
    async with given.read() as db, db.connection.transaction():
        await db.run("SET LOCAL enable_seqscan = off")
        plan = await db.values(str, f"EXPLAIN {asked}")

    assert [line for line in plan if "Index Cond" in line and found in line], plan


async def test_references_are_in_the_order_of_their_letters_whatever_the_database_was_made_with(given: Given) -> None:
    collation = """
        SELECT c.collname FROM pg_attribute a JOIN pg_collation c ON c.oid = a.attcollation
         WHERE a.attrelid = 'marketplace.booking'::regclass AND a.attname = 'reference'
    """

    assert await given.value(collation) == "C"
