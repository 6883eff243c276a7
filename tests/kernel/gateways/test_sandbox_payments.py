"""The sandbox gateway gives money back once for each key, never more than was captured, and misbehaves as told."""

import subprocess
import sys
from pathlib import Path

import pytest

from backoffice.kernel.gateways.books import FolderBooks
from backoffice.kernel.gateways.payments import (
    GatewayDiffers,
    GatewayNotSetUp,
    GatewayUnavailable,
    OtherAmount,
    Refunded,
    RefundOrder,
    Refused,
    Underway,
)
from backoffice.kernel.gateways.sandbox_payments import SandboxGateway
from backoffice.kernel.write import TransactionOpen
from backoffice.kernel.write.transaction import marked_open

BEHAVIOUR = {"_no": "fail", "_slow": "late", "_lost": "lose", "_soon": "later", "_never": "later_fail"}
TWO_PROCESSES = """
import asyncio, sys
from pathlib import Path
from backoffice.kernel.gateways.books import FolderBooks
from backoffice.kernel.gateways.payments import RefundOrder, Refunded
from backoffice.kernel.gateways.sandbox_payments import SandboxGateway
async def main():
    gateway = SandboxGateway(FolderBooks(Path(sys.argv[1])), behaviour={})
    orders = [RefundOrder(f"k{n}", "sandbox", "gw_1", 100, "INR", captured_minor=1_000) for n in range(40)]
    outcomes = await asyncio.gather(*map(gateway.refund, orders))
    print(*[order.key for order, outcome in zip(orders, outcomes) if isinstance(outcome, Refunded)])
asyncio.run(main())
"""


def order(payment: str = "gw_1", *, key: str = "k1", amount: int = 20_000, captured: int = 50_000) -> RefundOrder:
    return RefundOrder(key, "sandbox", payment, amount, "INR", captured_minor=captured)


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def sandbox(folder: Path) -> SandboxGateway:
    return SandboxGateway(FolderBooks(folder), behaviour=BEHAVIOUR, late_seconds=0)


def files(folder: Path) -> int:
    return len(list(folder.glob("*.json")))


async def test_the_same_key_gets_its_first_answer_again(tmp_path: Path) -> None:
    first = await sandbox(tmp_path).refund(order())
    again = await sandbox(tmp_path).refund(order())

    assert isinstance(first, Refunded)
    assert again == first
    assert files(tmp_path) == 1


async def test_one_key_names_one_refund(tmp_path: Path) -> None:
    await sandbox(tmp_path).refund(order())

    assert isinstance(await sandbox(tmp_path).refund(order(amount=1)), Refused)
    assert files(tmp_path) == 1


async def test_another_amount_under_a_key_is_told_with_what_it_is(tmp_path: Path) -> None:
    await sandbox(tmp_path).refund(order())

    with pytest.raises(GatewayDiffers) as differs:
        await sandbox(tmp_path).find_refund(order(amount=1))

    assert differs.value.given == OtherAmount("rfnd_k1", 20_000, "INR")


async def test_no_more_goes_back_than_was_captured(tmp_path: Path) -> None:
    gateway = sandbox(tmp_path)
    outcomes = [await gateway.refund(order(key=f"k{n}")) for n in range(3)]

    assert [type(one) for one in outcomes] == [Refunded, Refunded, Refused]
    assert isinstance(await gateway.refund(order(key="k9", amount=10_000)), Refunded)


def test_two_processes_at_once_give_each_key_once_and_no_more_than_was_captured(tmp_path: Path) -> None:
    command = [sys.executable, "-c", TWO_PROCESSES, str(tmp_path)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    given = [set(one.communicate()[0].split()) for one in both]

    assert [one.returncode for one in both] == [0, 0]
    assert len(given[0] | given[1]) == 10
    assert files(tmp_path) == 10


async def test_a_told_payment_is_refused(tmp_path: Path) -> None:
    refused = await sandbox(tmp_path).refund(order("gw_no"))

    assert isinstance(refused, Refused)
    assert await sandbox(tmp_path).find_refund(order("gw_no")) == refused


async def test_a_lost_answer_is_found_and_given_again(tmp_path: Path) -> None:
    gateway = sandbox(tmp_path)
    with pytest.raises(GatewayUnavailable):
        await gateway.refund(order("gw_lost"))

    assert isinstance(await gateway.find_refund(order("gw_lost")), Refunded)
    assert isinstance(await gateway.refund(order("gw_lost")), Refunded)
    assert files(tmp_path) == 1


async def test_a_late_answer_comes(tmp_path: Path) -> None:
    assert isinstance(await sandbox(tmp_path).refund(order("gw_slow")), Refunded)


async def test_what_is_underway_is_told_when_it_is_asked_for(tmp_path: Path) -> None:
    later, clock = [order("gw_soon"), order("gw_never", key="k2")], Clock()
    slow = SandboxGateway(FolderBooks(tmp_path), behaviour=BEHAVIOUR, late_seconds=3, clock=clock)
    at_once = [await slow.refund(one) for one in later]
    clock.now += 4

    assert [type(one) for one in at_once] == [Underway, Underway]
    assert [type(await slow.find_refund(one)) for one in later] == [Refunded, Refused]
    assert [type(await slow.refund(one)) for one in later] == [Refunded, Refused]


async def test_what_failed_later_leaves_its_amount_to_others(tmp_path: Path) -> None:
    clock = Clock()
    slow = SandboxGateway(FolderBooks(tmp_path), behaviour=BEHAVIOUR, late_seconds=3, clock=clock)
    all_of_it = [order("gw_never", key=f"k{n}", amount=50_000) for n in range(3)]
    outcomes = [await slow.refund(one) for one in all_of_it[:2]]
    clock.now += 4

    assert [type(one) for one in outcomes] == [Underway, Refused]
    assert isinstance(await slow.refund(all_of_it[2]), Underway)


async def test_a_payment_of_another_gateway_is_never_given_back(tmp_path: Path) -> None:
    real = RefundOrder("k1", "razorpay", "pay_29QQoUBi66xm2f", 100, "INR", captured_minor=100)

    with pytest.raises(GatewayNotSetUp):
        await sandbox(tmp_path).refund(real)
    with pytest.raises(GatewayNotSetUp):
        await sandbox(tmp_path).find_refund(real)
    assert files(tmp_path) == 0


async def test_it_is_never_called_inside_a_transaction(tmp_path: Path) -> None:
    async with marked_open():
        with pytest.raises(TransactionOpen):
            await sandbox(tmp_path).refund(order())
