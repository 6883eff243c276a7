"""The files for the bank as the database knows them: intended, written, with the hash of what was written."""

from dataclasses import dataclass
from datetime import date, datetime

from backoffice.kernel.database import Db, Query, Tx


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


def lock_sequence(tx: Tx, odfi: str) -> Query[int]:
    """The bank's last trace number, held until this write ends: files of one bank are made one after the other."""
    return tx.value(
        int,
        """
        INSERT INTO shield.trace_sequence AS t (odfi, last) VALUES (%(odfi)s, 0)
        ON CONFLICT (odfi) DO UPDATE SET last = t.last RETURNING last
        """,
        odfi=odfi,
    )


def count_of_day(db: Db, odfi: str, day: date) -> Query[int]:
    return db.value(
        int,
        "SELECT count(*) FROM shield.nacha_file WHERE odfi = %(odfi)s AND file_date = %(day)s",
        odfi=odfi,
        day=day,
    )


def insert_file(tx: Tx, new: FileRow) -> Query[int]:
    return tx.run(
        """
        INSERT INTO shield.nacha_file (id, name, odfi, file_date, id_modifier, effective_on, offset_trace, entries,
                                       total_minor, sha256, created_at)
             VALUES (%(id)s, %(name)s, %(odfi)s, %(file_date)s, %(modifier)s, %(effective_on)s, %(offset_trace)s,
                     %(entries)s, %(total)s, %(sha256)s, %(created_at)s)
        """,
        id=new.id,
        name=new.name,
        odfi=new.odfi,
        file_date=new.file_date,
        modifier=new.id_modifier,
        effective_on=new.effective_on,
        offset_trace=new.offset_trace,
        entries=new.entries,
        total=new.total_minor,
        sha256=new.sha256,
        created_at=new.created_at,
    )


def list_unwritten(db: Db, odfi: str) -> Query[list[FileRow]]:
    """Files that were meant and are not noted as written, oldest first."""
    return db.all(
        FileRow,
        """
        SELECT id, name, odfi, file_date, id_modifier, effective_on, offset_trace, entries, total_minor, sha256,
               created_at
          FROM shield.nacha_file WHERE odfi = %(odfi)s AND written_at IS NULL ORDER BY created_at, id
        """,
        odfi=odfi,
    )


def set_written(tx: Tx, file_id: str) -> Query[int]:
    return tx.run(
        "UPDATE shield.nacha_file SET written_at = now() WHERE id = %(file_id)s AND written_at IS NULL",
        file_id=file_id,
    )


def find_by_offset(db: Db, trace_number: str) -> Query[str | None]:
    """The file whose balancing debit has this trace number."""
    return db.find_value(
        str, "SELECT name FROM shield.nacha_file WHERE offset_trace = %(trace_number)s", trace_number=trace_number
    )
