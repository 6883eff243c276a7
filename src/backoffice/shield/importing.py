"""Bringing members in from a file of JSON lines, each what the platform would send: all of them, or none.

One transaction for the file: whoever reads meanwhile sees nothing, and a refused line leaves nothing half-written.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from pydantic import ValidationError

from backoffice.kernel.actor import system
from backoffice.kernel.encryption.keyring import KeyRing
from backoffice.kernel.errors import BadInput
from backoffice.kernel.house import House
from backoffice.kernel.importing import Report
from backoffice.kernel.web.inputs import refuse, refuse_nul
from backoffice.kernel.web.json_body import read_json
from backoffice.kernel.write import Tx
from backoffice.shield.member import actions, store
from backoffice.shield.member.platform_schemas import LineIn
from backoffice.shield.plan import actions as plans
from backoffice.shield.plan import store as plan_store

BATCH = 500
LONGEST_LINE = 100_000


@dataclass(frozen=True, slots=True)
class Line:
    number: int
    member: LineIn
    row: dict[str, Any]


class NothingImported(Exception):
    """Undoes the transaction of a file with refused lines."""


async def import_members(
    house: House, lines: Iterable[bytes], *, skip_refused: bool, progress: Callable[[int], None]
) -> Report:
    """The members of a file. With a refused line nothing is imported, unless those are to be skipped.

    `progress` is told how many bytes were read.
    """
    report, read = Report(), 0
    numbered = enumerate(lines, 1)
    try:
        async with house.database.write(system("shield", "import")) as tx:
            offered = {plan.id for plan in await plan_store.list_plans(tx) if plan.is_active}
            while batch := list(islice(numbered, BATCH)):
                await _bring(tx, [*_right(batch, report, keys=house.keys, offered=offered)], report)
                read += sum(len(raw) for _, raw in batch)
                progress(read)
            if report.refused and not skip_refused:
                raise NothingImported
    except NothingImported:
        report.imported = 0
    return report


def _right(batch: list[tuple[int, bytes]], report: Report, *, keys: KeyRing, offered: set[str]) -> Iterator[Line]:
    """The lines that can be members; blank ones are passed over."""
    for number, raw in batch:
        if not raw.strip():
            continue
        if len(raw) > LONGEST_LINE:
            report.refuse(number, f"longer than {LONGEST_LINE} bytes")
            continue
        try:
            refuse_nul(raw)
            member = LineIn.model_validate(read_json(raw))
        except ValidationError as error:
            report.refuse(number, refuse(error).sentence)
        except BadInput as error:
            report.refuse(number, error.sentence)
        else:
            if member.plan_id is not None and member.plan_id not in offered:
                report.refuse(number, f"plan {member.plan_id} is not offered")
                continue
            yield Line(number, member, actions.columns_of(member, keys))


async def _bring(tx: Tx, lines: list[Line], report: Report) -> None:
    written = set(await store.insert_members(tx, [line.row for line in lines]))
    for line in lines:
        if line.row["id"] not in written:
            report.refuse(line.number, "this e-mail address or external_id is known already")
            continue
        actions.audit_created(tx, line.row["id"])
        await _enrol(tx, line)
        report.imported += 1


async def _enrol(tx: Tx, line: Line) -> None:
    member = line.member
    if member.plan_id is not None:
        starts_at = member.enrolled_at or datetime.now(UTC)
        member_id, method = line.row["id"], member.payment_method
        await plans.enrol(tx, member_id, member.plan_id, starts_at=starts_at, payment_method=method)
