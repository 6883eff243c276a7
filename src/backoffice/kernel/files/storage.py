"""Where files lie: a local folder by default, or S3, GCS or Azure by address. We make the names, never a sender."""

import asyncio
import contextlib
import os
import re
import shutil
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit
from urllib.request import url2pathname

from obstore.exceptions import AlreadyExistsError, GenericError, PermissionDeniedError, UnauthenticatedError
from obstore.store import LocalStore, ObjectStore, from_url

from backoffice.kernel.breaker import Breaker, LeftAlone
from backoffice.kernel.errors import NotFound, Refusal, Unavailable
from backoffice.kernel.identifiers import uuid7
from backoffice.kernel.telemetry import Timed
from backoffice.kernel.write import outside_transaction

KIND = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,100}")
AWAY = (GenericError, PermissionDeniedError, UnauthenticatedError, TimeoutError)
NAME = re.compile(r"[0-9a-f]{32}\.[a-z0-9.+~-]+")
PROVIDERS = {"file": "local", "gs": "gcs", "az": "azure"}
"""What an address begins with, where the provider is called otherwise."""
LISTED_AT_ONCE = 1_000
PART_BYTES = 5 * 1024 * 1024
PARTS_AT_ONCE = 2
"""A large file goes and comes in parts, so that a process holds no more of it than these."""
SLOWEST_BYTES_A_SECOND = 1_000_000


class FileNotThere(NotFound):
    """File not found"""


class FilesUnavailable(Unavailable):
    """Files can't be kept or fetched right now. Please try again."""

    retry_after_seconds = 10


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an object store may take: to connect, for one request, and for one file with the second try."""

    connect: timedelta = timedelta(seconds=2)
    request: timedelta = timedelta(seconds=8)
    file: timedelta = timedelta(seconds=12)

    def seconds_for(self, size: int) -> float:
        """For one file of so many bytes."""
        return self.file.total_seconds() + size / SLOWEST_BYTES_A_SECOND


@dataclass(frozen=True, slots=True)
class Kept:
    content: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Streamed:
    """A large file, piece by piece."""

    pieces: AsyncIterator[bytes]
    size: int
    content_type: str


def new_name(content_type: str) -> str:
    """The name of a file that is not there yet; it carries its type."""
    said = content_type.split(";", 1)[0].strip().lower()
    kind = said if KIND.fullmatch(said) else "application/octet-stream"
    return f"{uuid7().hex}.{kind.replace('/', '~')}"


def _type_in(file_id: str) -> str:
    return file_id.partition(".")[2].replace("~", "/")


class Storage:
    """`url` is a file:// folder, or s3://, gs:// or az:// with credentials from the environment.

    FilesUnavailable when the store is away, slow or refuses us; after a few times in a row at once, for a while.
    """

    def __init__(self, url: str, *, patience: Patience = Patience()) -> None:
        self._store: ObjectStore
        self._folder: Path | None = None
        self.provider = PROVIDERS.get(urlsplit(url).scheme, urlsplit(url).scheme)
        self._patience = patience
        self.breaker = Breaker("file storage", *AWAY)
        if url.startswith("file://"):
            folder = Path(url2pathname(urlsplit(url).path))
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._folder = folder
            self._store = LocalStore(folder)
        else:
            self._store = from_url(
                url,
                client_options={
                    "connect_timeout": patience.connect,
                    "timeout": patience.request,
                    "allow_http": may_speak_http(),
                },
                retry_config={"max_retries": 1, "retry_timeout": patience.request},
            )

    async def keep(self, content: bytes, content_type: str) -> str:
        """Store the bytes; returns the name to find them by, which carries their type."""
        file_id = new_name(content_type)
        await self._put(file_id, content, size=len(content))
        return file_id

    async def keep_stream(self, file_id: str, content: IO[bytes], *, size: int) -> None:
        """Store a large file under a name made by `new_name`, read from where `content` stands."""
        await self._put(file_id, content, size=size)

    async def _put(self, file_id: str, content: bytes | IO[bytes], *, size: int) -> None:
        outside_transaction("file storage")
        try:
            async with self._asked(size):
                await self._store.put_async(file_id, content, chunk_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE)
        except FileNotThere as exc:  # the bucket, not the file
            raise FilesUnavailable from exc

    async def fetch(self, file_id: str) -> Kept:
        """A file by the name that `keep` gave it. FileNotThere for any other."""
        outside_transaction("file storage")
        if not NAME.fullmatch(file_id):
            raise FileNotThere
        async with self._asked():
            found = await self._store.get_async(file_id)
            content = bytes(await found.bytes_async())
        return Kept(content, _type_in(file_id))

    async def stream(self, file_id: str) -> Streamed:
        """The same, of a file that need not fit memory."""
        outside_transaction("file storage")
        if not NAME.fullmatch(file_id):
            raise FileNotThere
        async with self._asked():
            found = await self._store.get_async(file_id)
        pieces = (bytes(piece) async for piece in found.stream(min_chunk_size=PART_BYTES))
        return Streamed(pieces, found.meta["size"], _type_in(file_id))

    async def keep_once(self, path: str, content: bytes) -> bool:
        """Store the bytes under a path of our own choice. False where something is there: it stays as it is."""
        outside_transaction("file storage")
        try:
            async with self._asked(len(content)):
                await self._store.put_async(path, content, mode="create")
        except AlreadyExistsError:
            return False
        except FileNotThere as exc:  # the bucket, not the file
            raise FilesUnavailable from exc
        return True

    async def find(self, path: str) -> bytes | None:
        """What `keep_once` stored there."""
        outside_transaction("file storage")
        try:
            async with self._asked():
                return bytes(await (await self._store.get_async(path)).bytes_async())
        except FileNotThere:
            return None

    async def delete(self, file_id: str) -> None:
        """Remove a file. One that is not there is removed already."""
        outside_transaction("file storage")
        with contextlib.suppress(FileNotThere):
            async with self._asked():
                await self._store.delete_async(file_id)

    @asynccontextmanager
    async def offered(self, *file_ids: str | None) -> AsyncIterator[set[str]]:
        """Around the write that shall name files kept before it. What it refuses, or does not name, is deleted.

        Yields the names; take out those that a row has now. Where nobody knows whether it was committed all stay.

            async with files.offered(new.file_id) as left:
                ...  # the write
                left.discard(row.file_id)
        """
        left = set(filter(None, file_ids))
        try:
            yield left
        except Unavailable:
            raise
        except Refusal:
            await self._delete_what_is_left(file_ids)
            raise
        await self._delete_what_is_left(left)

    async def _delete_what_is_left(self, file_ids: Iterable[str | None]) -> None:
        """As far as the store lets us: the answer is known already."""
        with contextlib.suppress(FilesUnavailable):
            for file_id in filter(None, file_ids):
                await self.delete(file_id)

    async def names_since(self, at: datetime, *, most: int) -> list[str]:
        """Files that were made since then, oldest first: a name begins with its time, so that no others are read."""
        outside_transaction("file storage")
        begin, found = f"{int(at.timestamp() * 1000):012x}", list[str]()
        async with self._asked():
            async for some in self._store.list(offset=begin):
                found += [one["path"] for one in some if NAME.fullmatch(one["path"])]
                if len(found) >= most:
                    break
        return sorted(found)[:most]

    async def try_out(self) -> None:
        """Keep a file, fetch it, delete it. FilesUnavailable with its cause, or FileNotThere."""
        file_id = await self.keep(b"backoffice check", "text/plain")
        await self.fetch(file_id)
        async with self._asked():
            await self._store.delete_async(file_id)

    async def total_bytes(self) -> int:
        """Of all files, one page of their list after the other: minutes, where there are millions."""
        outside_transaction("file storage")
        total = 0
        async for page in self._store.list(chunk_size=LISTED_AT_ONCE):
            total += sum(one["size"] for one in page)
        return total

    async def free_bytes(self) -> int | None:
        """What the folder's disk has left; None of an object store, which does not say."""
        if self._folder is None:
            return None
        return (await asyncio.to_thread(shutil.disk_usage, self._folder)).free

    @asynccontextmanager
    async def _asked(self, size: int = 0) -> AsyncIterator[None]:
        """Around what the store is asked: it ends in time, and in a refusal of ours."""
        try:
            with self.breaker.closed(), Timed("file storage"):
                async with asyncio.timeout(self._patience.seconds_for(size)):
                    yield
        except FileNotFoundError as exc:
            raise FileNotThere from exc
        except (*AWAY, LeftAlone) as exc:
            raise FilesUnavailable from exc


def may_speak_http() -> bool:
    """AWS_ALLOW_HTTP and the like: the library forgets them once it is given options of ours."""
    names = ("AWS_ALLOW_HTTP", "AZURE_ALLOW_HTTP", "GOOGLE_ALLOW_HTTP")
    return any(os.environ.get(name, "").lower() in ("1", "true", "yes", "on") for name in names)
