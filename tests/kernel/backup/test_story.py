"""Backups of a real server: taken, kept, proved, put together again, and refused where anything is not as it was."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from backoffice.kernel.backup import Kind, Order, Shelf, backup_for, check, make, scratch, unpack
from backoffice.kernel.backup.rules import BackupFailedItsCheck, KeyMissing, NothingToFollow
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.encryption.keyring import new_key
from backoffice.settings import Settings
from tests.conftest import superuser


@pytest.fixture
def home() -> Iterator[Path]:
    """Not below pytest's own folders: the server's user must get there."""
    folder = Path(tempfile.mkdtemp(prefix="backoffice-backup-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def ours(settings: Settings, server: EmbeddedServer, home: Path) -> Iterator[Settings]:
    """Settings of the embedded server's own data folder, with backups elsewhere."""
    changes = {"data_folder": server.folder.root, "backups_url": (home / "kept").as_uri()}
    yield settings.model_copy(update=changes)
    shutil.rmtree(server.folder.spool, ignore_errors=True)


@contextmanager
def recovered(settings: Settings, home: Path, name: str, *, until: datetime | None = None) -> Iterator[list[str]]:
    """The notes that the newest backup leads to."""
    backup = backup_for(settings, until or datetime.now(UTC))
    unpack(settings, backup, into=home / name / "postgres", until=until)
    with scratch.started(home / name) as server, psycopg.connect(scratch.url_of(server, "backoffice")) as db:
        yield [note for (note,) in db.execute("SELECT note FROM backup_story ORDER BY note")]


def test_a_chain_leads_to_each_of_its_moments_and_is_refused_once_a_byte_of_it_changed(
    ours: Settings, server: EmbeddedServer, home: Path
) -> None:
    with superuser(server) as db:
        db.execute("CREATE TABLE backup_story (note text, amount bigint, created_at timestamptz DEFAULT now())")
        try:
            with pytest.raises(NothingToFollow):
                make(ours, Order(Kind.INCREMENTAL))
            db.execute("INSERT INTO backup_story VALUES ('a', 100, now() - interval '1 hour')")
            full = make(ours, Order(description="the first"))
            db.execute("INSERT INTO backup_story VALUES ('b', 250, now() - interval '1 hour')")
            later = make(ours, Order(Kind.INCREMENTAL))
            db.execute("INSERT INTO backup_story VALUES ('c', 1)")
            moment = db.execute("SELECT clock_timestamp()").fetchone()
            db.execute("INSERT INTO backup_story VALUES ('d', 1)")
            db.execute("SELECT pg_switch_wal()")
        finally:
            db.execute("DROP TABLE backup_story")

    assert full.checked and full.checked.tables["public.backup_story"].sums == {"amount": 100}
    assert later.checked and later.checked.tables["public.backup_story"].sums == {"amount": 350}
    assert later.follows == full.id and later.plain_bytes < full.plain_bytes
    assert [one.id for one in Shelf(ours).backups()] == [full.id, later.id]
    with recovered(ours, home, "latest") as notes:
        assert notes == ["a", "b"]
    assert moment
    with recovered(ours, home, "between", until=moment[0]) as notes:
        assert notes == ["a", "b", "c"]

    rotated = ours.model_copy(update={"encryption_keys": _with_new_key_before(ours)})
    assert check(rotated, full, home=home / "again").tables == full.checked.tables
    without = ours.model_copy(update={"encryption_keys": SecretStr(new_key())})
    with pytest.raises(KeyMissing):
        Shelf(without).get(full.id)
    assert [label.keys for label in Shelf(without).labels()] == [full.keys, later.keys]

    _change_a_byte(home / "kept" / "backups" / str(full.id) / "base.tar")
    with pytest.raises(BackupFailedItsCheck, match="changed or cut short"):
        check(ours, later, home=home / "refused")


def _with_new_key_before(settings: Settings) -> SecretStr:
    return SecretStr(f"{new_key()},{settings.encryption_keys.get_secret_value()}")


def _change_a_byte(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
