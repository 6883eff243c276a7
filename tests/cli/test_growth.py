"""`backoffice growth` tells of tables with their parts, and when the disk is full."""

from backoffice.kernel.house import House
from tests.cli.conftest import Command
from tests.kernel.proof.chain import audit


async def test_tables_are_told_with_their_parts_and_how_long_the_disk_lasts(command: Command, house: House) -> None:
    await audit(house, *range(20))

    said = await command("growth", "--all", "--free-gb", "100")

    assert said.code == 0
    assert "kernel.audit_entry" in said.out
    assert "parts." not in said.out
    assert "100 GB are free: enough for" in said.out


async def test_without_a_disk_to_look_at_it_says_what_to_say(command: Command, house: House) -> None:
    assert "Say --free-gb to hear when the disk is full." in (await command("growth")).out
