"""What a gateway gave back in some days is read by pages, whoever asked it for that."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from backoffice.kernel.gateways.payments import GatewayUnavailable, Refunded
from tests.kernel.gateways.pairs import Pair, gateway_at


async def test_all_refunds_of_some_days_are_listed_by_pages_whoever_asked_for_them(pair: Pair) -> None:
    payment = pair.order().payment
    mine = await pair.gateway.refund(pair.order())
    for number in range(230):
        pair.there.by_hand(payment, number + 1)
    long_ago = {"created_at": 1_500_000_000, "created": 1_500_000_000}
    pair.there.by_hand(payment, 7, **long_ago)
    pair.there.by_hand(payment, 8, status="levitating")
    pair.there.asked.clear()

    pages = [page async for page in pair.gateway.list_refunds(since=datetime.now(UTC) - timedelta(days=4))]
    listed = [one for page in pages for one in page]

    assert isinstance(mine, Refunded)
    assert [len(page) for page in pages] == [99, 100, 32], "one of them nobody can read"
    assert [one.reference for one in listed if one.key == pair.order().key] == [mine.reference]
    assert [one.key for one in listed].count(None) == 230
    assert {one.payments for one in listed} == {(payment,)}
    assert len(pair.there.asked) == 3


async def test_a_list_that_breaks_off_is_no_list(pair: Pair) -> None:
    with closing(gateway_at(pair.there, secret="sk_wrong")) as stranger, pytest.raises(GatewayUnavailable):
        [page async for page in stranger.list_refunds(since=datetime.now(UTC))]
