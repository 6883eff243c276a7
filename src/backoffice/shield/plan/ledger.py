"""What a member paid and what for: entries whose sum is their credit, and stretches of cover with the price paid.

Callers hold the member. Members from before the ledger get an opening entry at the price of the plan they are on.
"""

from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum

from backoffice.kernel.database import Db, Query, together
from backoffice.kernel.identifiers import new_id
from backoffice.kernel.write import Tx
from backoffice.shield.plan.rules import Cover
from backoffice.shield.plan.store import PlanRow, SubscriptionRow


class Cause(StrEnum):
    """Where an entry of the ledger comes from: see the column's comment."""

    OPENING = "opening"
    PREMIUM = "premium"
    MONTHS = "months"
    UNUSED = "unused"
    CHANGE = "change"
    GOODWILL = "goodwill"


@dataclass(frozen=True, slots=True)
class Book:
    """A member's credit in cents and the cover that was paid, as they stand now."""

    balance_minor: int
    cover: list[Cover]


async def open_book(tx: Tx, member_id: str, *, last: SubscriptionRow | None, plan: PlanRow | None) -> Book:
    """The member's book; where there is none yet, it begins with what their subscription says."""
    balance, cover = await together(find_balance(tx, member_id), list_cover(tx, member_id))
    if balance is not None:
        return Book(balance, cover)
    if last is None or plan is None:
        return Book(0, [])
    await insert_entry(tx, member_id, cause=Cause.OPENING, amount_minor=last.credit_minor, about=plan.id)
    until = last.paid_until
    if until is None or until <= last.billing_anchor:
        return Book(last.credit_minor, [])
    paid = Cover(last.billing_anchor, until, plan.monthly_cost_minor)
    await insert_cover(tx, member_id, paid)
    return Book(last.credit_minor, [paid])


def find_balance(db: Db, member_id: str) -> Query[int | None]:
    return db.find_value(
        int,
        """
        SELECT balance_minor FROM shield.premium_entry WHERE member_id = %(member_id)s ORDER BY number DESC LIMIT 1
        """,
        member_id=member_id,
    )


def list_cover(db: Db, member_id: str) -> Query[list[Cover]]:
    return db.all(
        Cover,
        """
        SELECT starts_on, ends_on, monthly_minor FROM shield.paid_cover
         WHERE member_id = %(member_id)s ORDER BY starts_on
        """,
        member_id=member_id,
    )


def insert_entry(tx: Tx, member_id: str, *, cause: Cause, amount_minor: int, about: str) -> Query[int]:
    """What it adds to the credit; the table numbers it and refuses a credit below zero."""
    return tx.run(
        """
        INSERT INTO shield.premium_entry (id, member_id, cause, amount_minor, about)
             VALUES (%(id)s, %(member_id)s, %(cause)s, %(amount)s, %(about)s)
        """,
        id=new_id("entry"),
        member_id=member_id,
        cause=cause,
        amount=amount_minor,
        about=about,
    )


def insert_goodwill(tx: Tx, member_id: str, given_minor: int, *, about: str) -> Query[int]:
    """Cover that nobody paid; it is no credit."""
    return tx.run(
        """
        INSERT INTO shield.premium_entry (id, member_id, cause, amount_minor, goodwill_minor, about)
             VALUES (%(id)s, %(member_id)s, 'goodwill', 0, %(given)s, %(about)s)
        """,
        id=new_id("entry"),
        member_id=member_id,
        given=given_minor,
        about=about,
    )


def insert_cover(tx: Tx, member_id: str, cover: Cover) -> Query[int]:
    return tx.run(
        """
        INSERT INTO shield.paid_cover (id, member_id, starts_on, ends_on, monthly_minor)
             VALUES (%(id)s, %(member_id)s, %(starts_on)s, %(ends_on)s, %(monthly_minor)s)
        """,
        id=new_id("cover"),
        member_id=member_id,
        **asdict(cover),
    )


async def cut_cover(tx: Tx, member_id: str, *, on: date) -> None:
    """From this day on nothing is paid any more."""
    facts = {"member_id": member_id, "day": on}
    await tx.run("DELETE FROM shield.paid_cover WHERE member_id = %(member_id)s AND starts_on >= %(day)s", **facts)
    await tx.run(
        "UPDATE shield.paid_cover SET ends_on = %(day)s WHERE member_id = %(member_id)s AND ends_on > %(day)s", **facts
    )
