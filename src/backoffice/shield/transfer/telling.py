"""What the journal is told of a payout before its rail hears of it."""

from backoffice.kernel.journal.book import Kind, Line, line
from backoffice.shield.payout.attempts import AttemptRow
from backoffice.shield.payout.store import BelongsRow

PAYOUT = "payout"


def told_payout(attempt: AttemptRow, belongs: BelongsRow) -> Line:
    """With all that makes the same try again in a database that has forgotten it."""
    return line(
        Kind.MONEY,
        what=PAYOUT,
        payout=attempt.payout_id,
        claim=belongs.claim_id,
        attempt=attempt.id,
        trace_number=attempt.trace_number,
        amount_minor=attempt.amount_minor,
        currency=attempt.currency,
    )
