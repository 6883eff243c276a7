"""Backups of a real server in an object store: taken, kept, proved, put together again, cleared away, and refused where
anything is not as it was.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from obstore.store import ObjectStore
from pydantic import SecretStr

from backoffice.kernel.backup import Backup, Kind, Order, Shelf, backup_for, check, make, scratch, unpack
from backoffice.kernel.backup.keeping import clear_away
from backoffice.kernel.backup.rules import BackupHoldsNoMore, KeyMissing, NothingToFollow
from backoffice.kernel.backup.shelf import store_at
from backoffice.kernel.backup.shipping import ship
from backoffice.kernel.backup.wal import log_files
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.encryption.keyring import new_key
from backoffice.settings import Settings
from tests.conftest import superuser
from tests.kernel.backup.bucket import BUCKET, object_store
from tests.kernel.restore.shelf import kept


@pytest.fixture
def home() -> Iterator[Path]:
    """Not below pytest's own folders: the server's user must get there."""
    folder = Path(tempfile.mkdtemp(prefix="backoffice-backup-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def ours(settings: Settings, server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Settings of the embedded server's own data folder, with backups in a bucket."""
    changes = {"data_folder": server.folder.root, "backups_url": f"s3://{BUCKET}/house"}
    with object_store() as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
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
            shipped = ship(ours)
            again = ship(ours)
        finally:
            db.execute("DROP TABLE backup_story")

    assert full.checked and full.checked.tables["public.backup_story"].sums == {"amount": 100}
    assert later.checked and later.checked.tables["public.backup_story"].sums == {"amount": 350}
    assert later.follows == full.id and later.plain_bytes < full.plain_bytes
    assert [one.id for one in Shelf(ours).backups()] == [full.id, later.id]
    assert moment and shipped and again and shipped.until and shipped.until > moment[0] and shipped.files > 0
    assert again.until and again.until > shipped.until, "also where nothing was written"
    assert (shipped.waiting, again.waiting, log_files(server.folder.spool)) == (0, 0, [])
    with recovered(ours, home, "latest") as notes:
        assert notes == ["a", "b"]
    with recovered(ours, home, "between", until=moment[0]) as notes:
        assert notes == ["a", "b", "c"]

    _needs_its_key(ours, full, home=home / "again")
    _change_a_byte(store_at(ours.backups_url), f"backups/{full.id}/base.tar")
    with pytest.raises(BackupHoldsNoMore, match="changed or cut short"):
        check(ours, later, home=home / "refused")

    _clear_all_but_newer(ours, later)


def _needs_its_key(ours: Settings, full: Backup, *, home: Path) -> None:
    """After a rotation the old key, at the end of the ring, still opens it; without it only its label is readable."""
    rotated = ours.model_copy(update={"encryption_keys": _with_new_key_before(ours)})
    assert full.checked and check(rotated, full, home=home).tables == full.checked.tables
    without = ours.model_copy(update={"encryption_keys": SecretStr(new_key())})
    with pytest.raises(KeyMissing):
        Shelf(without).get(full.id)
    assert [label.keys for label in Shelf(without).labels()][:1] == [full.keys]


def _clear_all_but_newer(ours: Settings, later: Backup) -> None:
    """Once a newer one is enough, what nobody can need any more goes out of the bucket, and its log with it."""
    shelf = Shelf(ours)
    newer = kept(datetime.now(UTC), system=later.system, first_segment=later.first_segment[:-1] + "F")
    shelf.write_down(newer)

    cleared = clear_away(ours, datetime.now(UTC) + timedelta(days=ours.backup_keep_days + 1))

    assert len(cleared.backups) == 2 and cleared.log_files > 0
    assert [one.name for one in shelf.list_files("backups")] == [f"backups/{newer.id}/backup.json"]


def _with_new_key_before(settings: Settings) -> SecretStr:
    return SecretStr(f"{new_key()},{settings.encryption_keys.get_secret_value()}")


def _change_a_byte(store: ObjectStore, name: str) -> None:
    content = bytearray(bytes(store.get(name).bytes()))
    content[len(content) // 2] ^= 1
    store.put(name, bytes(content))
