"""Customers, staff, gateways and banks pull at the same payments at random: no rupee too much, sums as counted."""

import asyncio

import pytest
from hypothesis import HealthCheck, Phase, example
from hypothesis import given as generated
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from backoffice.settings import Settings
from tests.marketplace.conftest import StaffOf
from tests.marketplace.deciding.walking import NAMES, Step, Walk, World
from tests.marketplace.making import Given, Path
from tests.marketplace.money import LARGE

LONG = hypothesis_settings.get_current_profile_name() == "long"
LONG_WALKS = 2_100
"""With 24 acts each on average: more than 50,000."""
PATIENCE_SECONDS = 300
AMOUNTS = [1, 4_000_000, 9_000_000, LARGE]
PAID = ["gw_plain", "gw_fail", "gw_lose", "gw_wallet"]
WAYS = ["ask", "give_back", "approve", "reject", "resolve", "send", "be_told", "capture", "fail"]
WAYS += ["charge_back", "win", "lose", "end", "complain", "book", "move", "pay", "thank", "agree", "shut_out"]
OFTEN = ["approve", "approve", "send", "send", "ask", "reject", "reject", "end", "end"]
OFTEN += ["be_told"] * 4 + ["resolve"] * 4
"""What must be done before something else can be, and more than once."""
STEPS = st.builds(
    Step,
    what=st.sampled_from([*WAYS, *OFTEN]),
    who=st.integers(0, 2),
    nth=st.integers(0, 7),
    amount=st.sampled_from(AMOUNTS),
)
HELD = [[Step("ask", 0, 0, LARGE)], [Step("resolve", 0, 0, 1)], [Step("resolve", 0, 12, 1)]]
"""All of a payment is asked for, and its dispute is to be resolved with all of it."""
PAID_TWICE = [[Step("pay", 0, 3, 1)], [Step("give_back", 0, 3, LARGE)], [Step("approve", 1, 0, 1)]]
"""Of a booking that was paid twice one payment goes back: it is not refunded, its other money is still there."""
EVERY_WAY = [
    [Step("ask", 0, 0, 4_000_000)],
    [Step("reject", 0, 0, 1)],
    [Step("ask", 0, 0, 1)],
    [Step("approve", 0, 0, 1)],
    [Step("send", 0, 0, 1)],
    [Step("be_told", 0, 0, 1)],
    [Step("give_back", 0, 0, 1)],
    [Step("capture", 0, 1, 1), Step("charge_back", 0, 0, 1), Step("charge_back", 0, 2, 1)],
    [Step("win", 0, 0, 1), Step("lose", 0, 2, 1)],
    [Step("pay", 0, 1, 1), Step("book", 0, 0, 1)],
    [Step("fail", 0, 4, 1), Step("move", 1, 4, 1)],
    [Step("thank", 0, 0, LARGE)],
    [Step("agree", 1, 1, 1)],
    [Step("resolve", 0, 0, 1)],
    [Step("resolve", 0, 4, 1)],
    [Step("end", 0, 1, 1), Step("complain", 0, 3, 1)],
    [Step("shut_out", 0, 0, 1)],
]
"""Each of the ways where it leads on; a dispute is looked into, rejected, and opened once more."""
SCHEDULES = st.lists(st.lists(STEPS, min_size=1, max_size=3), min_size=8, max_size=16)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(
        update={"sandbox_gateway_behaviour": {"fail": "fail", "lose": "lose"}, "database_pool_size": 12}
    )


async def walk(world: World, schedule: list[list[Step]]) -> None:
    path, number = world.path, next(NAMES)
    customer = await path.customer()
    service = (await path.service())["id"]
    for name in PAID:
        booking = await path.booking(customer["id"], service, LARGE)
        method = "wallet" if name == "gw_wallet" else "upi"
        status = "pending" if name == "gw_fail" else "success"
        await path.payment(booking, method=method, status=status, gateway_payment_id=f"{number}_{name}")
        await path.move(booking, "confirmed", "in_progress", "completed")
        await path.dispute(customer, booking)
    one, taken = Walk(world, customer["id"]), list[str]()
    for batch in schedule:
        taken.append(" + ".join(map(str, batch)))
        await one.look()
        await asyncio.gather(*(one.take(step) for step in batch))
        await one.check(taken)
    await one.come_to_an_end()
    await one.check(taken)


async def test_whatever_happens_at_once_no_rupee_goes_back_twice(given: Given, path: Path, staff_of: StaffOf) -> None:
    world = World(given, path, [await staff_of("super_admin") for _ in range(3)])
    loop = asyncio.get_running_loop()

    @hypothesis_settings(
        max_examples=LONG_WALKS if LONG else 10,
        derandomize=not LONG,
        phases=[Phase.explicit, Phase.generate],
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @generated(SCHEDULES)
    @example(HELD)
    @example(PAID_TWICE)
    @example(EVERY_WAY)
    def never_too_much(schedule: list[list[Step]]) -> None:
        asyncio.run_coroutine_threadsafe(walk(world, schedule), loop).result(PATIENCE_SECONDS)

    await asyncio.to_thread(never_too_much)
    assert world.led_on == set(WAYS), "some ways never led on"
