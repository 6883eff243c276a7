"""`backoffice payouts`: the file and the returns from the command line, with sentences when something is wrong."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from backoffice.cli.payouts import app
from backoffice.kernel.house import House
from tests.shield.making import Given
from tests.shield.payout.conftest import NACHA, Approved
from tests.shield.payout.test_clearing import returned

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
    written = await command("file", "--date", "2026-11-20")
    trace = await given.value("SELECT trace_number FROM shield.payout_attempt")
    back = tmp_path / "returns.ach"
    back.write_text(returned(trace, code="R02", cents=50_000))
    taken = await command("returns", str(back))

    assert (written.exit_code, taken.exit_code) == (0, 0)
    assert (tmp_path / "var" / "nacha" / "09100001-20261120-A.ach").exists()
    assert await given.value("SELECT status FROM shield.payout") == "failed"


async def test_a_day_without_payouts_writes_nothing(command: Command, tmp_path: Path) -> None:
    assert (await command("file")).exit_code == 0
    assert not (tmp_path / "var" / "nacha").exists()


async def test_what_is_no_return_file_is_refused_with_a_sentence(command: Command, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    refused = await command("returns", str(tmp_path / "notes.txt"))

    assert "nothing of" in str(refused.exception)
