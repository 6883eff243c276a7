"""Where backups are kept: a folder, or an object store by address. What leaves here is sealed already.

    backups/<id>/<part>             the files of a backup           backups/<id>/backup.json   last: now it is one
    wal/<system>/<segment>          the log of the server, file by file         place   the name of this place, open

The calls wait, and are made from a thread: what is written and read here is of any size.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname
from uuid import UUID, uuid4

from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from backoffice.kernel.backup import record
from backoffice.kernel.backup.record import Backup, Label
from backoffice.kernel.backup.rules import BackupDamaged, BackupNotFound, BackupStoreAway, KeyMissing
from backoffice.kernel.backup.sealing import Counted, UnknownKey, Unreadable, opened, sealed
from backoffice.kernel.encryption.keyring import KeyRing
from backoffice.kernel.files.storage import AWAY, may_speak_http
from backoffice.settings import Settings

LABEL = "backup.json"
PLACE = "place"
CHUNK_BYTES = 32 * 1024 * 1024
"""An object store takes 10,000 parts of one file: 320 GB."""
PATIENCE = timedelta(minutes=2)
"""Of one request; a file is many."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file of the shelf."""

    name: str
    size: int


class Shelf:
    """The store of BACKUPS_URL, and the keys by which it is written and read. BackupStoreAway where it is away."""

    def __init__(self, settings: Settings) -> None:
        self.keys = KeyRing(settings.encryption_keys.get_secret_value())
        url = settings.backups_url or (settings.data_folder / "backups").absolute().as_uri()
        self._store = store_at(url)

    def place(self) -> str:
        """The name of this place, which it keeps itself: what two machines reach is one, two folders are two."""
        with suppress(FileNotFoundError), asked(may_lack=True):
            return bytes(self._store.get(PLACE).bytes()).decode()
        with suppress(AlreadyExistsError), asked():
            self._store.put(PLACE, uuid4().hex.encode(), mode="create")
        with asked():
            return bytes(self._store.get(PLACE).bytes()).decode()

    def put(self, name: str, plain: Iterable[bytes]) -> tuple[int, int]:
        """Keep a file, compressed and sealed: its length before and after. What stood there is replaced."""
        before = Counted(plain)
        after = Counted(sealed(before, self.keys, name=name))
        with asked():
            self._store.put(name, iter(after), chunk_size=CHUNK_BYTES, max_concurrency=1)
        return before.size, after.size

    def put_once(self, name: str, content: bytes) -> bool:
        """Keep a small file where none of its name is. False where there is one."""
        try:
            with asked():
                self._store.put(name, b"".join(sealed([content], self.keys, name=name)), mode="create")
        except AlreadyExistsError:
            return False
        return True

    def fetch(self, name: str) -> Iterator[bytes]:
        """What was kept under this name. FileNotFoundError, Unreadable."""
        with asked(may_lack=True):
            found = self._store.get(name)
            yield from opened(
                (bytes(piece) for piece in found.stream(min_chunk_size=1024 * 1024)), self.keys, name=name
            )

    def fetch_part(self, backup: Backup, part: str) -> Iterator[bytes]:
        """A file of a backup. KeyMissing, BackupDamaged."""
        try:
            yield from self.fetch(place_of(backup.id, part))
        except UnknownKey as exc:
            raise KeyMissing(backup_id=str(backup.id), key=exc.name) from exc
        except (Unreadable, FileNotFoundError) as exc:
            reason = str(exc) if isinstance(exc, Unreadable) else "it is not there"
            raise BackupDamaged(backup_id=str(backup.id), reason=f"{part}: {reason}") from exc

    def has(self, name: str) -> bool:
        try:
            with asked(may_lack=True):
                self._store.head(name)
        except FileNotFoundError:
            return False
        return True

    def list_files(self, folder: str) -> list[Found]:
        """All files below a folder, by name."""
        with asked():
            pages = list(self._store.list(prefix=folder))
        return sorted((Found(one["path"], one["size"]) for page in pages for one in page), key=lambda one: one.name)

    def delete(self, *names: str) -> None:
        for name in names:
            try:
                with asked(may_lack=True):
                    self._store.delete(name)
            except FileNotFoundError:
                continue

    def write_down(self, backup: Backup) -> None:
        """From now on it is a backup."""
        with asked():
            self._store.put(place_of(backup.id, LABEL), record.written(backup, self.keys))

    def labels(self) -> list[Label]:
        """Every backup there is, the oldest first, also those that need keys we don't have. One that can't be read is
        left out, so that it is in nobody's way.
        """
        return self.labelled()[0]

    def labelled(self) -> tuple[list[Label], list[UUID]]:
        """The same, and beside it the backups that can't be read: their label says nothing, or was changed."""
        found, _, damaged = self._looked_through()
        return found, damaged

    def backups(self) -> list[Backup]:
        """Every backup that the keys of this ring open, the oldest first."""
        return self._looked_through()[1]

    def _looked_through(self) -> tuple[list[Label], list[Backup], list[UUID]]:
        labels: list[Label] = []
        backups: list[Backup] = []
        damaged: list[UUID] = []
        for backup_id in self.named():
            try:
                content = self._label(backup_id)
                label = record.label_of(content, backup_id)
                if self.keys.has(label.sealed_under):
                    backups.append(record.read(content, self.keys, backup_id=backup_id))
                labels.append(label)
            except BackupDamaged:
                damaged.append(backup_id)
            except BackupNotFound:  # cleared away meanwhile
                continue
        return sorted(labels, key=_age_of), sorted(backups, key=_age_of), damaged

    def named(self) -> list[UUID]:
        """Of all that has a label. A folder that somebody put there under another name is none of ours."""
        found = (backup_in(one.name) for one in self.list_files("backups"))
        return [backup_id for backup_id, part in filter(None, found) if part == LABEL]

    def opens_any(self, backup_ids: Iterable[UUID]) -> bool:
        """Whether one of these can be read with the keys of this ring."""
        for backup_id in backup_ids:
            with suppress(BackupNotFound, KeyMissing, BackupDamaged):
                self.get(backup_id)
                return True
        return False

    def get(self, backup_id: UUID) -> Backup:
        """BackupNotFound, KeyMissing, BackupDamaged."""
        return record.read(self._label(backup_id), self.keys, backup_id=backup_id)

    def chain(self, backup: Backup) -> list[Backup]:
        """All that restoring this one takes, the full one first. BackupNotFound where one of them is gone."""
        found = [backup]
        while (before := found[0].follows) is not None:
            found.insert(0, self.get(before))
        return found

    def _label(self, backup_id: UUID) -> bytes:
        try:
            with asked(may_lack=True):
                return bytes(self._store.get(place_of(backup_id, LABEL)).bytes())
        except FileNotFoundError as exc:
            raise BackupNotFound(backup_id=str(backup_id)) from exc


def place_of(backup_id: UUID, part: str) -> str:
    return f"backups/{backup_id}/{part}"


def backup_in(name: str) -> tuple[UUID, str] | None:
    """Of which backup a file is, and which part; None for one that `place_of` did not name."""
    folder, _, part = name.removeprefix("backups/").rpartition("/")
    try:
        backup_id = UUID(folder)
    except ValueError:
        return None
    return (backup_id, part) if place_of(backup_id, part) == name else None


def _age_of(one: Label | Backup) -> tuple[datetime, UUID]:
    return one.ended_at, one.id


def store_at(url: str) -> ObjectStore:
    """A folder, which is made, or an object store with its credentials from the environment."""
    if url.startswith("file://"):
        folder = Path(url2pathname(urlsplit(url).path))
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return LocalStore(folder)
    try:
        return from_url(
            url,
            client_options={
                "connect_timeout": timedelta(seconds=5),
                "timeout": PATIENCE,
                "allow_http": may_speak_http(),
            },
            retry_config={"max_retries": 3, "retry_timeout": PATIENCE},
        )
    except BaseError as exc:  # no account, no region: what the environment has to name
        raise BackupStoreAway from exc


@contextmanager
def asked(*, may_lack: bool = False) -> Iterator[None]:
    """Around what a store is asked: BackupStoreAway. Only where one file is asked for may something not be there: else
    it is the bucket that isn't.
    """
    try:
        yield
    except AlreadyExistsError:
        raise
    except FileNotFoundError as exc:
        if may_lack:
            raise
        raise BackupStoreAway from exc
    except AWAY as exc:
        raise BackupStoreAway from exc
