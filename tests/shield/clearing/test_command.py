"""`backoffice payouts`: the file and the returns from the command line, with sentences when something is wrong."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from backoffice.kernel.gateways.banking_days import today
from backoffice.kernel.house import House
from backoffice.shield.commands import payouts as app
from tests.shield.clearing.test_clearing import first_name, returned
from tests.shield.making import Given
from tests.shield.paying import NACHA, Approved

Command = Callable[..., "asyncio.Future[Result]"]


@pytest.fixture
def command(house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    settings = house.settings
    for name, value in NACHA.items():
        plain = value.get_secret_value() if hasattr(value, "get_secret_value") else value
        monkeypatch.setenv(name.upper(), str(plain))
    monkeypatch.setenv("DATABASE_URL", settings.database_url.get_secret_value())
    monkeypatch.setenv("TOKEN_SECRET", settings.token_secret.get_secret_value())
    monkeypatch.setenv("ENCRYPTION_KEYS", settings.encryption_keys.get_secret_value())
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str) -> "asyncio.Future[Result]":
        data = ["--data", str(tmp_path / "var")]
        return asyncio.ensure_future(asyncio.to_thread(CliRunner().invoke, app, [*arguments, *data]))

    return run


async def test_the_file_of_a_day_is_written_and_its_returns_are_carried_out(
    command: Command, approved: Approved, given: Given, tmp_path: Path
) -> None:
    await given.payout(await approved(), 50_000)
    written = await command("file", "--date", today().isoformat())
    trace = await given.value("SELECT trace_number FROM shield.payout_attempt")
    back = tmp_path / "returns.ach"
    back.write_text(returned(trace, code="R02", cents=50_000))
    taken = await command("returns", str(back))

    assert (written.exit_code, taken.exit_code) == (0, 0)
    assert (tmp_path / "var" / "nacha" / first_name()).exists()
    assert await given.value("SELECT status FROM shield.payout") == "failed"


async def test_a_day_without_payouts_writes_nothing(command: Command, tmp_path: Path) -> None:
    assert (await command("file")).exit_code == 0
    assert not (tmp_path / "var" / "nacha").exists()


async def test_a_file_that_the_bank_refused_is_given_up_and_a_return_of_it_is_told(
    command: Command, approved: Approved, given: Given
) -> None:
    await given.payout(await approved(), 50_000)
    await command("file")
    rejected = await command("reject", first_name(), "--reason", "Refused by the bank")
    unknown = await command("reject", "nothing.ach", "--reason", "Refused by the bank")

    assert "failed and may be tried again: 1" in rejected.output
    assert await given.value("SELECT status FROM shield.payout") == "failed"
    assert await given.value("SELECT rejected_because FROM shield.nacha_file") == "Refused by the bank"
    assert "There is no file nothing.ach" in str(unknown.exception)


async def test_a_return_that_comes_before_its_file_is_noted_ends_with_an_error(
    command: Command, approved: Approved, given: Given, tmp_path: Path
) -> None:
    await given.payout(await approved(), 50_000)
    (tmp_path / "var").mkdir(exist_ok=True)
    (tmp_path / "var" / "nacha").write_text("a file stands where the folder should")
    await command("file")
    back = tmp_path / "returns.ach"
    trace = await given.value("SELECT trace_number FROM shield.payout_attempt")
    back.write_text(returned(trace, code="R02", cents=50_000))
    taken = await command("returns", str(back))

    assert taken.exit_code == 1
    assert "read the file again" in str(taken.exception)


async def test_what_is_no_return_file_is_refused_with_a_sentence(command: Command, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    refused = await command("returns", str(tmp_path / "notes.txt"))

    assert "nothing of" in str(refused.exception)


async def test_when_the_trace_numbers_are_used_up_the_command_says_so_and_changes_nothing(
    command: Command, approved: Approved, given: Given, tmp_path: Path
) -> None:
    for _ in range(2):
        await given.payout(await approved(), 50_000)
    await given._one("INSERT INTO shield.trace_sequence VALUES ('09100001', 9999997) RETURNING odfi")
    refused = await command("file")

    assert "trace numbers of bank 09100001 are used up" in str(refused.exception)
    assert "nothing was sent" in str(refused.exception)
    assert await given.value("SELECT array_agg(DISTINCT status) FROM shield.payout") == ["pending"]
    assert await given.value("SELECT count(*) FROM shield.payout_attempt") == 0
    assert await given.value("SELECT count(*) FROM shield.nacha_file") == 0
    assert await given.value("SELECT last FROM shield.trace_sequence") == 9_999_997
    assert not (tmp_path / "var" / "nacha").exists()
