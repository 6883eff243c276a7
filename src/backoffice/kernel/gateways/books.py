"""Where a sandbox keeps what it did: a folder of this machine, or what else keeps named texts, each written once."""

import asyncio
import secrets
from pathlib import Path
from typing import Protocol


class Books(Protocol):
    """Several processes may write at once: of one name the first text stays."""

    async def keep(self, name: str, content: bytes) -> bool:
        """False where that name has a text already."""

    async def find(self, name: str) -> bytes | None: ...


class FolderBooks:
    """A file for each name, whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def keep(self, name: str, content: bytes) -> bool:
        return await asyncio.to_thread(self._keep, self._folder / name, content)

    async def find(self, name: str) -> bytes | None:
        return await asyncio.to_thread(self._find, self._folder / name)

    @staticmethod
    def _keep(path: Path, content: bytes) -> bool:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        whole = path.with_name(f".{secrets.token_hex(8)}")
        whole.write_bytes(content)
        try:
            path.hardlink_to(whole)
        except FileExistsError:
            return False
        finally:
            whole.unlink()
        return True

    @staticmethod
    def _find(path: Path) -> bytes | None:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None
