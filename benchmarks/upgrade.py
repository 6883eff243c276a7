"""An upgrade without a pause, tried: `python -m benchmarks.upgrade`, or from another version, `--old v0.1.0`.

The old version is checked out beside this one, starts with its demo and serves. Clients read and give goodwill all the
while. This version migrates, its processes start, requests go to them, the old ones stop. Then: how many requests
failed, how long the slowest took in each part, and whether what was acknowledged is there, once, with its sums.
Exit 1 when a promise was broken. A clone without tags has no version before this one: that is said, and nothing tried.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import httpx
import psycopg
import typer
from dotenv import dotenv_values
from rich.console import Console
from rich.table import Table

from backoffice.configuration import SECRETS_FILE
from backoffice.first_start import read_note
from backoffice.kernel.database.embedded import APP, EmbeddedServer
from benchmarks.kills.desk import free_port, listens, running_desk
from benchmarks.versions import HERE, NotInThisClone, check_out, commit_of, next_version, version_before

API = "/marketplace/api/v1/admin"
READS = ("/marketplace/api/v1/admin/users", "/marketplace/api/v1/admin/bookings", "/marketplace/api/v1/admin/audit")
CENTS = 100
WITHIN = 120.0
CLIENTS = 4
console = Console()


class UpgradeFailed(Exception):
    """A process or a command did not do what it should; the message has its last words."""


@dataclass
class Traffic:
    """What clients were answered. `at` is where they send requests, `part` what is going on meanwhile."""

    token: str
    customers: list[int]
    at: str
    part: str = "old alone"
    over: threading.Event = field(default_factory=threading.Event)
    requests: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    slowest: dict[str, float] = field(default_factory=dict)
    first_failures: dict[str, str] = field(default_factory=dict)
    given: list[str] = field(default_factory=list)

    def go_on(self, number: int) -> None:
        """One client, until it is over: three reads, then one write."""
        with httpx.Client(timeout=60, headers={"Authorization": f"Bearer {self.token}"}) as client:
            turn = number
            while not self.over.is_set():
                for path in READS:
                    self._ask(client, "GET", path)
                reason = uuid4().hex
                customer = self.customers[turn % len(self.customers)]
                body = {"amount_cents": CENTS, "reason": reason}
                if self._ask(client, "POST", f"{API}/users/{customer}/goodwill", body):
                    self.given.append(reason)
                turn += CLIENTS

    def _ask(self, client: httpx.Client, method: str, path: str, body: dict[str, Any] | None = None) -> bool:
        part, begun = self.part, time.monotonic()
        headers = {"Idempotency-Key": uuid4().hex} if body else {}
        try:
            said = client.request(method, f"{self.at}{path}", json=body, headers=headers)
            problem = "" if said.is_success else f"{said.status_code} {said.text[:200]}"
        except httpx.HTTPError as failure:
            problem = repr(failure)
        self.requests[part] += 1
        self.slowest[part] = max(self.slowest.get(part, 0.0), time.monotonic() - begun)
        if problem:
            self.failed[part] += 1
            self.first_failures.setdefault(part, problem)
        return not problem


def main(
    old: Annotated[str, typer.Option(help="The tag or commit that serves at first; else the last tag before")] = "",
    *,
    seconds: Annotated[float, typer.Option(min=1, help="Of traffic in each part")] = 5.0,
    expand: Annotated[bool, typer.Option(help="Migrate once more, by a made-up next version")] = True,
) -> None:
    """Upgrade from an old version under traffic."""
    try:
        commit = commit_of(old or version_before())
    except NotInThisClone as reason:
        console.print(f"Not tried: {reason}", markup=False, soft_wrap=True)
        raise typer.Exit(2 if old else 0) from reason
    scratch = Path(tempfile.mkdtemp(prefix="backoffice-upgrade-"))
    scratch.chmod(0o755)
    try:
        check_out(commit, scratch / "old")
        with running_desk(scratch / "var", PYTHONPATH=str(scratch / "old/src")):
            console.print(f"{old or commit[:9]} has made its demo.")
        server = EmbeddedServer(scratch / "var")
        server.start()
        try:
            right = upgrade(server, scratch, seconds=seconds, expand=expand)
        finally:
            server.stop()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    raise typer.Exit(0 if right else 1)


def upgrade(server: EmbeddedServer, scratch: Path, *, seconds: float, expand: bool) -> bool:
    """The parts one after another; whether nothing failed and every sum is right."""
    data = scratch / "var"
    with serving(scratch / "old", server, data=data, name="old") as (old, stop_old):
        traffic = begin(server, data, at=old)
        clients = [threading.Thread(target=traffic.go_on, args=[number]) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        try:
            time.sleep(seconds)
            begun = pass_to(traffic, "while this version migrates")
            command(HERE, environment(server, data), "migrate")
            console.print(f"Migrated in {time.monotonic() - begun:.1f} s; the old process says {ready(old)!r}.")
            pass_to(traffic, "old code, new schema")
            time.sleep(seconds)
            with serving(HERE, server, data=data, name="new") as (new, _):
                pass_to(traffic, "both versions serve")
                traffic.at = new
                time.sleep(seconds / 2)
                stop_old()
                pass_to(traffic, "new code, new schema")
                time.sleep(seconds)
                if expand:
                    pass_to(traffic, "the version after this one migrates")
                    command(next_version(scratch / "next"), environment(server, data), "migrate")
                    console.print(f"A next version has migrated; this process says {ready(new)!r}.")
                    pass_to(traffic, "this code, the next schema")
                    time.sleep(seconds)
                traffic.over.set()
                for client in clients:
                    client.join()
        finally:
            traffic.over.set()
    return told(traffic, server, data=data)


def pass_to(traffic: Traffic, part: str) -> float:
    traffic.part = part
    return time.monotonic()


def begin(server: EmbeddedServer, data: Path, *, at: str) -> Traffic:
    """Signed in as the super admin of the note; twenty customers of the demo get the money."""
    note = read_note(data)
    assert note is not None, "a first start leaves its note"
    person = note["products"]["marketplace"]
    body = {"email_or_phone": person["email"], "password": person["password"]}
    said = httpx.post(f"{at}{API}/auth/login", json=body, timeout=60)
    with psycopg.connect(server.app_url) as db:
        rows = db.execute("SELECT id FROM marketplace.customer WHERE status = 'active' ORDER BY id LIMIT 20").fetchall()
    return Traffic(said.raise_for_status().json()["data"]["access_token"], [customer for (customer,) in rows], at)


def environment(server: EmbeddedServer, data: Path) -> dict[str, str]:
    secrets = {name: value for name, value in dotenv_values(data / SECRETS_FILE).items() if value}
    return {
        **os.environ,
        **secrets,
        "DATABASE_URL": server.app_url,
        "DATABASE_OWNER_URL": server.owner_url,
        "DATABASE_APP_ROLE": APP,
        "DATA_FOLDER": str(data),
        "READS_PER_MINUTE": "1000000",
        "WRITES_PER_MINUTE": "1000000",
    }


@contextmanager
def serving(code: Path, server: EmbeddedServer, *, data: Path, name: str) -> Iterator[tuple[str, Any]]:
    """An API and a worker of this code: their address once it is ready, and what stops both."""
    port = free_port()
    env = environment(server, data) | {"PORT": str(port), "PYTHONPATH": str(code / "src")}
    with (data.parent / f"{name}.log").open("wb") as log:
        both = [
            subprocess.Popen([sys.executable, "-m", "backoffice", word], cwd=data, env=env, stdout=log, stderr=log)
            for word in ("serve", "worker")
        ]

    def stop() -> None:
        for one in both:
            if one.poll() is None:
                one.send_signal(signal.SIGTERM)
        for one in both:
            one.wait(60)

    try:
        address, deadline = f"http://127.0.0.1:{port}", time.monotonic() + WITHIN
        while not listens(port) or ready(address) != "ready":
            if time.monotonic() > deadline or both[0].poll() is not None:
                raise UpgradeFailed((data.parent / f"{name}.log").read_text(errors="replace")[-3000:])
            time.sleep(0.1)
        yield address, stop
    finally:
        stop()


def ready(address: str) -> str:
    try:
        return httpx.get(f"{address}/readyz", timeout=10).text
    except httpx.HTTPError as failure:
        return repr(failure)


def command(code: Path, env: dict[str, str], *words: str) -> str:
    argv = [sys.executable, "-m", "backoffice", *words]
    env = env | {"PYTHONPATH": str(code / "src")}
    done = subprocess.run(argv, env=env, cwd=code, capture_output=True, text=True, timeout=540, check=False)
    if done.returncode:
        raise UpgradeFailed(f"{' '.join(words)}: {done.stdout}{done.stderr}")
    return done.stdout


def told(traffic: Traffic, server: EmbeddedServer, *, data: Path) -> bool:
    """The table, and whether all is as it must be."""
    table = Table("meanwhile", "requests", "failed", "slowest, s")
    for part, requests in traffic.requests.items():
        table.add_row(part, str(requests), str(traffic.failed[part]), f"{traffic.slowest[part]:.2f}")
    console.print(table)
    for part, failure in traffic.first_failures.items():
        console.print(f"{part}: {failure}", markup=False)
    wrong = {name: number for name, number in compared(traffic, server).items() if number}
    console.print(f"{len(traffic.given)} credits acknowledged; wrong: {wrong or 'nothing'}.")
    console.print(command(HERE, environment(server, data), "audit", "verify", "--data", str(data)), end="")
    return not wrong and not traffic.failed.total()


def compared(traffic: Traffic, server: EmbeddedServer) -> dict[str, int]:
    """What must be none of."""
    with psycopg.connect(server.app_url) as db:
        kept = db.execute(
            """
            SELECT g.reason, g.status, (SELECT count(*) FROM kernel.audit_entry e
                                         WHERE e.action = 'goodwill.granted' AND e.subject = 'goodwill:' || g.id)
              FROM marketplace.goodwill g WHERE length(g.reason) = 32
            """
        ).fetchall()
        wallets = db.execute(
            """
            SELECT count(*) FROM marketplace.customer c
             WHERE wallet_minor <> coalesce((SELECT sum(amount) FROM marketplace.wallet_entry w
                                              WHERE w.customer_id = c.id AND ledger = 'wallet'), 0)
            """
        ).fetchone()
    reasons = [reason for reason, _, _ in kept]
    return {
        "credits acknowledged and not there": len(set(traffic.given) - set(reasons)),
        "credits there twice": len(reasons) - len(set(reasons)),
        "credits not granted, or not recorded once": sum((status, n) != ("granted", 1) for _, status, n in kept),
        "wallets that are not the sum of their entries": wallets[0] if wallets else -1,
    }


if __name__ == "__main__":
    typer.run(main)
