"""`backoffice run`: everything on one machine. Starts PostgreSQL, migrates, fills a first database, serves, supervises.

The parts that speak: PostgreSQL (embedded, unless DATABASE_URL names one), the API, the worker, and the companions of
the products, which play whoever outside is not configured yet.
"""

import asyncio
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx

from backoffice import first_start
from backoffice.configuration import environment_of, settings_for, uses_own_server
from backoffice.kernel.database.embedded import APP, EmbeddedServer
from backoffice.kernel.database.migrations import migrate
from backoffice.kernel.process import Child, Process, Supervisor, spawn
from backoffice.kernel.restore.interlude import RestoreInterlude, settle
from backoffice.kernel.web.product import every_product
from backoffice.ports import free_port, refuse_unfit_port, refuse_used_port
from backoffice.settings import Product, Settings

ANSWER_SECONDS = 2.0
LOOK_AGAIN_SECONDS = 0.1


@dataclass(frozen=True)
class Running:
    """What a run tells its operator; `companions` are pages by name."""

    settings: Settings
    companions: dict[str, str]
    sign_ins: first_start.SignIns


def run_everything(
    data: Path, *, port: int, product: Product | None, announce: Callable[[Running], None], tell: Callable[[str], None]
) -> None:
    """Run until Ctrl-C. PortRefused, EmbeddedServerError, MigrationRefused or ConfigurationMissing say why not."""
    refuse_unfit_port(port)
    refuse_used_port("127.0.0.1", port)
    server = None if uses_own_server() else EmbeddedServer(data.absolute())
    if server:
        server.folder.claim()
        tell(f"Starting PostgreSQL, its data in {data}")
        settle(server.folder.root)
        server.start()
    try:
        settings = _settings(data.absolute(), port=port, product=product)
        tell("Bringing the database to this version")
        migrate(settings.owner_url, app_role=APP if server else settings.database_app_role or None)
        sign_ins = asyncio.run(first_start.fill(settings, tell))
        children, companions = _children(settings, server)
        tell("Starting the API and the worker")
        running = Running(settings, companions, sign_ins)
        with _once_it_answers(settings.host, port, lambda: announce(running)):
            Supervisor(children, interlude=_restores(settings, server) if server else None).run()
    finally:
        if server:
            server.stop()


@contextmanager
def _once_it_answers(host: str, port: int, announce: Callable[[], None]) -> Iterator[None]:
    """Who is told an address tries it at once: it is told when somebody answers there, and not after the end."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(LOOK_AGAIN_SECONDS):
            if _answers(host, port):
                announce()
                return

    threading.Thread(target=look, name="announcer", daemon=True).start()
    try:
        yield
    finally:
        over.set()


def _answers(host: str, port: int) -> bool:
    with suppress(httpx.HTTPError), httpx.Client(trust_env=False, timeout=ANSWER_SECONDS) as client:
        return client.get(f"http://{host}:{port}/readyz").is_success
    return False


def _settings(data: Path, *, port: int, product: Product | None) -> Settings:
    settings = settings_for(data)
    host = settings.host
    changes = {
        "port": port,
        "product": product or settings.product,
        "public_url": settings.public_url or f"http://{host}:{port}",
        "api_docs": settings.api_docs or "api_docs" not in settings.model_fields_set,
        "metrics_port": settings.metrics_port or free_port(host, port + 1),
    }
    return settings.model_copy(update=changes)


def _children(settings: Settings, server: EmbeddedServer | None) -> tuple[list[Child], dict[str, str]]:
    children = (
        [Child("postgresql", server.launch, stop_signal=signal.SIGINT, is_stuck=server.is_stuck)] if server else []
    )
    pages, port = {}, settings.port + 1
    for companion in (one for product in every_product() if product.companions for one in product.companions.load()):
        if companion.is_needed(settings):
            port = free_port(settings.host, port + 1)
            url = f"http://{settings.host}:{port}"
            pages[companion.name] = f"{url}{companion.page}"
            settings = settings.model_copy(update=companion.account(url))
            children.append(_child(companion.name.lower(), settings, companion.command, "--port", str(port)))
    children.append(_child("api", settings, "serve"))
    last = max(port, (settings.metrics_port or port) + settings.workers - 1)
    behind = {"metrics_port": free_port(settings.host, min(last + 1, 65_535))}
    children.append(_child("worker", settings.model_copy(update=behind), "worker"))
    return children, pages


def _restores(settings: Settings, server: EmbeddedServer) -> RestoreInterlude:
    """What is asked for while this runs is carried out by processes with the settings of all the others."""
    environment = environment_of(settings)

    def begin(phase: str, restore_id: UUID) -> Process:
        return spawn([sys.executable, "-m", "backoffice", "restore-step", phase, str(restore_id)], env=environment)

    return RestoreInterlude(server, begin=begin)


def _child(name: str, settings: Settings, *command: str) -> Child:
    environment = environment_of(settings)

    def start() -> Process:
        return spawn([sys.executable, "-m", "backoffice", *command], env=environment)

    return Child(name, start)
