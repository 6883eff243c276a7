"""A really started installation, small and without a demo, and its super admin."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from backoffice.configuration import settings_for
from backoffice.kernel.database.embedded import APP, EmbeddedServer
from backoffice.kernel.database.migrations import migrate
from backoffice.kernel.identifiers import uuid7
from backoffice.kernel.identity import totp
from backoffice.kernel.restore.record import Record, Records
from tests.cli.commands import Run, run_command

ROOT = "/api/v1/admin"


@contextmanager
def installed() -> Iterator[Path]:
    """A data folder with somebody in the directory, so that its first start loads no demo."""
    home = Path(tempfile.mkdtemp(prefix="backoffice-"))
    data = home / "data"
    server = EmbeddedServer(data)
    server.start()
    try:
        settings_for(data)
        migrate(server.owner_url, app_role=APP)
        command(data, "staff", "create", "asha", "asha@example.com", "Asha Rao", "--role", "admin")
    finally:
        server.stop()
    yield data
    shutil.rmtree(home)


def command(data: Path, *arguments: str) -> str:
    """A command that does what it is asked; what it said."""
    done = run_command(*arguments, "--data", str(data), folder=data.parent)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def last_restore(data: Path) -> Record:
    found = Records(data).find_last()
    assert found is not None
    return found


def serves_held(run: Run) -> bool:
    """Everybody can work, and nothing leaves the house."""
    try:
        return httpx.get(f"http://127.0.0.1:{run.port}/readyz").text == "ready, held after a restore"
    except httpx.TransportError:
        return False


@dataclass
class Admin:
    """The super admin of the marketplace of a run."""

    run: Run

    def __post_init__(self) -> None:
        who = self.run.note["products"]["marketplace"]
        self.root = f"{who['address']}{ROOT}"
        self.client = httpx.Client(timeout=30)
        self.who = {"email_or_phone": who["email"], "password": who["password"]}

    def sign_in(self) -> None:
        answer = httpx.post(f"{self.root}/auth/login", json=self.who, timeout=30)
        assert answer.status_code == 200, answer.text
        told = answer.json()["data"]
        self.client.headers["Authorization"] = f"Bearer {told.get('access_token') or told['token']}"

    def enrol(self) -> None:
        """The first code is a proof, too: for ten minutes no other is needed."""
        offered = self.post("auth/mfa/enrol", {"current_password": self.who["password"]})
        code = totp.code_at(offered.json()["data"]["secret"], int(time.time()) // 30)
        assert self.post("auth/mfa/confirm", {"code": code}).status_code == 200

    def make_role(self, name: str) -> None:
        answer = self.post("roles", {"id": name, "name": name, "permissions": ["users:list"]})
        assert answer.status_code == 201, answer.text

    def roles(self) -> set[str]:
        return {role["id"] for role in self.get("roles").json()["data"]}

    def get(self, path: str) -> httpx.Response:
        return self.client.get(f"{self.root}/{path}")

    def post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        return self.client.post(f"{self.root}/{path}", json=body, headers={"Idempotency-Key": uuid7().hex})
