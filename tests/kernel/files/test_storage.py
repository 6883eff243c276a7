"""Keeping files in a folder: they come back as they were, under names that we make."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backoffice.kernel.actor import system
from backoffice.kernel.errors import Refusal, Unavailable
from backoffice.kernel.files.storage import FileNotThere, Storage, new_name
from backoffice.kernel.house import House
from backoffice.kernel.write import TransactionOpen


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage((tmp_path / "files").as_uri())


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=10_000))
async def test_a_file_comes_back_as_it_was(storage: Storage, content: bytes) -> None:
    kept = await storage.fetch(await storage.keep(content, "audio/ogg; codecs=opus"))

    assert (kept.content, kept.content_type) == (content, "audio/ogg")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("image/png", "image/png"),
        ("Image/PNG", "image/png"),
        ("application/vnd.ms-excel", "application/vnd.ms-excel"),
        ("", "application/octet-stream"),
    ],
)
async def test_a_file_keeps_its_type(storage: Storage, said: str, kept: str) -> None:
    assert (await storage.fetch(await storage.keep(b"x", said))).content_type == kept


@pytest.mark.parametrize("evil", ["../../etc/passwd", "image/../../x", "a/b/c/d", "/", "..", "text/html\0", "%2e%2e/x"])
async def test_a_type_that_lies_keeps_its_file_inside_the_folder(tmp_path: Path, evil: str) -> None:
    folder = tmp_path / "files"
    storage = Storage(folder.as_uri())

    name = await storage.keep(b"x", evil)

    assert "/" not in name
    assert [path.parent for path in tmp_path.rglob("*") if path.is_file()] == [folder]
    assert (await storage.fetch(name)).content == b"x"


@pytest.mark.parametrize(
    "name", ["missing", "../secret", "../../etc/passwd", "/etc/passwd", "a/../../secret", ".", "..", ""]
)
async def test_a_name_that_we_did_not_make_is_not_there(tmp_path: Path, storage: Storage, name: str) -> None:
    (tmp_path / "secret").write_text("nobody's business")

    with pytest.raises(FileNotThere):
        await storage.fetch(name)


async def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "my files, größer 100%"

    await Storage(folder.as_uri()).keep(b"x", "text/plain")

    assert [path.parent for path in tmp_path.rglob("*") if path.is_file()] == [folder]


async def test_two_files_never_share_a_name(storage: Storage) -> None:
    assert len({await storage.keep(b"same", "text/plain") for _ in range(50)}) == 50


async def test_no_file_is_stored_while_a_transaction_is_open(house: House, storage: Storage) -> None:
    with pytest.raises(TransactionOpen):
        async with house.database.write(system("helpdesk", "tests")):
            await storage.keep(b"x", "text/plain")


async def test_a_large_file_goes_and_comes_in_pieces(storage: Storage, tmp_path: Path) -> None:
    content = bytes(range(256)) * 50_000
    name = new_name("text/csv")
    with (tmp_path / "large").open("w+b") as file:
        file.write(content)
        file.seek(0)
        await storage.keep_stream(name, file, size=len(content))

    streamed = await storage.stream(name)
    pieces = [piece async for piece in streamed.pieces]

    assert b"".join(pieces) == content
    assert len(pieces) > 1
    assert (streamed.size, streamed.content_type) == (len(content), "text/csv")


async def test_a_file_that_is_deleted_is_gone_and_may_be_deleted_again(storage: Storage) -> None:
    name = await storage.keep(b"x", "text/csv")

    await storage.delete(name)
    await storage.delete(name)

    with pytest.raises(FileNotThere):
        await storage.fetch(name)
    with pytest.raises(FileNotThere):
        await storage.stream(name)


class Refused(Refusal):
    """Not wanted"""


async def lying(storage: Storage, *file_ids: str) -> list[str]:
    """Those of the files that are there."""
    there = []
    for file_id in file_ids:
        with contextlib.suppress(FileNotThere):
            await storage.fetch(file_id)
            there.append(file_id)
    return there


async def test_what_a_write_does_not_name_is_deleted_after_it(storage: Storage) -> None:
    named, other = [await storage.keep(b"x", "image/png") for _ in range(2)]

    async with storage.offered(named, other, None) as left:
        left.discard(named)

    assert await lying(storage, named, other) == [named]


@pytest.mark.parametrize(("failure", "stays"), [(Refused(), 0), (Unavailable(), 1), (ConnectionError(), 1)])
async def test_what_a_write_refuses_is_deleted_and_stays_where_nobody_knows_its_end(
    storage: Storage, failure: Exception, stays: int
) -> None:
    kept = await storage.keep(b"x", "image/png")

    with pytest.raises(type(failure)):
        async with storage.offered(kept):
            raise failure

    assert len(await lying(storage, kept)) == stays
