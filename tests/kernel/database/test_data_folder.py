"""The data folder without a server: one owner at a time, private, and passwords that are made once."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from backoffice.kernel.database.data_folder import DataFolder, DataFolderInUse, DataFolderUnwritable, PasswordMissing


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder at a path short enough for a socket, whatever pytest's own folders are called."""
    folder = Path(tempfile.mkdtemp(prefix="backoffice-")).resolve()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def claimed(home: Path) -> Iterator[DataFolder]:
    folder = DataFolder(home / "data")
    folder.claim()
    yield folder
    folder.release()


def test_a_folder_has_one_owner_at_a_time(claimed: DataFolder) -> None:
    other = DataFolder(claimed.root)
    with pytest.raises(DataFolderInUse):
        other.claim()
    assert not other.claimed

    claimed.release()
    other.claim()
    assert other.claimed
    other.release()


def test_claiming_twice_is_claiming_once(claimed: DataFolder) -> None:
    claimed.claim()
    claimed.release()

    assert not claimed.claimed


def test_an_unwritable_folder_is_said_in_one_sentence(home: Path) -> None:
    (home / "file").touch()
    unwritable = home / "file" / "data"

    with pytest.raises(
        DataFolderUnwritable, match=f"^The data folder {unwritable} cannot be written: Not a directory.$"
    ):
        DataFolder(unwritable).claim()


def test_a_password_is_made_once_and_only_its_owner_reads_it(claimed: DataFolder) -> None:
    made = claimed.ensure_password("somebody")

    assert len(made) >= 32
    assert claimed.ensure_password("somebody") == claimed.password("somebody") == made
    assert claimed.ensure_password("another") != made
    kept = claimed.root / "secrets"
    assert kept.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in kept.iterdir()} == {0o600}


def test_a_password_that_is_gone_is_said_with_its_file(claimed: DataFolder) -> None:
    with pytest.raises(PasswordMissing, match=f"There is no database in {claimed.root}"):
        claimed.password("somebody")

    claimed.cluster.mkdir()
    with pytest.raises(PasswordMissing, match=f"{claimed.root}/secrets/postgresql-somebody is missing"):
        claimed.password("somebody")


def test_a_secrets_folder_that_was_open_to_others_is_closed(home: Path) -> None:
    secrets = home / "data" / "secrets"
    secrets.mkdir(parents=True)
    secrets.chmod(0o755)

    folder = DataFolder(home / "data")
    folder.claim()
    folder.release()

    assert secrets.stat().st_mode & 0o777 == 0o700


def test_the_socket_folder_lies_in_the_data_folder_and_is_private(claimed: DataFolder) -> None:
    assert claimed.ensure_socket_folder() == claimed.root / "run"
    assert claimed.socket_folder.stat().st_mode & 0o777 == 0o700


def test_a_socket_folder_that_is_only_a_link_is_refused(claimed: DataFolder, home: Path) -> None:
    (home / "elsewhere").mkdir()
    claimed.socket_folder.symlink_to(home / "elsewhere")

    with pytest.raises(DataFolderUnwritable, match="belongs to somebody else"):
        claimed.ensure_socket_folder()


def test_two_long_paths_have_two_socket_folders_of_bearable_length(home: Path) -> None:
    long = [DataFolder(home / ("a" * 90) / name).socket_folder for name in ("one", "other")]

    assert long[0] != long[1]
    assert all(len(str(folder)) < 90 and not folder.is_relative_to(home) for folder in long)
