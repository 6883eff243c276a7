"""Machines that keep their backups in folders of their own list them beside each other; one that they share is one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from backoffice.kernel.actor import Context, system
from backoffice.kernel.backup import Backup, Shelf
from backoffice.kernel.backup.jobs import ELSEWHERE, follow_shelf, look_at_shelf
from backoffice.kernel.backup.record import Checked
from backoffice.kernel.house import House
from backoffice.kernel.jobs.queue import JobRun
from tests.kernel.proof.chain import rows_of
from tests.kernel.restore.shelf import kept

CHECKED = Checked(
    checked_at=datetime.now(UTC), counted_before=datetime.now(UTC), seconds=1, files=1, tables={}, seals=0, entries=0
)


def machine(house: House, folder: Path) -> JobRun:
    settings = house.settings.model_copy(update={"backups_url": folder.as_uri()})
    return JobRun(replace(house, settings=settings), system("kernel", "tests"), Context(), 0)


async def keep(run: JobRun, ended_at: datetime) -> Backup:
    backup = kept(ended_at, checked=CHECKED)
    Shelf(run.house.settings).write_down(backup)
    await follow_shelf(run)
    return backup


async def listed(house: House) -> set[object]:
    return {backup_id for (backup_id,) in await rows_of(house, "SELECT id FROM kernel.backup")}


async def test_a_machine_takes_only_what_its_own_place_had_off_the_list(house: House, tmp_path: Path) -> None:
    one, other = machine(house, tmp_path / "one"), machine(house, tmp_path / "other")
    beside = machine(house, tmp_path / "one")
    first, second = await keep(one, datetime.now(UTC)), await keep(other, datetime.now(UTC))
    await follow_shelf(beside)
    both = await listed(house)

    Shelf(one.house.settings).delete(f"backups/{first.id}/backup.json")
    await follow_shelf(other)
    before_it_looks = await listed(house)
    await follow_shelf(beside)

    assert both == before_it_looks == {first.id, second.id}
    assert await listed(house) == {second.id}


async def test_a_place_that_was_given_up_is_forgotten_once_its_backups_are_too_old(
    house: House, tmp_path: Path
) -> None:
    one, other = machine(house, tmp_path / "one"), machine(house, tmp_path / "other")
    too_old = timedelta(days=house.settings.backup_keep_days + 1) + ELSEWHERE
    await keep(one, datetime.now(UTC) - too_old)
    new = await keep(other, datetime.now(UTC))

    assert await listed(house) == {new.id}


async def test_what_was_listed_before_places_had_names_is_of_the_place_that_has_it(
    house: House, tmp_path: Path
) -> None:
    one = machine(house, tmp_path / "one")
    backup = await keep(one, datetime.now(UTC))
    async with house.database.write(system("kernel", "tests")) as tx:
        await tx.run("UPDATE kernel.backup SET place = NULL")
        tx.record("tests", "places without names")

    await follow_shelf(machine(house, tmp_path / "other"))
    assert await listed(house) == {backup.id}, "another machine has it, and has not looked yet"
    await follow_shelf(one)

    named = await rows_of(house, "SELECT id, place FROM kernel.backup")
    assert named == [(backup.id, Shelf(one.house.settings).place())]


async def test_what_a_command_made_or_took_away_shows_in_the_list_at_the_next_look(
    house: House, tmp_path: Path
) -> None:
    one = machine(house, tmp_path / "one")
    shelf, made = Shelf(one.house.settings), kept(datetime.now(UTC), checked=CHECKED)
    shelf.write_down(made)
    (tmp_path / "one" / "backups" / str(uuid4())).mkdir()
    damaged = tmp_path / "one" / "backups" / str(uuid4()) / "backup.json"
    damaged.parent.mkdir()
    damaged.write_bytes(b"not one")

    await look_at_shelf(one)
    there = await listed(house)
    shelf.delete(f"backups/{made.id}/backup.json")
    await look_at_shelf(one)

    assert there == {made.id}
    assert await listed(house) == set()
