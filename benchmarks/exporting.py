"""`python -m benchmarks.exporting`: the marketplace's customers or bookings as a file, each format in its own process.

Prints rows a second, seconds of the processor, and the most memory that the process ever had; nothing but the export
runs in it.
"""

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from pydantic import SecretStr
from rich.table import Table

from backoffice.configuration import environment_of
from backoffice.kernel.actor import Context, system
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.database.migrations import migrate
from backoffice.kernel.errors import NotFound
from backoffice.kernel.export import Format
from backoffice.kernel.house import House
from backoffice.kernel.jobs.queue import JobRun
from backoffice.kernel.task import NewTask, TaskRow, begin, get_task
from backoffice.marketplace.export.jobs import export_bookings, export_users
from backoffice.marketplace.export.rules import BookingField, UserField
from backoffice.settings import Settings
from benchmarks.ground import ENCRYPTION_KEYS, claim, console, superuser


@dataclass(frozen=True)
class Export:
    """`asked` are the columns that are written unless all are."""

    type: str
    write: Callable[..., Awaitable[object]]
    asked: list[str]
    all: list[str]


CUSTOMERS = ["id", "email", "name", "total_bookings", "total_spent", "created_at"]
"""As the contract's example asks."""
BOOKINGS = ["booking_number", "status", "user_id", "user_name", "vendor_name", "scheduled_at", "amount_cents"]
EXPORTS = {
    "users": Export("user_export", export_users, CUSTOMERS, [*UserField]),
    "bookings": Export("booking_export", export_bookings, BOOKINGS, [*BookingField]),
}
HERE = system("marketplace", "benchmarks")
FILL = b"""
    SET session_replication_role = replica;
    TRUNCATE marketplace.customer, kernel.task CASCADE;
    INSERT INTO marketplace.customer (external_id, name, email, phone, registered_at, bookings, paid_minor, reviews)
         SELECT 'user-' || n, (ARRAY['Asha Rao', 'Vikram Singh', 'Priya Nair'])[1 + n % 3] || ' ' || n,
                'customer' || n || '@example.com', '+9198' || lpad(n::text, 8, '0'), now() - n * interval '1 minute',
                n % 40, n % 40 * 5000, n % 7
           FROM generate_series(1, %(rows)s) n;
    INSERT INTO kernel.staff (id, username, email, full_name, password_hash) OVERRIDING SYSTEM VALUE
         VALUES (1, 'admin', 'admin@example.com', 'Admin', '-') ON CONFLICT DO NOTHING;
    INSERT INTO kernel.membership (staff_id, product, role) VALUES (1, 'marketplace', 'super_admin')
         ON CONFLICT DO NOTHING;
    TRUNCATE marketplace.vendor, marketplace.service, marketplace.booking CASCADE;
    INSERT INTO marketplace.vendor (id, external_id, name, display_name, city) OVERRIDING SYSTEM VALUE
         SELECT n, 'vendor-' || n, 'Works ' || n, 'Works ' || n || ', Pune', 'Pune' FROM generate_series(1, 1000) n;
    INSERT INTO marketplace.service (id, external_id, vendor_id, name, category, base_price_minor)
         SELECT 'svc_' || n, 'service-' || n, n, 'Deep Cleaning', 'home_cleaning', 50000
           FROM generate_series(1, 1000) n;
    INSERT INTO marketplace.booking (id, external_id, reference, customer_id, vendor_id, service_id, status,
                                     payment_status, scheduled_at, time_zone, city, amount_minor, base_minor,
                                     created_at, completed_at)
         SELECT 'bkg_' || n, 'booking-' || n, 'BKG-2026-' || lpad(n::text, 7, '0'), c.id, 1 + n % 1000,
                'svc_' || 1 + n % 1000, 'completed', 'paid', now() - n * interval '30 seconds', 'Asia/Kolkata', 'Pune',
                50000, 50000, now() - n * interval '1 minute', now() - n * interval '20 seconds'
           FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM marketplace.customer) c;
    ANALYZE marketplace.customer, marketplace.vendor, marketplace.service, marketplace.booking
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.exporting", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--data", type=Path, default=Path("var/bench-exporting"))
    parser.add_argument("--of", choices=[*EXPORTS], default="users")
    parser.add_argument("--fields", choices=["asked", "all"], default="asked")
    parser.add_argument("--form", type=Format, help="write this one, here and now, on the database of the environment")
    given = parser.parse_args()
    if given.form is not None:
        export = EXPORTS[given.of]
        fields = export.asked if given.fields == "asked" else export.all
        sys.stdout.write(json.dumps(asyncio.run(measured(export, given.form, fields=fields))))
        return
    console.print(_in_turn(given.data.absolute(), given.rows, asked=["--of", given.of, "--fields", given.fields]))


async def measured(export: Export, form: Format, *, fields: list[str]) -> dict[str, float]:
    """One export, from its task's begin to the kept file."""
    house = House.build(Settings())
    await house.open()
    try:
        task_id = await _asked_for(house, export.type, {"format": form, "fields": fields, "masked": False})
        began, busy = time.monotonic(), time.process_time()
        await export.write(JobRun(house, HERE, Context(), 0), task_id=str(task_id))
        seconds, busy = time.monotonic() - began, time.process_time() - busy
        task = await _found(house, task_id)
    finally:
        await house.close()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size = task.file_bytes or 0
    return {"rows": task.rows_processed, "bytes": size, "seconds": seconds, "busy": busy, "memory": memory}


async def _asked_for(house: House, type_: str, asked: dict[str, object]) -> UUID:
    async with house.database.write(HERE) as tx:
        tx.record("export asked for", type_)
        task_id = await begin(tx, NewTask(type_, asked))
        await tx.run("UPDATE kernel.task SET creator_id = 1 WHERE id = %(task_id)s", task_id=task_id)
    return task_id


async def _found(house: House, task_id: UUID) -> TaskRow:
    async with house.database.read() as db:
        return await get_task(db, task_id, product=HERE.product, missing=NotFound())


def _in_turn(data: Path, rows: int, *, asked: list[str]) -> Table:
    claim(data)
    server = EmbeddedServer(data)
    server.start()
    try:
        migrate(server.owner_url, app_role="backoffice_app")
        with superuser(server) as db:
            db.execute(FILL.replace(b"%(rows)s", str(rows).encode()))
        found = {form: _in_a_process(server, data, form, asked=asked) for form in Format}
    finally:
        server.stop()
    table = Table(
        "format", "rows", "rows a second", "seconds", "of the processor", "file MB", "memory MB", title="exports"
    )
    for form, one in found.items():
        speed = one["rows"] / one["seconds"]
        shown = (one["rows"], speed, one["seconds"], one["busy"], one["bytes"] / 1e6, one["memory"])
        table.add_row(form, *(f"{figure:,.1f}".removesuffix(".0") for figure in shown))
    return table


def _in_a_process(server: EmbeddedServer, data: Path, form: Format, *, asked: list[str]) -> dict[str, float]:
    settings = Settings(
        _env_file=None,
        database_url=SecretStr(server.app_url),
        token_secret=SecretStr("a secret of load runs, long enough to sign"),
        encryption_keys=SecretStr(ENCRYPTION_KEYS),
        data_folder=data,
    )
    argv = [sys.executable, "-m", "benchmarks.exporting", "--form", form, *asked]
    done = subprocess.run(argv, env=environment_of(settings), capture_output=True, text=True, check=True)
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


if __name__ == "__main__":
    main()
