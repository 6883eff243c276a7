"""The member row and why they left: finding, locking, changing. Lists and the detail are in listing.py.

Lock order everywhere in shield: member, then claim, then payout, then bank account.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from psycopg.errors import UniqueViolation

from backoffice.kernel.database import Db, Query
from backoffice.kernel.write import Tx
from backoffice.shield.member import rules
from backoffice.shield.member.rules import Status
from backoffice.shield.notices import Addressee


@dataclass(frozen=True, slots=True)
class Profile:
    """Who a member is, and how they stand."""

    id: str
    email: str
    first_name: str
    last_name: str
    phone: str | None
    street: str | None
    city: str | None
    state: str | None
    zip: str | None
    country: str | None
    date_of_birth: date | None
    ssn_last_four: str | None
    status: Status
    signup_date: datetime


@dataclass(frozen=True, slots=True)
class MemberRow(Profile):
    external_id: str | None
    employment_status: str | None
    employer_name: str | None
    annual_income_minor: int | None

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def addressee(self) -> Addressee:
        return Addressee(rules.person(self.id), self.name, self.first_name, self.email)


def lock_member(tx: Tx, member_id: str) -> Query[MemberRow]:
    """The member, held until this write ends. MemberNotFound if there is none."""
    return tx.one(
        MemberRow,
        """
        SELECT id, email, first_name, last_name, phone, street, city, state, zip, country, date_of_birth,
               ssn_last_four, status, signup_date, external_id, employment_status, employer_name, annual_income_minor
          FROM shield.member WHERE id = %(member_id)s FOR UPDATE
        """,
        member_id=member_id,
        missing=rules.MemberNotFound(user_id=member_id),
    )


@dataclass(frozen=True, slots=True)
class SealedSsn:
    key_id: str
    sealed: bytes
    last_four: str


@contextmanager
def taken() -> Iterator[None]:
    """An e-mail address that is somebody else's, said as ours."""
    try:
        yield
    except UniqueViolation as error:
        if error.diag.constraint_name != "member_email_key":
            raise
        raise rules.EmailTaken from error


def insert_members(tx: Tx, members: list[dict[str, Any]]) -> Query[list[str]]:
    """The ids of the new members that were written: whose e-mail or external id is taken is left out."""
    return tx.values(
        str,
        """
        INSERT INTO shield.member (id, external_id, email, first_name, last_name, phone, street, city, state, zip,
                                   country, date_of_birth, ssn_key_id, ssn_sealed, ssn_last_four, employment_status,
                                   employer_name, annual_income_minor, signup_source, signup_date, last_activity)
             SELECT id, external_id, email, first_name, last_name, phone, street, city, state, zip, country,
                    date_of_birth, ssn_key_id, decode(ssn_sealed, 'hex'), ssn_last_four, employment_status,
                    employer_name, annual_income_minor, signup_source, coalesce(signup_date, now()), last_activity
               FROM jsonb_to_recordset(%(new)s::jsonb -> 'members')
                 AS r(id text, external_id text, email text, first_name text, last_name text, phone text, street text,
                      city text, state text, zip text, country text, date_of_birth date, ssn_key_id text,
                      ssn_sealed text, ssn_last_four text, employment_status text, employer_name text,
                      annual_income_minor bigint, signup_source text, signup_date timestamptz,
                      last_activity timestamptz)
        ON CONFLICT DO NOTHING
          RETURNING id
        """,
        new={"members": members},
    )


def find_taken(db: Db, email: str, external_id: str | None) -> Query[str | None]:
    """Which unique fact is taken already: `email`, `external_id`, or None."""
    return db.find_value(
        str,
        """
        SELECT CASE WHEN lower(email) = lower(%(email)s) THEN 'email' ELSE 'external_id' END
          FROM shield.member
         WHERE lower(email) = lower(%(email)s) OR external_id = %(external_id)s
         ORDER BY 1 LIMIT 1
        """,
        email=email,
        external_id=external_id,
    )


def set_profile(tx: Tx, member: MemberRow) -> Query[int]:
    """Every column that can be corrected, as this row has it."""
    return tx.run(
        """
        UPDATE shield.member
           SET email = %(email)s, first_name = %(first_name)s, last_name = %(last_name)s, phone = %(phone)s,
               street = %(street)s, city = %(city)s, state = %(state)s, zip = %(zip)s, country = %(country)s,
               date_of_birth = %(date_of_birth)s, employment_status = %(employment_status)s,
               employer_name = %(employer_name)s, annual_income_minor = %(annual_income_minor)s
         WHERE id = %(id)s
        """,
        **asdict(member),
    )


def set_ssn(tx: Tx, member_id: str, ssn: SealedSsn) -> Query[int]:
    return tx.run(
        """
        UPDATE shield.member SET ssn_key_id = %(key_id)s, ssn_sealed = %(sealed)s, ssn_last_four = %(last_four)s
         WHERE id = %(member_id)s
        """,
        member_id=member_id,
        **asdict(ssn),
    )


def set_last_activity(tx: Tx, member_id: str, at: datetime) -> Query[int]:
    return tx.run(
        "UPDATE shield.member SET last_activity = greatest(last_activity, %(at)s) WHERE id = %(member_id)s",
        member_id=member_id,
        at=at,
    )


def set_status(tx: Tx, member: MemberRow, to: Status) -> Query[int]:
    return tx.value(
        int,
        """
        UPDATE shield.member SET status = %(to)s WHERE id = %(member_id)s AND status = %(expected)s RETURNING 1::bigint
        """,
        member_id=member.id,
        expected=member.status,
        to=to,
    )


def find_why_left(db: Db, member_id: str) -> Query[str | None]:
    """The reason of the deactivation that is in effect; None while the member has not left."""
    return db.find_value(
        str,
        """
        SELECT reason FROM shield.deactivation
         WHERE member_id = %(member_id)s AND ended_at IS NULL AND took_effect_at IS NOT NULL
        """,
        member_id=member_id,
    )
