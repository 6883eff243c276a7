"""The addresses that were a member's until lately: kept, written to when a bank account changes, forgotten."""

from datetime import datetime

from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx


def insert_former_email(tx: Tx, member_id: str, email: str) -> Query[int]:
    return tx.run(
        "INSERT INTO shield.member_email (member_id, email) VALUES (%(member_id)s, %(email)s)",
        member_id=member_id,
        email=email,
    )


def list_former_emails(db: Db, member_id: str, *, since: datetime) -> Query[list[str]]:
    """Every address that was the member's since then and is not theirs now, once."""
    return db.values(
        str,
        """
        SELECT DISTINCT ON (lower(f.email)) f.email
          FROM shield.member_email f
          JOIN shield.member m ON m.id = f.member_id AND lower(m.email) <> lower(f.email)
         WHERE f.member_id = %(member_id)s AND f.until > %(since)s
         ORDER BY lower(f.email), f.until DESC
        """,
        member_id=member_id,
        since=since,
    )


def forget_former_emails(tx: Tx, *, before: datetime) -> Query[int]:
    return tx.run("DELETE FROM shield.member_email WHERE until <= %(before)s", before=before)
