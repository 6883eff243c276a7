"""After a restore to before a refund left: its gateway is asked what it knows, and nothing goes back twice."""

from collections.abc import Iterator
from typing import Any

import pytest

from backoffice.kernel import recovery
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.house import House
from backoffice.kernel.recovery.jobs import keep_journal
from backoffice.marketplace.privacy.rules import PrivacyAct
from tests.marketplace.conftest import StaffOf
from tests.marketplace.making import Given, Path
from tests.marketplace.money import refund, run_in, send
from tests.restoring import Past


@pytest.fixture
def past(clean: EmbeddedServer) -> Iterator[Past]:
    with Past(clean) as remembered:
        yield remembered


async def test_a_refund_that_left_is_learned_from_its_gateway_by_comparing(
    path: Path, staff_of: StaffOf, given: Given, house: House, past: Past
) -> None:
    staff: Any = await staff_of()
    _, _, payment = await path.done()
    refund_id = (await refund(staff, payment)).json()["data"]["id"]
    await keep_journal(run_in(house))
    past.remember()
    await send(house, refund_id)
    past.restore()
    assert await given.value("SELECT first_sent_at FROM marketplace.refund") is None

    report = await recovery.settle(house)
    differences = await recovery.compare(house)

    assert report.to_look_at == []
    assert differences == []
    assert await given.value("SELECT status FROM marketplace.refund") == "processed"
    assert len(list((house.settings.data_folder / "sandbox-gateway").glob("*.json"))) == 1


async def test_a_refund_that_the_database_never_heard_of_is_named(
    path: Path, staff_of: StaffOf, house: House, past: Past
) -> None:
    staff: Any = await staff_of()
    _, _, payment = await path.done()
    past.remember()
    refund_id = (await refund(staff, payment)).json()["data"]["id"]
    await send(house, refund_id)
    past.restore()

    (sentence,) = (await recovery.settle(house)).to_look_at

    assert refund_id in sentence
    assert payment["id"] in sentence
    assert await recovery.compare(house) == [sentence]


async def test_a_refund_that_its_gateway_does_not_know_is_told_in_words(
    path: Path, staff_of: StaffOf, house: House
) -> None:
    staff: Any = await staff_of()
    _, _, payment = await path.done()
    await send(house, (await refund(staff, payment)).json()["data"]["id"])
    for book in (house.settings.data_folder / "sandbox-gateway").glob("*.json"):
        book.unlink()

    await recovery.settle(house)

    *_, sentence = await recovery.compare(house)
    assert "of sandbox: done by our books, and they don't know it" in sentence


async def test_who_was_forgotten_after_the_moment_is_forgotten_again(
    path: Path, given: Given, house: House, past: Past
) -> None:
    customer_id = (await path.customer())["id"]
    past.remember()
    async with house.database.write(recovery.RESTORER) as tx:
        tx.audit(PrivacyAct.ANONYMIZED, customer_id)
    await keep_journal(run_in(house))
    past.restore()

    report = await recovery.settle(house)

    assert [one["subject"] for one in report.forgotten_again] == [f"user:{customer_id}"]
    assert await given.value("SELECT status FROM marketplace.customer") == "deleted"
