"""Customers' files: packed into one archive while they go by, and put back where they are missing."""

import tarfile
from collections.abc import Iterator

from obstore.store import ObjectStore

from backoffice.kernel.backup.record import Backup
from backoffice.kernel.backup.sealing import Reading
from backoffice.kernel.backup.shelf import Shelf, asked, store_at
from backoffice.settings import Settings

UPLOADS = "uploads.tar"


def packed(settings: Settings) -> Iterator[bytes]:
    """An archive of all files. One that is deleted meanwhile is left out."""
    store = _files(settings)
    with asked():
        for page in store.list():
            for one in page:
                yield from _packed_one(store, one["path"])
    yield bytes(2 * tarfile.BLOCKSIZE)


def put_back(settings: Settings, backup: Backup) -> int:
    """Files of the backup that are not there any more; how many were put back. What is there is left as it is."""
    store, back = _files(settings), 0
    with asked():
        there = {one["path"] for page in store.list() for one in page}
    pieces = Shelf(settings).fetch_part(backup, UPLOADS)
    with tarfile.open(fileobj=Reading(pieces), mode="r|") as archive:
        for member in archive:
            content = archive.extractfile(member)
            if content is not None and member.name not in there:
                with asked():
                    store.put(member.name, content.read())
                back += 1
    return back


def _files(settings: Settings) -> ObjectStore:
    return store_at(settings.files_url or (settings.data_folder / "files").absolute().as_uri())


def _packed_one(store: ObjectStore, path: str) -> Iterator[bytes]:
    try:
        found = store.get(path)
    except FileNotFoundError:
        return
    size = found.meta["size"]
    member = tarfile.TarInfo(path)
    member.size, member.mtime = size, int(found.meta["last_modified"].timestamp())
    yield member.tobuf(tarfile.PAX_FORMAT)
    for piece in found.stream(min_chunk_size=1024 * 1024):
        yield bytes(piece)
    yield bytes(-size % tarfile.BLOCKSIZE)
