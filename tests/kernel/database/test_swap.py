"""Folders that change places: from wherever it was cut short, the next start finds one whole cluster."""

from pathlib import Path

import pytest

from backoffice.kernel.database.swap import decide_swap, finish_swap, is_decided

KEPT = "postgres.before-now"


def cluster(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "PG_VERSION").write_text("18\n")
    (folder / "name").write_text(name)
    return folder


def name_of(folder: Path) -> str | None:
    return (folder / "name").read_text() if folder.exists() else None


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with its cluster, and another one made ready beside it."""
    cluster(tmp_path / "postgres", "old")
    cluster(tmp_path / "restoring" / "postgres", "new")
    return tmp_path


def test_nothing_happens_where_nothing_was_decided(data: Path) -> None:
    assert not finish_swap(data)
    assert name_of(data / "postgres") == "old"


def test_what_was_decided_is_done_once_and_the_old_cluster_is_kept(data: Path) -> None:
    decide_swap(data, new=data / "restoring" / "postgres", keep_as=KEPT)

    assert finish_swap(data)
    assert not finish_swap(data)

    assert (name_of(data / "postgres"), name_of(data / KEPT)) == ("new", "old")
    assert not (data / "restoring" / "postgres").exists()


def test_a_swap_cut_short_between_its_renames_is_finished(data: Path) -> None:
    decide_swap(data, new=data / "restoring" / "postgres", keep_as=KEPT)
    (data / "postgres").rename(data / KEPT)

    assert finish_swap(data)

    assert (name_of(data / "postgres"), name_of(data / KEPT)) == ("new", "old")


def test_a_swap_cut_short_after_its_renames_changes_nothing_more(data: Path) -> None:
    decide_swap(data, new=data / "restoring" / "postgres", keep_as=KEPT)
    (data / "postgres").rename(data / KEPT)
    (data / "restoring" / "postgres").rename(data / "postgres")

    assert finish_swap(data)

    assert (name_of(data / "postgres"), name_of(data / KEPT)) == ("new", "old")
    assert not is_decided(data)


def test_where_there_was_no_cluster_the_new_one_is_put_there(tmp_path: Path) -> None:
    new = cluster(tmp_path / "restoring" / "postgres", "new")
    decide_swap(tmp_path, new=new, keep_as=KEPT)

    assert finish_swap(tmp_path)

    assert (name_of(tmp_path / "postgres"), name_of(tmp_path / KEPT)) == ("new", None)


def test_what_cannot_work_is_not_decided(data: Path) -> None:
    with pytest.raises(FileNotFoundError):
        decide_swap(data, new=data / "elsewhere", keep_as=KEPT)
    (data / KEPT).mkdir()
    with pytest.raises(FileExistsError):
        decide_swap(data, new=data / "restoring" / "postgres", keep_as=KEPT)

    assert not is_decided(data)
