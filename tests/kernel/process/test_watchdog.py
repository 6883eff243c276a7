"""A process whose loop stands still, or that does not end when it should, is ended from within."""

import json
import subprocess
import sys

BEGINNING = """
import asyncio, time
from backoffice.kernel.process import Watchdog
from backoffice.kernel.telemetry import start_logging
start_logging(style="json", level="info")
"""
HANGS = """
watchdog = Watchdog("trial", still_seconds=0.5)
async def hang_on():
    watchdog.start()
    watchdog.beat()
    time.sleep(600)
asyncio.run(hang_on())
"""
WILL_NOT_END = """
watchdog = Watchdog("trial", still_seconds=600)
async def stay():
    while True:
        try:
            watchdog.beat()
            await asyncio.sleep(0.05)
        except asyncio.CancelledError:
            pass
async def main():
    watchdog.start()
    staying = asyncio.create_task(stay())
    await asyncio.sleep(0)
    watchdog.end_within(0.3)
    staying.cancel()
    await staying
asyncio.run(main())
"""
ENDS = """
watchdog = Watchdog("trial", still_seconds=600)
watchdog.start()
watchdog.end_within(600)
"""


def outcome(script: str) -> tuple[int, list[dict[str, str]]]:
    done = subprocess.run(
        [sys.executable, "-c", BEGINNING + script], capture_output=True, text=True, timeout=300, check=False
    )
    return done.returncode, [json.loads(line) for line in done.stderr.splitlines()]


def test_one_whose_loop_stands_still_is_ended_and_the_log_says_where_it_stood() -> None:
    code, [told] = outcome(HANGS)

    assert code == 1
    assert (told["event"], told["process"]) == ("the process gave no sign of life and is ended", "trial")
    assert "in hang_on" in told["stack"]


def test_one_that_swallows_its_cancellation_is_ended_all_the_same() -> None:
    code, [told] = outcome(WILL_NOT_END)

    assert code == 1
    assert told["event"] == "the process did not end in time and is ended"


def test_one_that_ends_by_itself_is_not_held_up() -> None:
    assert outcome(ENDS) == (0, [])
