"""`python -m benchmarks.importing`: a platform's history as a file of JSON lines, brought into an empty marketplace.

A fifth of the lines are customers, two fifths bookings that took place, two fifths their payments. Prints rows a
second, seconds of the process's own processor and the most memory that it ever had; nothing but the import runs in it.
"""

import argparse
import asyncio
import json
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from rich.table import Table

from backoffice.configuration import environment_of
from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.database.migrations import migrate
from backoffice.kernel.house import House
from backoffice.marketplace.feed.importing import import_history
from backoffice.settings import Settings
from benchmarks.ground import ENCRYPTION_KEYS, claim, console

VENDORS, SERVICES, BOOKINGS_EACH = 100, 200, 2
YEARS_MINUTES = 2 * 365 * 24 * 60


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.importing", description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--data", type=Path, default=Path("var/bench-importing"))
    parser.add_argument("--file", type=Path, help="bring this one in, here and now, on the database of the environment")
    given = parser.parse_args()
    if given.file is not None:
        sys.stdout.write(json.dumps(asyncio.run(measured(given.file))))
        return
    console.print(_in_an_empty_one(given.data.absolute(), given.rows))


async def measured(file: Path) -> dict[str, float]:
    """The import, from the first line read to its commit."""
    house = House.build(Settings())
    await house.open()
    try:
        began, busy = time.monotonic(), time.process_time()
        with file.open("rb") as lines:
            report = await import_history(house, lines, skip_refused=False, progress=lambda _: None)
        seconds, busy = time.monotonic() - began, time.process_time() - busy
    finally:
        await house.close()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    refused = len(report.refused)
    return {"rows": report.imported, "refused": refused, "seconds": seconds, "busy": busy, "memory": memory}


def history(rows: int) -> Iterator[dict[str, Any]]:
    """So many lines, the same every time but for the day on which they end."""
    ends = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for number in range(VENDORS):
        yield {"kind": "vendor", "external_id": f"v{number}", "name": f"Rao & Sons {number}", "city": "Mumbai"}
    for number in range(SERVICES):
        yield {
            "kind": "service",
            "external_id": f"s{number}",
            "vendor_id": f"v{number % VENDORS}",
            "name": f"Deep cleaning {number}",
            "category": "cleaning",
            "base_price_cents": 50_000,
        }
    customers = (rows - VENDORS - SERVICES) // (1 + 2 * BOOKINGS_EACH)
    for number in range(customers):
        at = ends - timedelta(minutes=YEARS_MINUTES * (1 - number / customers) + 120 * 24 * 60)
        yield from _one_customer(number, at)


def _one_customer(number: int, at: datetime) -> Iterator[dict[str, Any]]:
    """Themselves, what they booked, and what they paid for it."""
    yield {
        "kind": "customer",
        "external_id": f"u{number}",
        "name": f"Asha {('Rao', 'Iyer', 'Khan', 'Singh')[number % 4]}",
        "email": f"asha.{number}@customer.example",
        "phone": f"+9198{number:08d}",
        "email_verified_at": at.isoformat(),
        "registered_at": at.isoformat(),
    }
    for turn in range(BOOKINGS_EACH):
        name, made = f"b{number}-{turn}", at + timedelta(days=10 + 40 * turn)
        steps = ("confirmed", "in_progress", "completed")
        yield {
            "kind": "booking",
            "external_id": name,
            "user_id": f"u{number}",
            "service_id": f"s{(number + turn) % SERVICES}",
            "scheduled_at": (made + timedelta(days=20)).isoformat(),
            "address": {"street": f"{number} MG Road", "city": "Mumbai", "pincode": "400001"},
            "pricing": {"base_amount_cents": 50_000, "tax_cents": 9_000},
            "commission_permille": 100,
            "created_at": made.isoformat(),
            "moves": [
                {"status": status, "by": "vendor", "at": (made + timedelta(days=7 * (place + 1))).isoformat()}
                for place, status in enumerate(steps)
            ],
        }
        yield {
            "kind": "payment",
            "external_id": f"p{name}",
            "booking_id": name,
            "amount_cents": 59_000,
            "method": "upi",
            "gateway_payment_id": f"gw{name}",
            "status": "success",
            "created_at": made.isoformat(),
            "completed_at": made.isoformat(),
        }


def _in_an_empty_one(data: Path, rows: int) -> Table:
    claim(data)
    file = data / "history.jsonl"
    with file.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(line) + "\n" for line in history(rows))
    shutil.rmtree(data / "empty", ignore_errors=True)
    server = EmbeddedServer(data / "empty")
    server.start()
    try:
        migrate(server.owner_url, app_role="backoffice_app")
        one = _in_a_process(server, data, file)
    finally:
        server.stop()
    table = Table("rows", "refused", "rows a second", "seconds", "of the processor", "memory MB", title="import")
    speed = one["rows"] / one["seconds"]
    shown = (one["rows"], one["refused"], speed, one["seconds"], one["busy"], one["memory"])
    table.add_row(*(f"{figure:,.1f}".removesuffix(".0") for figure in shown))
    return table


def _in_a_process(server: EmbeddedServer, data: Path, file: Path) -> dict[str, float]:
    settings = Settings(
        _env_file=None,
        database_url=SecretStr(server.app_url),
        token_secret=SecretStr("a secret of load runs, long enough to sign"),
        encryption_keys=SecretStr(ENCRYPTION_KEYS),
        data_folder=data,
    )
    argv = [sys.executable, "-m", "benchmarks.importing", "--file", str(file)]
    done = subprocess.run(argv, env=environment_of(settings), capture_output=True, text=True, check=True)
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


if __name__ == "__main__":
    main()
