"""The sandbox rail moves money once for each key, by the banking calendar, and returns what it is told to."""

from pathlib import Path

import pytest

from backoffice.kernel.database import TransactionOpen
from backoffice.kernel.database.transaction import marked_open
from backoffice.kernel.gateways.banking_days import banking_days_after, today
from backoffice.kernel.gateways.rail import Destination, Transfer
from backoffice.kernel.gateways.sandbox_rail import SandboxRail

TO = Destination("000123450002", "021000021", "John Doe", "checking")


def transfer(key: str = "attempt_1", amount_minor: int = 250_000) -> Transfer:
    return Transfer(key, amount_minor, "USD", TO, "999999990000001")


async def test_a_transfer_settles_after_so_many_banking_days(tmp_path: Path) -> None:
    accepted = await SandboxRail(tmp_path, settles_after=2, returns={}).send(transfer())

    assert accepted.settles_on == banking_days_after(today(), 2)


async def test_a_transfer_settles_at_once_when_told_so_even_on_a_sunday(tmp_path: Path) -> None:
    accepted = await SandboxRail(tmp_path, settles_after=0, returns={}).send(transfer())

    assert accepted.settles_on == today()


async def test_the_same_key_gets_its_first_answer_again(tmp_path: Path) -> None:
    first = await SandboxRail(tmp_path, settles_after=5, returns={}).send(transfer())
    again = await SandboxRail(tmp_path, settles_after=0, returns={}).send(transfer())

    assert again == first
    assert len(list(tmp_path.iterdir())) == 1


async def test_what_goes_to_a_named_account_comes_back(tmp_path: Path) -> None:
    rail = SandboxRail(tmp_path, settles_after=0, returns={"0002": "R02"})
    accepted = await rail.send(transfer())

    assert await rail.find_return(accepted.reference) == "R02"


async def test_what_goes_anywhere_else_stands(tmp_path: Path) -> None:
    rail = SandboxRail(tmp_path, settles_after=0, returns={"0003": "R02"})
    accepted = await rail.send(transfer())

    assert await rail.find_return(accepted.reference) is None


async def test_the_whole_account_number_is_kept_nowhere(tmp_path: Path) -> None:
    await SandboxRail(tmp_path, settles_after=0, returns={}).send(transfer())

    assert all(TO.account_number not in file.read_text() for file in tmp_path.iterdir())
    assert TO.account_number not in repr(transfer())


async def test_the_rail_is_never_called_inside_a_transaction(tmp_path: Path) -> None:
    async with marked_open():
        with pytest.raises(TransactionOpen):
            await SandboxRail(tmp_path, settles_after=0, returns={}).send(transfer())
