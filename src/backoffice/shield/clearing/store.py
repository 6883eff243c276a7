"""The files for the bank as the database knows them: intended, written, with the hash of what was written.

And the tries in them.
"""

from dataclasses import asdict, dataclass, field
from datetime import date, datetime

from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx
from backoffice.shield.payout.attempts import ATTEMPTS, AttemptRow


@dataclass(frozen=True, slots=True)
class FileRow:
    id: str
    name: str
    odfi: str
    file_date: date
    id_modifier: str
    effective_on: date
    offset_trace: str
    entries: int
    total_minor: int
    sha256: bytes
    created_at: datetime
    text_key_id: str | None
    text_sealed: bytes | None = field(repr=False)


def count_of_day(db: Db, odfi: str, day: date) -> Query[int]:
    return db.value(
        int, "SELECT count(*) FROM shield.nacha_file WHERE odfi = %(odfi)s AND file_date = %(day)s", odfi=odfi, day=day
    )


def insert_file(tx: Tx, new: FileRow) -> Query[int]:
    """One without its text was written before: the text is in the file then, and here no more."""
    return tx.run(
        """
        INSERT INTO shield.nacha_file (id, name, odfi, file_date, id_modifier, effective_on, offset_trace, entries,
                                       total_minor, sha256, created_at, text_key_id, text_sealed, written_at)
             VALUES (%(id)s, %(name)s, %(odfi)s, %(file_date)s, %(id_modifier)s, %(effective_on)s, %(offset_trace)s,
                     %(entries)s, %(total_minor)s, %(sha256)s, %(created_at)s, %(text_key_id)s, %(text_sealed)s,
                     CASE WHEN %(text_key_id)s::text IS NULL THEN now() END)
        """,
        **asdict(new),
    )


def list_unwritten(db: Db) -> Query[list[FileRow]]:
    """Files of every bank that were meant and are not noted as written, oldest first."""
    return db.all(
        FileRow,
        """
        SELECT id, name, odfi, file_date, id_modifier, effective_on, offset_trace, entries, total_minor, sha256,
               created_at, text_key_id, text_sealed
          FROM shield.nacha_file WHERE written_at IS NULL AND rejected_at IS NULL ORDER BY created_at, id
        """,
    )


def lock_unwritten(tx: Tx, file_id: str) -> Query[bool]:
    """Whether the file is still to be written, held until this write ends: nobody rejects or writes it meanwhile."""
    return tx.value(
        bool,
        """
        SELECT count(*) > 0 FROM (SELECT FROM shield.nacha_file
                                   WHERE id = %(file_id)s AND written_at IS NULL AND rejected_at IS NULL
                                     FOR UPDATE) AS still
        """,
        file_id=file_id,
    )


def set_leaving(tx: Tx, file_id: str, *, seconds: int) -> Query[int]:
    """Nobody rejects it for so long; the next one who writes it prolongs that."""
    return tx.run(
        """
        UPDATE shield.nacha_file SET leaving_until = now() + make_interval(secs => %(seconds)s::int)
         WHERE id = %(file_id)s AND written_at IS NULL AND rejected_at IS NULL
        """,
        file_id=file_id,
        seconds=seconds,
    )


def is_leaving(db: Db, file_id: str) -> Query[bool]:
    return db.value(
        bool,
        """
        SELECT written_at IS NULL AND coalesce(leaving_until > now(), false) FROM shield.nacha_file
         WHERE id = %(file_id)s
        """,
        file_id=file_id,
    )


def find_hash(db: Db, name: str) -> Query[bytes | None]:
    """Of what is in the file of that name, once it is written."""
    return db.find_value(
        bytes, "SELECT sha256 FROM shield.nacha_file WHERE name = %(name)s AND written_at IS NOT NULL", name=name
    )


def set_written(tx: Tx, file_id: str) -> Query[int]:
    """Noted once; the account numbers are in the file then, and here no more."""
    return tx.run(
        """
        UPDATE shield.nacha_file SET written_at = now(), text_key_id = NULL, text_sealed = NULL
         WHERE id = %(file_id)s AND written_at IS NULL AND rejected_at IS NULL
        """,
        file_id=file_id,
    )


def was_written(db: Db, file_id: str) -> Query[bool]:
    return db.value(
        bool, "SELECT written_at IS NOT NULL FROM shield.nacha_file WHERE id = %(file_id)s", file_id=file_id
    )


def find_by_name(db: Db, name: str) -> Query[str | None]:
    return db.find_value(str, "SELECT id FROM shield.nacha_file WHERE name = %(name)s", name=name)


def set_rejected(tx: Tx, file_id: str, because: str) -> Query[int]:
    """Noted once; what was not written by then never is."""
    return tx.run(
        """
        UPDATE shield.nacha_file
           SET rejected_at = now(), rejected_because = %(because)s, text_key_id = NULL, text_sealed = NULL
         WHERE id = %(file_id)s AND rejected_at IS NULL
        """,
        file_id=file_id,
        because=because,
    )


def find_by_offset(db: Db, trace_number: str) -> Query[str | None]:
    """The file whose balancing debit has this trace number."""
    return db.find_value(
        str, "SELECT name FROM shield.nacha_file WHERE offset_trace = %(trace_number)s", trace_number=trace_number
    )


def list_of_file(db: Db, file_id: str) -> Query[list[AttemptRow]]:
    """The tries in a file, in trace order."""
    by = {"file_id": file_id}
    return db.all(AttemptRow, ATTEMPTS.where(by), **by)


@dataclass(frozen=True, slots=True)
class LeftRow:
    """A file that is for the bank, or at the bank."""

    name: str
    entries: int
    total_minor: int


def list_since(db: Db, since: datetime) -> Query[list[LeftRow]]:
    """Files that were written since then, or made since then, and that nobody has rejected."""
    return db.all(
        LeftRow,
        """
        SELECT name, entries, total_minor FROM shield.nacha_file
         WHERE coalesce(written_at, created_at) >= %(since)s AND rejected_at IS NULL ORDER BY created_at, id
        """,
        since=since,
    )


@dataclass(frozen=True, slots=True)
class ClaimedRow:
    """A try of a file, and the claim that it pays."""

    attempt_id: str
    claim_id: str


def list_claims_of(db: Db, file_id: str) -> Query[list[ClaimedRow]]:
    return db.all(
        ClaimedRow,
        """
        SELECT a.id AS attempt_id, p.claim_id
          FROM shield.payout_attempt a JOIN shield.payout p ON p.id = a.payout_id
         WHERE a.nacha_file_id = %(file_id)s
        """,
        file_id=file_id,
    )


def lock_begun(tx: Tx) -> Query[list[str]]:
    """Tries that are to leave in a file and are in none yet, held until this write ends."""
    return tx.values(
        str,
        """
        SELECT id FROM shield.payout_attempt WHERE rail = 'nacha' AND status = 'intended' AND nacha_file_id IS NULL
         ORDER BY id LIMIT 5000 FOR UPDATE
        """,
    )


def list_begun(db: Db, attempt_ids: list[str]) -> Query[list[AttemptRow]]:
    by = {"begun": attempt_ids}
    return db.all(AttemptRow, ATTEMPTS.where(by), **by)


def set_file(tx: Tx, file_id: str, traces: dict[str, str]) -> Query[int]:
    """Put tries into a file, each by its id under its trace number."""
    return tx.run(
        """
        UPDATE shield.payout_attempt a SET nacha_file_id = %(file_id)s, trace_number = t.trace
          FROM unnest(%(ids)s::text[], %(traces)s::text[]) t (id, trace) WHERE a.id = t.id
        """,
        file_id=file_id,
        ids=list(traces),
        traces=list(traces.values()),
    )


def set_file_sent(tx: Tx, file_id: str, *, settles_on: date) -> Query[int]:
    return tx.run(
        """
        UPDATE shield.payout_attempt
           SET status = 'sent', sent_at = now(), reference = trace_number, settles_on = %(settles_on)s
         WHERE nacha_file_id = %(file_id)s AND status = 'intended'
        """,
        file_id=file_id,
        settles_on=settles_on,
    )
