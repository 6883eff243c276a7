"""What the journal is told of a file before it has its name, and the same file made again from it."""

from collections.abc import Sequence
from datetime import date, datetime

from backoffice.kernel.journal.book import Kind, Line, line
from backoffice.shield.clearing.store import ClaimedRow, FileRow
from backoffice.shield.payout.attempts import AttemptRow

BANK_FILE = "bank_file"


def told_file(row: FileRow, in_file: Sequence[AttemptRow], *, claims: Sequence[ClaimedRow], settles_on: date) -> Line:
    """Ids, amounts and trace numbers: no account, and nothing of the file's text but its hash."""
    claim_of = {one.attempt_id: one.claim_id for one in claims}
    return line(
        Kind.MONEY,
        what=BANK_FILE,
        file=row.id,
        name=row.name,
        odfi=row.odfi,
        file_date=row.file_date.isoformat(),
        id_modifier=row.id_modifier,
        effective_on=row.effective_on.isoformat(),
        offset_trace=row.offset_trace,
        amount_minor=row.total_minor,
        sha256=row.sha256.hex(),
        created_at=row.created_at.isoformat(),
        settles_on=settles_on.isoformat(),
        entries=[
            {
                "payout": one.payout_id,
                "claim": claim_of[one.id],
                "attempt": one.id,
                "trace_number": one.trace_number,
                "amount_minor": one.amount_minor,
            }
            for one in in_file
        ],
    )


def file_of(told: Line) -> FileRow:
    return FileRow(
        id=told["file"],
        name=told["name"],
        odfi=told["odfi"],
        file_date=date.fromisoformat(told["file_date"]),
        id_modifier=told["id_modifier"],
        effective_on=date.fromisoformat(told["effective_on"]),
        offset_trace=told["offset_trace"],
        entries=len(told["entries"]),
        total_minor=told["amount_minor"],
        sha256=bytes.fromhex(told["sha256"]),
        created_at=datetime.fromisoformat(told["created_at"]),
        text_key_id=None,
        text_sealed=None,
    )
