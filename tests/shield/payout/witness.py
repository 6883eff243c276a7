"""A witness beside the product: triggers that see every commit, the rail's own records, and what is wrong with both."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson

from backoffice.kernel.database.embedded import EmbeddedServer
from backoffice.kernel.gateways.nacha_reader import read
from backoffice.shield.clearing.folder import FOLDER
from backoffice.shield.payout import rules
from backoffice.shield.payout.rules import AttemptStatus, RailName, Status
from backoffice.shield.transfer.rails import SANDBOX_FOLDER
from tests.conftest import superuser
from tests.shield.making import Given, Member

SQL = Path(__file__).with_name("witness.sql").read_text()
GONE = """
DROP FUNCTION tests.broken, tests.note_move, tests.see_promise, tests.see_leaving, tests.not_payable,
              tests.promisers CASCADE;
DROP TABLE tests.moved, tests.wrong;
REVOKE USAGE ON SCHEMA tests FROM backoffice_app;
"""
TRIES = """
SELECT coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'rail', a.rail, 'status', a.status, 'claim', p.claim_id,
                                             'trace', a.trace_number, 'minor', p.amount_minor,
                                             'by_hand', p.completed_by IS NOT NULL) ORDER BY a.id), '[]'::jsonb)
  FROM shield.payout_attempt a JOIN shield.payout p ON p.id = a.payout_id WHERE p.member_id = %(member_id)s
"""


@contextmanager
def witnessed(server: EmbeddedServer) -> Iterator[None]:
    """Every commit in between is seen."""
    with superuser(server) as connection:
        connection.execute(SQL)
        try:
            yield
        finally:
            connection.execute(GONE)


async def find_broken(given: Given, member: Member) -> list[str]:
    """What is wrong with the member's claims and payouts, and the moves of payouts that are none."""
    said = await given.value("SELECT jsonb_agg(what) FROM tests.broken(%(id)s) b (what)", id=member.id)
    moves = await given.value("SELECT jsonb_agg(DISTINCT jsonb_build_array(was, became)) FROM tests.moved")
    return [*(said or []), *(f"{was} to {became}" for was, became in moves or [] if not _is_lawful(was, became))]


def _is_lawful(was: str | None, became: str) -> bool:
    return became == Status.PENDING if was is None else Status(became) in rules.TRANSITIONS[Status(was)]


async def find_unexplained(given: Given, member: Member) -> list[str]:
    """What the rails' own records say otherwise, once all is sent: each try left once, in sum within the approvals."""
    left = {**_in_sandbox(given.house.settings.data_folder), **_in_files(given.house.settings.data_folder)}
    tries = await given.value(TRIES, member_id=member.id)
    sums: Counter[str] = Counter()
    found = []
    for one in tries:
        key = one["id"] if one["rail"] == RailName.SANDBOX else one["trace"]
        never_left = one["rail"] == RailName.BY_HAND or (one["by_hand"] and key not in left)
        if not never_left and left.get(key) != [one["minor"]]:
            found.append(f"{one} left as {left.get(key)}")
        sums[one["claim"]] += one["minor"] * (one["status"] not in {AttemptStatus.RETURNED, AttemptStatus.REJECTED})
    approved = "SELECT coalesce(amount_approved_minor, 0) FROM shield.claim WHERE id = %(id)s"
    too_much = [claim for claim, minor in sums.items() if minor > await given.value(approved, id=claim)]
    return [*found, *(f"{claim} was paid {sums[claim]}" for claim in too_much)]


def _in_sandbox(data: Path) -> dict[str, list[int]]:
    records = [orjson.loads(file.read_bytes()) for file in (data / SANDBOX_FOLDER).glob("*.json")]
    return {one["reference"]: [int(one["amount_minor"])] for one in records}


def _in_files(data: Path) -> dict[str, list[int]]:
    amounts: dict[str, list[int]] = {}
    for file in (data / FOLDER).glob("*.ach"):
        for entry in read(file.read_text()).batches[0].entries:
            amounts.setdefault(entry.trace_number, []).append(entry.amount_minor)
    return amounts
