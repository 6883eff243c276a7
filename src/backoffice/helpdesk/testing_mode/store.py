"""The one row that says whether testing mode is on, and the whitelist."""

from typing import LiteralString

from backoffice.helpdesk.testing_mode.schemas import ConfigOut, ListedOut
from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx


def find_static_answer(db: Db, phone: str) -> Query[str | None]:
    """The fixed answer for this number (E.164); None when the person gets the assistant."""
    return db.find_value(
        str,
        """
        SELECT static_response_message
          FROM helpdesk.testing_mode
         WHERE is_enabled
           AND NOT EXISTS (SELECT FROM helpdesk.testing_whitelist WHERE phone = %(phone)s)
        """,
        phone=phone,
    )


CONFIG: LiteralString = """
    SELECT is_enabled, static_response_message,
           (SELECT count(*) FROM helpdesk.testing_whitelist) AS whitelist_count
      FROM helpdesk.testing_mode
"""


def get_config(db: Db) -> Query[ConfigOut]:
    return db.one(ConfigOut, CONFIG)


def lock_config(tx: Tx) -> Query[ConfigOut]:
    """The settings, held until this write ends."""
    return tx.one(ConfigOut, CONFIG + "FOR UPDATE")


def set_enabled(tx: Tx, is_enabled: bool) -> Query[int]:
    return tx.run("UPDATE helpdesk.testing_mode SET is_enabled = %(is_enabled)s", is_enabled=is_enabled)


def set_message(tx: Tx, message: str) -> Query[int]:
    return tx.run("UPDATE helpdesk.testing_mode SET static_response_message = %(message)s", message=message)


def list_whitelist(db: Db, *, limit: int, offset: int) -> Query[list[ListedOut]]:
    """Newest first."""
    return db.all(
        ListedOut,
        """
        SELECT w.id, ltrim(w.phone, '+') AS phone_number, w.label, s.username AS added_by, w.created_at
          FROM helpdesk.testing_whitelist w
          JOIN kernel.staff s ON s.id = w.added_by
         ORDER BY w.id DESC
         LIMIT %(limit)s OFFSET %(offset)s
        """,
        limit=limit,
        offset=offset,
    )


def count_whitelist(db: Db) -> Query[int]:
    return db.value(int, "SELECT count(*) FROM helpdesk.testing_whitelist")


def insert_numbers(tx: Tx, phones: list[str], *, label: str | None) -> Query[list[str]]:
    """Put these numbers on the list; returns those that were not there yet."""
    return tx.values(
        str,
        """
        INSERT INTO helpdesk.testing_whitelist (phone, label, added_by)
             SELECT phone, %(label)s, %(added_by)s FROM unnest(%(phones)s::text[]) AS phone ORDER BY phone
        ON CONFLICT (phone) DO NOTHING
          RETURNING phone
        """,
        phones=phones,
        label=label,
        added_by=tx.actor.id,
    )


def delete_numbers(tx: Tx, phones: list[str]) -> Query[list[str]]:
    """Take these numbers off the list; returns those that were on it."""
    return tx.values(
        str,
        "DELETE FROM helpdesk.testing_whitelist WHERE phone = ANY(%(phones)s::text[]) RETURNING phone",
        phones=phones,
    )


def delete_listed(tx: Tx, listed_id: int) -> Query[str | None]:
    """Take one number off the list; returns it, or None where it was not there."""
    return tx.find_value(
        str, "DELETE FROM helpdesk.testing_whitelist WHERE id = %(listed_id)s RETURNING phone", listed_id=listed_id
    )
