"""recover, money: what an operator types after a restore, from the first look to the release by two people."""

from pathlib import Path

import orjson
import pytest
import typer

from backoffice.kernel.journal.book import Kind, line
from backoffice.marketplace.refund.left_store import insert_lost
from backoffice.marketplace.refund.telling import left_of
from tests.authenticator import code
from tests.cli.conftest import Command
from tests.conftest import PASSWORD
from tests.kernel.recovery.test_release import with_app
from tests.making import Make

REFUND = "0199d7b0-0000-7000-8000-000000000001"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a person types when they are asked, in turn."""
    answers: list[str] = []
    monkeypatch.setattr(typer, "prompt", lambda *_, **__: answers.pop(0))
    return answers


async def test_from_a_restore_to_the_release(command: Command, make: Make, typed: list[str]) -> None:
    one, other = await make.super_admin(), await make.super_admin()
    apps = [await with_app(make.house, one), await with_app(make.house, other)]
    await make.house.journal.write(line(Kind.MARK, number=0, sequences={}))
    assert (await command("money", "status")).out == "Not held: everything leaves as it should.\n"
    assert "not held" in (await command("money", "compare")).err
    assert "not held" in (await command("money", "release", one.username)).err, "nobody is asked for a password"

    recovered = await command("recover", "--moment", "2026-01-31T10:00:00")
    status = await command("money", "status")
    compared = await command("money", "compare")
    typed += [PASSWORD, code(apps[0])]
    first = await command("money", "release", one.username)
    typed += [PASSWORD, code(apps[1])]
    second = await command("money", "release", other.email)

    assert "The house is held" in recovered.out
    assert "restore-report-" in recovered.out
    assert "the database was restored" in status.out
    assert compared.out.startswith("0 differences.")
    assert first.out == "1 of 2 agreed. The house stays held.\n"
    assert second.out == "Released: 0 jobs that were put away are queued again.\n"


async def test_a_wrong_code_agrees_to_nothing(command: Command, make: Make, typed: list[str]) -> None:
    one = await make.super_admin()
    await with_app(make.house, one)
    await command("recover", "--moment", "2026-01-31T10:00:00")
    await command("money", "compare")
    typed += [PASSWORD, "000000"]

    refused = await command("money", "release", one.username)

    assert (refused.code, refused.out) == (1, "")
    assert await make.value("SELECT count(*) FROM kernel.approval_vote") == 0


async def test_a_house_that_nobody_restored_is_not_held_by_a_word_too_much(
    command: Command, make: Make, tmp_path: Path
) -> None:
    await make.house.journal.write(line(Kind.MARK, number=0, sequences={}))
    (tmp_path / "2026-01-31.log").write_bytes(orjson.dumps(line(Kind.MARK, number=9, sequences={})))

    refused = await command("recover")
    misspelt = await command("recover", "--journal", str(tmp_path / "nowhere"))
    held = await make.value("SELECT count(*) FROM kernel.hold")
    with_a_copy_that_is_ahead = await command("recover", "--journal", str(tmp_path))

    assert (refused.code, refused.out) == (1, "")
    assert "Nothing says that this database was restored" in refused.err
    assert misspelt.code == 2
    assert held == 0
    assert "The house is held" in with_a_copy_that_is_ahead.out


async def test_a_refund_that_was_lost_is_named_and_settled_once(command: Command, make: Make) -> None:
    lost = line(
        Kind.MONEY, key=REFUND, payment="pay_gone", gateway="razorpay", gateway_payment="rzp_1", amount_minor=500
    )
    async with make.write() as tx:
        await insert_lost(tx, left_of(lost))
        tx.record("lost refund", REFUND)

    listed = await command("refunds", "lost")
    settled = await command("refunds", "settle-lost", REFUND, "--reason", "The customer never got it")
    again = await command("refunds", "settle-lost", REFUND, "--reason", "again")

    assert "pay_gone" in listed.out
    assert settled.out == f"{REFUND} is settled.\n"
    assert "was lost and waits to be settled" in again.err
    assert "pay_gone" not in (await command("refunds", "lost")).out
    action = "SELECT count(*) FROM kernel.audit_entry WHERE action = 'lost_refund.settled'"
    assert await make.value(action) == 1
