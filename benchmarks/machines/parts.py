"""Every part of the house and what stands around it, each as a machine of its own would have it."""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg
from obstore.store import from_url
from pydantic import SecretStr

from backoffice.configuration import environment_of
from backoffice.kernel.database.embedded import APP
from backoffice.kernel.database.migrations import migrate
from backoffice.kernel.encryption.keyring import new_key
from backoffice.kernel.process import Process, spawn
from backoffice.marketplace.refund.port import SANDBOX_FOLDER
from backoffice.settings import Settings
from benchmarks.kills.desk import HOST, free_port, listens
from benchmarks.kills.marketplace.rounds import BEHAVIOUR
from benchmarks.machines.databases import DEPLOY, Pair
from benchmarks.machines.keeping import Part

APIS, WORKERS = 3, 2
NOBODY_IS_SLOWED_DOWN = 1_000_000
BUCKET = "backoffice"


@dataclass
class Ground:
    """A folder, the addresses of everything, and the parts in the order in which they are started."""

    folder: Path
    pair: Pair
    settings: Settings
    ports: dict[str, int]
    parts: list[Part] = field(default_factory=list)

    @property
    def front(self) -> str:
        return f"http://{HOST}:{self.ports['haproxy']}"

    @property
    def object_store(self) -> dict[str, str]:
        """What its clients find in their environment."""
        address = f"http://{HOST}:{self.ports['s3']}"
        keys = {"AWS_ACCESS_KEY_ID": "trial", "AWS_SECRET_ACCESS_KEY": "trial", "AWS_REGION": "us-east-1"}
        return {**keys, "AWS_ENDPOINT": address, "AWS_ALLOW_HTTP": "true"}

    @property
    def gateway(self) -> Path:
        """Where what the payment gateway knows is laid out to be judged: its books are in the object store."""
        return self.folder / SANDBOX_FOLDER

    @property
    def mailbox(self) -> Path:
        return self.folder / "mail"

    def part(self, name: str) -> Part:
        return next(part for part in self.parts if part.name == name)

    def seals(self) -> list[Path]:
        """What each worker wrote of the audit log outside the database."""
        return [self.folder / f"worker {n + 1}" / "audit-seals.log" for n in range(WORKERS)]


def lay_out(folder: Path) -> Ground:
    """Make the databases and their tables, and say how everything else is started. The databases run already."""
    pair = Pair(folder)
    pair.make()
    migrate(pair.db1.owner_url, app_role=APP)
    pair.age()
    names = ["haproxy", "haproxy metrics", "redis", "s3", "mail", *(f"api {n + 1}" for n in range(APIS))]
    ground = Ground(folder, pair, _settings(folder, pair), {name: free_port() for name in names})
    ground.gateway.mkdir()
    os.environ.update(ground.object_store)
    ground.settings = ground.settings.model_copy(
        update={
            "redis_url": SecretStr(f"redis://{HOST}:{ground.ports['redis']}/0"),
            "notify_url": SecretStr(f"mailtos://{HOST}:{ground.ports['mail']}?verify=no"),
            "public_url": ground.front,
            "files_url": f"s3://{BUCKET}/files",
        }
    )
    ground.parts = [*pair.parts(), *_around(ground), *_house(ground), _front(ground)]
    for part in ground.parts[:2]:
        part.begin()
    return ground


def _settings(folder: Path, pair: Pair) -> Settings:
    return Settings(
        _env_file=None,
        database_url=SecretStr(pair.pooled_url),
        database_direct_url=SecretStr(pair.direct_url),
        database_prepare_statements=False,
        database_replica_urls=[SecretStr(pair.replica_url)],
        token_secret=SecretStr("a secret of the trial, long enough to sign"),
        encryption_keys=SecretStr(new_key()),
        data_folder=folder,
        trusted_proxies=[HOST],
        log_format="json",
        notify_from="desk@backoffice.example",
        reads_per_minute=NOBODY_IS_SLOWED_DOWN,
        writes_per_minute=NOBODY_IS_SLOWED_DOWN,
        platform_calls_per_minute=NOBODY_IS_SLOWED_DOWN,
        sign_ins_per_account=1000,
        sign_ins_per_address=1000,
        outcome_wait_seconds=1,
        refund_silent_seconds=5,
        sandbox_gateway_behaviour=json.loads(BEHAVIOUR),
    )


def _around(ground: Ground) -> list[Part]:
    ports = ground.ports
    redis = ("redis-server", "--port", str(ports["redis"]), "--bind", HOST, "--save", "", "--appendonly", "no")
    s3 = (sys.executable, "-m", "moto.server", "-H", HOST, "-p", str(ports["s3"]))
    mail = (sys.executable, "-m", "benchmarks.machines.mail", str(ports["mail"]), str(ground.mailbox))
    return [
        Part(name, _program(ground, name, *command), lambda port=ports[name]: listens(port))  # type: ignore[misc]
        for name, command in {"redis": redis, "s3": s3, "mail": mail}.items()
    ]


def _house(ground: Ground) -> list[Part]:
    parts = []
    for number in range(APIS):
        name = f"api {number + 1}"
        port = ground.ports[name]
        start = _program(ground, name, *_backoffice("serve"), PORT=str(port), DATA_FOLDER=_own(ground, name))
        parts.append(Part(name, start, lambda port=port: is_ready(f"http://{HOST}:{port}")))  # type: ignore[misc]
    for number in range(WORKERS):
        name = f"worker {number + 1}"
        start = _program(ground, name, *_backoffice("worker"), DATA_FOLDER=_own(ground, name))
        parts.append(Part(name, start, lambda: lanes_at_work(ground) >= 4))
    return parts


def _front(ground: Ground) -> Part:
    """The very file of deploy/; it finds its addresses where compose.yaml gives them."""
    addresses = {f"API{n + 1}": f"{HOST}:{ground.ports[f'api {n + 1}']}" for n in range(APIS)}
    start = _program(
        ground,
        "haproxy",
        *("haproxy", "-db", "-f", str(DEPLOY / "haproxy" / "haproxy.cfg")),
        **addresses,
        HAPROXY_BIND=f"{HOST}:{ground.ports['haproxy']}",
        HAPROXY_METRICS=f"{HOST}:{ground.ports['haproxy metrics']}",
        HAPROXY_SOCKET=str(ground.folder / "haproxy.sock"),
    )
    return Part("haproxy", start, lambda: listens(ground.ports["haproxy"]))


def _backoffice(command: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "backoffice", command)


def _own(ground: Ground, name: str) -> str:
    """A data folder for each machine."""
    own = ground.folder / name
    own.mkdir()
    return str(own)


def _program(ground: Ground, name: str, *command: str, **environment: str) -> Callable[[], Process]:
    def start() -> Process:
        with (ground.folder / f"{name}.log").open("ab") as log:
            handed = {**os.environ, **environment_of(ground.settings), **environment}
            return spawn(command, stdout=log, stderr=log, env=handed)

    return start


def make_bucket(ground: Ground) -> None:
    """The object store keeps nothing over its own restart, and so is paused, never killed."""
    httpx.put(f"{ground.object_store['AWS_ENDPOINT']}/{BUCKET}", trust_env=False).raise_for_status()


def fetch_books(ground: Ground) -> None:
    """Lay out what the gateway noted, one file for each refund, as it stands in the object store."""
    store = from_url(ground.settings.files_url, client_options={"allow_http": True})
    for one in store.list_with_delimiter(f"{SANDBOX_FOLDER}/")["objects"]:
        (ground.gateway / Path(one["path"]).name).write_bytes(bytes(store.get(one["path"]).bytes()))


def is_ready(address: str) -> bool:
    """Ready, also without what it can do without."""
    try:
        return httpx.get(f"{address}/readyz", timeout=2, trust_env=False).is_success
    except httpx.HTTPError:
        return False


def lanes_at_work(ground: Ground) -> int:
    """Lanes of workers whose heart beats."""
    asked = """
        SELECT count(*) FROM procrastinate.procrastinate_workers WHERE last_heartbeat > now() - interval '8 seconds'
    """
    try:
        with psycopg.connect(ground.pair.superuser_url, connect_timeout=2) as db:
            [number] = db.execute(asked).fetchone() or [0]
            return int(number)
    except psycopg.Error:
        return 0
