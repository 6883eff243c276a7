"""Figures: numbers that only the database knows, for Prometheus. Each process asks for them now and then.

    FIGURES = [Figure("payouts_held", "Payouts that do not leave", count_held_payouts, by="currency")]

A product hands its own over in its `figures`. What a figure no longer reads is no longer told.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from prometheus_client import Gauge

from backoffice.kernel.database import Db, Query, together
from backoffice.kernel.failures import plain
from backoffice.kernel.house import House

ASK_EVERY_SECONDS = 15.0
ANSWER_SECONDS = 10.0
log = structlog.get_logger("backoffice.health")


@dataclass(frozen=True, slots=True)
class Reading:
    label: str
    value: float


@dataclass(frozen=True, slots=True)
class Figure:
    """`backoffice_NAME`, one value for each label of what it is counted `by`. Times are seconds."""

    name: str
    text: str
    read: Callable[[Db], Query[list[Reading]]]
    by: str


class Board:
    """The figures of a process as Prometheus sees them."""

    def __init__(self, figures: Sequence[Figure]) -> None:
        self._figures = figures
        self._gauges = [Gauge(f"backoffice_{one.name}", one.text, [one.by]) for one in figures]
        self._shown: list[set[str]] = [set() for _ in figures]
        self._age = Gauge("backoffice_figures_read_at", "When the figures of the database were read last, Unix time")

    async def keep_reading(self, house: House) -> None:
        """Again and again. While the database is away the last values stay, and their time says how old they are."""
        while True:
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    await self.read(house)
            except Exception as failure:
                log.warning("figures could not be read", cause=plain(failure))
            await asyncio.sleep(ASK_EVERY_SECONDS)

    async def read(self, house: House) -> None:
        async with house.database.read() as db:
            found = await together(*(figure.read(db) for figure in self._figures))
        for gauge, readings, shown in zip(self._gauges, found, self._shown, strict=True):
            for reading in readings:
                gauge.labels(reading.label).set(reading.value)
            for gone in shown - {reading.label for reading in readings}:
                gauge.remove(gone)
            shown.clear()
            shown.update(reading.label for reading in readings)
        self._age.set_to_current_time()
