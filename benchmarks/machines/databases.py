"""A primary and the replica that follows it, each with its PgBouncer, set up by the files of deploy/."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import psycopg

from backoffice.kernel.database.embedded import APP, BINARIES, DATABASE, SUPERUSER, EmbeddedServer
from backoffice.kernel.process import Process, spawn
from benchmarks.kills.desk import HOST, free_port, listens
from benchmarks.machines.keeping import Part

DEPLOY = Path(__file__).parents[2] / "deploy"
REPLICA = "db2"
ADMINISTRATOR = "pgbouncer"


class Pair:
    """db1 takes writes, db2 follows; a write is acknowledged once both have it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.db1, self.db2 = EmbeddedServer(folder / "db1"), EmbeddedServer(folder / REPLICA)
        self.ports = [free_port(), free_port()]

    def make(self) -> None:
        """Both servers run and are the same; the bouncers' files are written."""
        self.db1.start()
        self._configure()
        self._copy()
        self._wait_for_both()
        with psycopg.connect(self.db1.superuser_url, autocommit=True) as db:
            [verifier] = db.execute("SELECT rolpassword FROM pg_authid WHERE rolname = %s", [APP]).fetchone() or [""]
            db.execute("SELECT pg_reload_conf()")
        for number, server in enumerate((self.db1, self.db2)):
            self._write_bouncer(number, server, verifier=verifier)

    def age(self) -> None:
        """As a server that has run for a while: what made the tables is no part of a recovery any more."""
        with psycopg.connect(self.db1.superuser_url, autocommit=True) as db:
            db.execute("CHECKPOINT")

    def parts(self) -> list[Part]:
        servers = {"postgresql db1": self.db1, "postgresql db2": self.db2}
        bouncers = {f"pgbouncer db{number + 1}": number for number in (0, 1)}
        return [
            *(Part(name, one.launch, lambda one=one: answers(one)) for name, one in servers.items()),  # type: ignore[misc]
            *(
                Part(name, lambda n=number: self._bounce(n), lambda n=number: listens(self.ports[n]))  # type: ignore[misc]
                for name, number in bouncers.items()
            ),
        ]

    @property
    def pooled_url(self) -> str:
        """The API's: both bouncers, whichever takes writes."""
        password = self.db1.folder.password(APP)
        hosts = ",".join(f"{HOST}:{port}" for port in self.ports)
        return f"postgresql://{APP}:{password}@{hosts}/{DATABASE}?target_session_attrs=read-write"

    @property
    def direct_url(self) -> str:
        """The workers': both servers, whichever takes writes."""
        return self._both(APP)

    @property
    def replica_url(self) -> str:
        """Reads of staff."""
        return self.db2.app_url

    @property
    def superuser_url(self) -> str:
        return self._both(SUPERUSER)

    def promote(self) -> None:
        """As deploy/README.md says, once db1 is fenced."""
        run_as_server("pg_ctl", "promote", "-w", "-D", str(self.db2.folder.cluster), server=self.db2)
        address = f"host={HOST} port={self.ports[1]} user={ADMINISTRATOR} dbname=pgbouncer password={ADMINISTRATOR}"
        with psycopg.connect(address, autocommit=True, cursor_factory=psycopg.ClientCursor) as console:
            console.execute("RECONNECT")

    def _both(self, role: str) -> str:
        hosts = ",".join(str(server.folder.socket_folder) for server in (self.db1, self.db2))
        password = self.db1.folder.password(role)
        return f"postgresql://{role}:{password}@/{DATABASE}?host={hosts}&port=5432,5432&target_session_attrs=read-write"

    def _configure(self) -> None:
        cluster = self.db1.folder.cluster
        self._bring("backoffice.conf", cluster)
        with (cluster / "postgresql.conf").open("a") as out:
            out.write("include 'backoffice.conf'\ninclude_if_exists 'synchronous.conf'\n")
        self.db1.stop()
        self.db1.launch()
        self.db1.wait_ready(60)

    def _copy(self) -> None:
        """pg_basebackup by a slot; the copy knows its name and never waits for itself."""
        here, there = self.db1.folder, self.db2.folder
        there.claim()
        for role in (SUPERUSER, "backoffice_owner", APP):
            shutil.copy2(here.root / "secrets" / f"postgresql-{role}", there.root / "secrets")
        there.cluster.mkdir(mode=0o700)
        self._give(there.cluster)
        there.give(there.cluster)
        follows = f"{self.db1.superuser_url}&application_name={REPLICA}"
        options = ("--write-recovery-conf", "--create-slot", "--slot", REPLICA, "--checkpoint", "fast")
        run_as_server("pg_basebackup", "-d", follows, "-D", str(there.cluster), *options, server=self.db2)
        self.db2.launch()

    def _wait_for_both(self) -> None:
        """From now on a write is acknowledged once db2 has it, too."""
        self._bring("synchronous.conf", self.db1.folder.cluster)

    def _bring(self, name: str, cluster: Path) -> None:
        (cluster / name).write_bytes((DEPLOY / "postgresql" / name).read_bytes())
        self._give(cluster / name)

    def _write_bouncer(self, number: int, server: EmbeddedServer, *, verifier: str) -> None:
        folder = self._bouncer(number)
        folder.mkdir()
        text = (DEPLOY / "pgbouncer" / "pgbouncer.ini").read_text()
        for said, here in {
            "host=/var/run/postgresql": f"host={server.folder.socket_folder}",
            "listen_addr = *": f"listen_addr = {HOST}",
            "listen_port = 6432": f"listen_port = {self.ports[number]}",
            "/etc/pgbouncer/userlist.txt": str(folder / "userlist.txt"),
        }.items():
            assert said in text, f"pgbouncer.ini no longer says {said}"
            text = text.replace(said, here)
        (folder / "pgbouncer.ini").write_text(text)
        users = f'"{APP}" "{verifier}"\n"{ADMINISTRATOR}" "{ADMINISTRATOR}"\n'
        (folder / "userlist.txt").write_text(users)
        for one in (folder, *folder.iterdir()):
            self._give(one)

    def _bounce(self, number: int) -> Process:
        """PgBouncer refuses to run as root, as PostgreSQL does."""
        folder = self._bouncer(number)
        with (folder / "log").open("ab") as log:
            command = ["pgbouncer", str(folder / "pgbouncer.ini")]
            return spawn(command, stdout=log, stderr=log, cwd=folder, **who_runs(self.db1))

    def _bouncer(self, number: int) -> Path:
        return self.folder / f"pgbouncer{number + 1}"

    def _give(self, what: Path) -> None:
        if identity := self.db1.folder.identity:
            os.chown(what, *identity)


def who_runs(server: EmbeddedServer) -> dict[str, Any]:
    identity = server.folder.identity
    return {"user": identity[0], "group": identity[1], "extra_groups": []} if identity else {}


def run_as_server(program: str, *arguments: str, server: EmbeddedServer) -> None:
    """One of PostgreSQL's programs, as the user that the server runs as."""
    command = [str(BINARIES / program), *arguments]
    environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}
    options = who_runs(server)
    done = subprocess.run(
        command, cwd=server.folder.cluster, env=environment, capture_output=True, text=True, check=False, **options
    )
    if done.returncode != 0:
        raise RuntimeError(f"{program} failed: {done.stderr}")


def answers(server: EmbeddedServer) -> bool:
    try:
        with psycopg.connect(server.superuser_url, connect_timeout=2) as db:
            return db.execute("SELECT 1").fetchone() == (1,)
    except psycopg.Error:
        return False
