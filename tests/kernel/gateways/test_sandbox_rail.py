"""The sandbox rail moves money once for each key, by the banking calendar, and returns what it is told to."""

from pathlib import Path

import pytest

from backoffice.kernel.gateways.banking_days import banking_days_after, today
from backoffice.kernel.gateways.books import FolderBooks
from backoffice.kernel.gateways.rail import Destination, RailUnavailable, Transfer
from backoffice.kernel.gateways.sandbox_rail import SandboxRail
from backoffice.kernel.write import TransactionOpen
from backoffice.kernel.write.transaction import marked_open

TO = Destination("000123450002", "021000021", "John Doe", "checking")


def transfer(key: str = "attempt_1", amount_minor: int = 250_000) -> Transfer:
    return Transfer(key, amount_minor, "USD", TO, "999999990000001")


async def test_a_transfer_settles_after_so_many_banking_days(tmp_path: Path) -> None:
    accepted = await SandboxRail(FolderBooks(tmp_path), settles_after=2, returns={}).send(transfer())

    assert accepted.settles_on == banking_days_after(today(), 2)


async def test_a_transfer_settles_at_once_when_told_so_even_on_a_sunday(tmp_path: Path) -> None:
    accepted = await SandboxRail(FolderBooks(tmp_path), settles_after=0, returns={}).send(transfer())

    assert accepted.settles_on == today()


async def test_the_same_key_gets_its_first_answer_again(tmp_path: Path) -> None:
    first = await SandboxRail(FolderBooks(tmp_path), settles_after=5, returns={}).send(transfer())
    again = await SandboxRail(FolderBooks(tmp_path), settles_after=0, returns={}).send(transfer())

    assert again == first
    assert len(list(tmp_path.iterdir())) == 1


async def test_what_goes_to_a_named_account_comes_back(tmp_path: Path) -> None:
    rail = SandboxRail(FolderBooks(tmp_path), settles_after=0, returns={"0002": "R02"})
    accepted = await rail.send(transfer())

    assert await rail.find_return(accepted.reference) == "R02"


async def test_what_goes_anywhere_else_stands(tmp_path: Path) -> None:
    rail = SandboxRail(FolderBooks(tmp_path), settles_after=0, returns={"0003": "R02"})
    accepted = await rail.send(transfer())

    assert await rail.find_return(accepted.reference) is None


async def test_the_whole_account_number_is_kept_nowhere(tmp_path: Path) -> None:
    await SandboxRail(FolderBooks(tmp_path), settles_after=0, returns={}).send(transfer())

    assert all(TO.account_number not in file.read_text() for file in tmp_path.iterdir())
    assert TO.account_number not in repr(transfer())


async def test_the_rail_is_never_called_inside_a_transaction(tmp_path: Path) -> None:
    async with marked_open():
        with pytest.raises(TransactionOpen):
            await SandboxRail(FolderBooks(tmp_path), settles_after=0, returns={}).send(transfer())


async def test_a_worker_with_another_folder_knows_what_came_back_and_what_stands(tmp_path: Path) -> None:
    other = SandboxRail(FolderBooks(tmp_path / "other"), settles_after=0, returns={})
    ends = []
    for returns in ({"0002": "R02"}, {}):
        rail = SandboxRail(FolderBooks(tmp_path / f"one{len(returns)}"), settles_after=0, returns=returns)
        ends.append(await other.find_return((await rail.send(transfer())).reference))

    assert ends == ["R02", None]


async def test_a_reference_that_does_not_say_how_it_ends_is_looked_up_and_never_taken_for_settled(
    tmp_path: Path,
) -> None:
    rail = SandboxRail(FolderBooks(tmp_path / "one"), settles_after=0, returns={"0002": "R02"})
    await rail.send(transfer())

    assert await rail.find_return("attempt_1") == "R02"
    with pytest.raises(RailUnavailable, match="another DATA_FOLDER"):
        await SandboxRail(FolderBooks(tmp_path / "other"), settles_after=0, returns={}).find_return("attempt_1")
