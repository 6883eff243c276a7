"""The folder in which files for the bank lie: each on disk for good before it has its name, and never written over."""

import os
import secrets
from pathlib import Path

from backoffice.kernel.errors import Conflict

FOLDER = "nacha"


class FileChanged(Conflict):
    """The file {name} is not what was recorded: a file once written never changes"""

    name: str


def prepare(path: Path, content: bytes) -> Path:
    """On disk for good, under a name of its own that no bank looks for; readable by its owner, writable by nobody."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    whole = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
        os.fchmod(file.fileno(), 0o400)
    return whole


def find(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def name(whole: Path, path: Path, *, content: bytes) -> None:
    """Give a prepared file its name, once. FileChanged when another file has it."""
    try:
        path.hardlink_to(whole)
    except FileExistsError:
        if path.read_bytes() != content:
            raise FileChanged(name=path.name) from None
