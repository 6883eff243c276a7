"""Where files lie: a local folder by default, or S3, GCS or Azure by address. We make the names, never a sender."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from obstore.store import LocalStore, ObjectStore, from_url

from backoffice.kernel.database import outside_transaction
from backoffice.kernel.errors import NotFound
from backoffice.kernel.identifiers import uuid7

KIND = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,100}")
NAME = re.compile(r"[0-9a-f]{32}\.[a-z0-9.+~-]+")


class FileNotThere(NotFound):
    """File not found"""

    code = "file_not_found"


@dataclass(frozen=True, slots=True)
class Kept:
    content: bytes
    content_type: str


class Storage:
    """`url` is a file:// folder, or s3://, gs:// or az:// with credentials from the environment."""

    def __init__(self, url: str) -> None:
        self._store: ObjectStore
        if url.startswith("file://"):
            folder = Path(url2pathname(urlsplit(url).path))
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._store = LocalStore(folder)
        else:
            self._store = from_url(url)

    async def keep(self, content: bytes, content_type: str) -> str:
        """Store the bytes; returns the name to find them by, which carries their type."""
        outside_transaction("file storage")
        said = content_type.split(";", 1)[0].strip().lower()
        kind = said if KIND.fullmatch(said) else "application/octet-stream"
        file_id = f"{uuid7().hex}.{kind.replace('/', '~')}"
        await self._store.put_async(file_id, content)
        return file_id

    async def fetch(self, file_id: str) -> Kept:
        """A file by the name that `keep` gave it. FileNotThere for any other."""
        if not NAME.fullmatch(file_id):
            raise FileNotThere
        try:
            found = await self._store.get_async(file_id)
        except FileNotFoundError as exc:
            raise FileNotThere from exc
        return Kept(bytes(await found.bytes_async()), file_id.partition(".")[2].replace("~", "/"))
