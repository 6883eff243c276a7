"""`backoffice backup` as an operator types it: where it can't be done, one line says why; nothing is left."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from backoffice.kernel.backup import Shelf
from backoffice.kernel.identifiers import uuid7
from backoffice.settings import Settings
from tests.cli.conftest import Command
from tests.kernel.restore.shelf import kept

STRANGE = "other:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


@pytest.fixture
def shelf(settings: Settings, tmp_path: Path) -> Iterator[Shelf]:
    """Backups in a folder; they have their labels and nothing else."""
    yield Shelf(settings.model_copy(update={"backups_url": (tmp_path / "kept").as_uri()}))


async def test_whatever_is_wrong_is_said_in_one_line(command: Command, shelf: Shelf, tmp_path: Path) -> None:
    backup, unknown = kept(), uuid7()
    shelf.write_down(backup)
    here = {"BACKUPS_URL": (tmp_path / "kept").as_uri()}
    (tmp_path / "taken").mkdir()

    wrong = {
        f"There is no backup {unknown}": await command("backup", "check", str(unknown), **here),
        "needs the encryption key": await command("backup", "check", str(backup.id), **here, ENCRYPTION_KEYS=STRANGE),
        "on trial: The backup": await command("backup", "check", str(backup.id), **here),
        "base.tar: it is not there": await command("backup", "fetch", str(backup.id), "new", **here),
        "taken is there already": await command("backup", "fetch", str(backup.id), "taken", **here),
        "is in the future": await command(
            "backup", "fetch", str(backup.id), "new", "--until", "2999-01-01T00Z", **here
        ),
        "names no time zone": await command("backup", "fetch", str(backup.id), "new", "--until", "2026-01-01", **here),
        "BACKUPS_URL: must be file:": await command("backup", "list", BACKUPS_URL="ftp://there"),
        "Account must be specified": await command("backup", "list", BACKUPS_URL="az://there"),
        "Not a directory: /dev/null/x": await command("backup", "list", BACKUPS_URL="file:///dev/null/x"),
    }

    for sentence, said in wrong.items():
        assert (said.code, said.out) == (1, ""), said
        assert sentence in said.err and said.err.startswith("backoffice: "), said
        assert len(said.err.splitlines()) == 1, said
    assert not [one for one in tmp_path.iterdir() if one.name.startswith("new")], "nothing is left of what failed"


async def test_the_list_names_a_backup_whose_label_is_damaged(command: Command, shelf: Shelf, tmp_path: Path) -> None:
    here = {"BACKUPS_URL": (tmp_path / "kept").as_uri()}
    nothing = await command("backup", "list", **here)
    whole, damaged = kept(), kept()
    for one in (whole, damaged):
        shelf.write_down(one)
    (tmp_path / "kept" / "backups" / str(damaged.id) / "backup.json").write_text("{}")

    found = await command("backup", "list", **here)

    assert "There is no backup yet." in nothing.out
    assert f"The label of backup {damaged.id} can't be read: it is damaged." in found.out
    assert str(whole.id) in found.out


async def test_what_is_no_backup_or_was_changed_is_in_the_way_of_no_other(
    command: Command, shelf: Shelf, tmp_path: Path
) -> None:
    whole, changed = kept(), kept()
    for one in (whole, changed):
        shelf.write_down(one)
    folder = tmp_path / "kept" / "backups"
    (folder / f"{whole.id} copy").mkdir()
    shutil.copy(folder / str(whole.id) / "backup.json", folder / f"{whole.id} copy")
    label = folder / str(changed.id) / "backup.json"
    label.write_text(label.read_text().replace('"sealed": "', '"sealed": "AAAA'))

    found = await command("backup", "list", BACKUPS_URL=(tmp_path / "kept").as_uri())

    assert [one.id for one in shelf.backups()] == [one.id for one in shelf.labels()] == [whole.id]
    assert f"The label of backup {changed.id} can't be read" in found.out
    assert str(whole.id) in found.out
