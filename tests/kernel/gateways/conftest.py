"""A test that takes `pair` is run with Razorpay and with Stripe."""

from collections.abc import Iterator

import pytest

from tests.kernel.gateways.pairs import CAPTURED, PAYMENTS, Pair, playing
from tests.kernel.gateways.stand_ins import RazorpayStandIn, StandIn, StripeStandIn


@pytest.fixture(params=["razorpay", "stripe"])
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    there: StandIn = RazorpayStandIn() if request.param == "razorpay" else StripeStandIn()
    there.captured[PAYMENTS[request.param]] = CAPTURED
    patience = 0.3 if request.node.get_closest_marker("impatient") else 5
    with playing(there, seconds=patience) as pair:
        yield pair
