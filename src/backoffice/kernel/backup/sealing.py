"""A file of any size, compressed and then encrypted while it goes by, and back. Nothing of it is held but a piece.

    line 1   backoffice sealed file 1
    line 2   {"key": the name of the key, "wrapped": the file's own key, sealed under that one}
    rest     pieces of 1 MiB, each encrypted under the file's own key with AES-256-GCM

A piece's nonce is its number and whether it is the last: none can be left out, moved, or cut off. The file's own key
opens only under the name of this file, so none can stand in another's place.
"""

import base64
import io
import json
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from backoffice.kernel.encryption.keyring import KEY_BYTES, KeyRing, WrongKey

MARK = b"backoffice sealed file 1\n"
PIECE_BYTES = 1024 * 1024
TAG_BYTES = 16
COUNTER_BYTES = 11
LONGEST_HEAD = 4096


class Unreadable(Exception):
    """The file was not sealed by us, was changed, or was cut short. The message says which."""


class UnknownKey(Unreadable):
    """The file needs a key that is not on the ring."""

    def __init__(self, name: str) -> None:
        super().__init__(f"it needs the key {name}")
        self.name = name


@dataclass(slots=True)
class Counted:
    """Bytes that go by, counted."""

    pieces: Iterable[bytes]
    size: int = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            self.size += len(piece)
            yield piece


def sealed(plain: Iterable[bytes], keys: KeyRing, *, name: str) -> Iterator[bytes]:
    """The file as it is kept, under the ring's first key."""
    own_key = secrets.token_bytes(KEY_BYTES)
    key, wrapped = keys.encrypt(own_key, bound_to=name)
    yield MARK + json.dumps({"key": key, "wrapped": base64.b64encode(wrapped).decode()}).encode() + b"\n"
    cipher = AESGCM(own_key)
    for number, (piece, is_last) in enumerate(_with_last(_cut(_compressed(plain), PIECE_BYTES))):
        yield cipher.encrypt(_nonce(number, is_last=is_last), piece, None)


def opened(kept: Iterable[bytes], keys: KeyRing, *, name: str) -> Iterator[bytes]:
    """What was sealed under this name. Unreadable as soon as a piece is wrong, UnknownKey before the first one."""
    own_key, rest = _own_key(iter(kept), keys, name)
    cipher = AESGCM(own_key)
    inflate = zstandard.ZstdDecompressor().decompressobj()
    for number, (piece, is_last) in enumerate(_with_last(_cut(rest, PIECE_BYTES + TAG_BYTES))):
        try:
            plain = inflate.decompress(cipher.decrypt(_nonce(number, is_last=is_last), piece, None))
        except (InvalidTag, ValueError, zstandard.ZstdError) as exc:
            raise Unreadable("it was changed or cut short") from exc
        if plain:
            yield plain
    if not inflate.eof:
        raise Unreadable("it was cut short")


class Reading(io.RawIOBase):
    """Pieces as a file that is read once, from its beginning."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._left:
            following = next(self._pieces, None)
            if following is None:
                return 0
            self._left = following
        taken = self._left[: len(buffer)]
        buffer[: len(taken)] = taken
        self._left = self._left[len(taken) :]
        return len(taken)


def _own_key(kept: Iterator[bytes], keys: KeyRing, name: str) -> tuple[bytes, Iterator[bytes]]:
    """The file's own key, and what follows the head."""
    head = b""
    for piece in kept:
        head += piece
        if head.count(b"\n") >= 2 or len(head) > LONGEST_HEAD:
            break
    mark, _, rest = head.partition(b"\n")
    line, _, rest = rest.partition(b"\n")
    try:
        said = json.loads(line) if mark + b"\n" == MARK else {}
        key, wrapped = str(said["key"]), base64.b64decode(said["wrapped"])
    except (ValueError, KeyError, TypeError) as exc:
        raise Unreadable("it was not sealed by us") from exc
    if not keys.has(key):
        raise UnknownKey(key)
    try:
        return keys.decrypt(key, wrapped, bound_to=name), _chained(rest, kept)
    except WrongKey as exc:
        raise Unreadable("it is another file, or was sealed under another key of that name") from exc


def _compressed(plain: Iterable[bytes]) -> Iterator[bytes]:
    deflate = zstandard.ZstdCompressor(level=3, write_checksum=True).compressobj()
    for piece in plain:
        yield deflate.compress(piece)
    yield deflate.flush()


def _cut(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The same bytes in pieces of this size; the last one may be shorter, and is there even where it is empty."""
    held = bytearray()
    for piece in pieces:
        held += piece
        while len(held) > size:
            yield bytes(held[:size])
            del held[:size]
    yield bytes(held)


def _with_last(pieces: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    held: bytes | None = None
    for piece in pieces:
        if held is not None:
            yield held, False
        held = piece
    if held is not None:
        yield held, True


def _chained(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(COUNTER_BYTES, "big") + bytes([is_last])
