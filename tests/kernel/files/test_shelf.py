"""Texts with names of their own in an object store: of one name the first stays, and every machine sees the same."""

import asyncio

import pytest

from backoffice.kernel.files.shelf import Shelf, shelf_of
from backoffice.kernel.files.storage import FilesUnavailable, Storage
from backoffice.kernel.gateways.payments import GatewayUnavailable, Refunded, RefundOrder, Refused
from backoffice.kernel.gateways.rail import Destination, RailUnavailable, Transfer
from backoffice.kernel.gateways.sandbox_payments import SandboxGateway
from backoffice.kernel.gateways.sandbox_rail import SandboxRail
from backoffice.settings import Settings
from tests.kernel.outside import Bucket, bucket_running

URL = "s3://papers/inbox"
TO = Destination("000123450002", "021000021", "John Doe", "checking")
TRANSFER = Transfer("attempt_1", 250_000, "USD", TO, "999999990000001")


def machines(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> tuple[Shelf, Shelf]:
    """Two that share the bucket, each with a client of its own."""
    for name, value in bucket.environment().items():
        monkeypatch.setenv(name, value)
    return Shelf(Storage(URL), URL, "books"), Shelf(Storage(URL), URL, "books")


async def test_of_one_name_the_first_text_stays_and_all_machines_see_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with bucket_running() as bucket:
        one, other = machines(bucket, monkeypatch)
        assert await one.find("A.ach") is None
        assert sorted(await asyncio.gather(one.keep("A.ach", b"1"), other.keep("A.ach", b"2"))) == [False, True]
        assert await one.find("A.ach") == await other.find("A.ach")
        assert list(bucket.kept) == ["/papers/inbox/books/A.ach"]
        assert one.where("A.ach") == "s3://papers/inbox/books/A.ach"

        await other.remove("A.ach")
        await other.remove("A.ach")
        assert await one.find("A.ach") is None


async def test_two_machines_give_a_refund_once_and_no_more_than_was_captured(monkeypatch: pytest.MonkeyPatch) -> None:
    with bucket_running() as bucket:
        shelves = machines(bucket, monkeypatch)
        one, other = (SandboxGateway(shelf, behaviour={}) for shelf in shelves)
        orders = [RefundOrder(f"k{n}", "sandbox", "gw_1", 100, "INR", captured_minor=300) for n in range(4)]
        given = await asyncio.gather(*(gateway.refund(order) for order in orders for gateway in (one, other)))
        by_key = {order.key: {type(each) for each in given[2 * n : 2 * n + 2]} for n, order in enumerate(orders)}

        assert sorted(kinds == {Refunded} for kinds in by_key.values()) == [False, True, True, True]
        assert {Refused} in by_key.values()
        found = [await other.find_refund(order) for order in orders]
        assert sum(isinstance(each, Refunded) for each in found) == 3


async def test_what_one_machine_sent_by_the_sandbox_rail_another_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    with bucket_running() as bucket:
        one, other = machines(bucket, monkeypatch)
        sent = await SandboxRail(one, settles_after=2, returns={"0002": "R02"}).send(TRANSFER)
        again = SandboxRail(other, settles_after=0, returns={})

        assert await again.send(TRANSFER) == sent
        assert await again.find_return(sent.reference) == "R02"


async def test_a_store_that_is_away_is_a_rail_and_a_gateway_that_are(monkeypatch: pytest.MonkeyPatch) -> None:
    order = RefundOrder("k1", "sandbox", "gw_1", 100, "INR", captured_minor=300)
    with bucket_running(503) as bucket:
        one, other = machines(bucket, monkeypatch)
        with pytest.raises(FilesUnavailable):
            await one.keep("A.ach", b"1")
        with pytest.raises(RailUnavailable):
            await SandboxRail(one, settles_after=2, returns={}).send(TRANSFER)
        with pytest.raises(GatewayUnavailable):
            await SandboxGateway(other, behaviour={}).refund(order)


def test_a_folder_is_no_shelf(settings: Settings) -> None:
    assert shelf_of(settings, "nacha") is None
    assert shelf_of(settings.model_copy(update={"files_url": "file:///srv/files"}), "nacha") is None
