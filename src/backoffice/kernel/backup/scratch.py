"""A PostgreSQL on an unpacked backup, for a trial: nobody but us gets in, it archives nothing, and it is gone after."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backoffice.kernel.database.data_folder import DataFolder
from backoffice.kernel.database.embedded import PORT, SUPERUSER, EmbeddedServer

SETTINGS = {
    "archive_mode": "off",
    "hot_standby": "off",
    "summarize_wal": "off",
    "shared_buffers": "64MB",
    "fsync": "off",
}
RECOVERY_SECONDS = 6 * 3600.0
HBA = "local all all trust\n"


@contextmanager
def started(home: Path) -> Iterator[EmbeddedServer]:
    """The server of the cluster in `home/postgres`, recovered. ServerDidNotStart says why it could not be.

    Its socket lies in a folder that only its user may enter; so it needs no password, which may be another one's.
    """
    folder = DataFolder(home)
    rules = folder.cluster / "scratch_hba.conf"
    rules.write_text(HBA)
    if identity := folder.identity:
        shutil.chown(rules, *identity)
    server = EmbeddedServer(home, settings={**SETTINGS, "hba_file": str(rules)})
    try:
        server.launch()
        server.wait_ready(timeout=RECOVERY_SECONDS)
        yield server
    finally:
        server.stop()


def url_of(server: EmbeddedServer, database: str, *, role: str = SUPERUSER) -> str:
    return f"postgresql://{role}@/{database}?host={server.folder.socket_folder}&port={PORT}"
