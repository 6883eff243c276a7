"""A part of the object store for texts with names of their own, each written once: the same for all machines.

shelf = shelf_of(settings, "nacha")             None: FILES_URL is a folder, and what has a name stays on this machine
if not await shelf.keep("A.ach", content): ...  one of that name is there already
"""

from dataclasses import dataclass
from functools import lru_cache

from backoffice.kernel.files.storage import Storage
from backoffice.settings import Settings


@dataclass(frozen=True, slots=True)
class Shelf:
    """FilesUnavailable while the store is away."""

    storage: Storage
    url: str
    folder: str

    async def keep(self, name: str, content: bytes) -> bool:
        """False where that name is taken: what has it stays as it is."""
        return await self.storage.keep_once(f"{self.folder}/{name}", content)

    async def find(self, name: str) -> bytes | None:
        return await self.storage.find(f"{self.folder}/{name}")

    async def remove(self, name: str) -> None:
        """One that is not there is removed already."""
        await self.storage.delete(f"{self.folder}/{name}")

    def where(self, name: str) -> str:
        return f"{self.url.rstrip('/')}/{self.folder}/{name}"


def shelf_of(settings: Settings, folder: str) -> Shelf | None:
    """The shelf of that name, where there is an object store."""
    url = settings.files_url
    return Shelf(_storage(url), url, folder) if url and not url.startswith("file://") else None


@lru_cache(maxsize=4)
def _storage(url: str) -> Storage:
    """One for all shelves, so that they learn together that the store is away."""
    return Storage(url)
