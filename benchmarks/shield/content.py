"""What a filled shield begins with, as lines of COPY text: a year of members, their claims, and the audit log.

The same for the same scale every time, but for the day on which the year ends.
"""

import base64
import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta

import orjson

from backoffice.kernel.encryption.keyring import KeyRing, encrypt
from backoffice.shield.demo.people import FIRST_NAMES, LAST_NAMES

ADMINS = 20
"""Staff, of whom the last is the one who looks."""
CLAIMS_EACH, ENTRIES_EACH = 2, 10
"""Claims and audit entries for each member. Some have no claim, some have six."""
CORRECTED_EACH = 10
"""Every tenth member's name was corrected, so that they have a key for personal values."""
YEAR = timedelta(days=365)
LAST = [f"{one}-{other}" for one in LAST_NAMES for other in LAST_NAMES]
TYPES = ("job_loss", "layoff", "company_closure", "contract_end")
REASONS = ("The company closed the site where I worked", "My position was made redundant", "My contract ended")
CLAIM_STATUSES = ["pending"] * 10 + ["under_review"] * 5 + ["approved"] * 15 + ["denied"] * 20 + ["paid"] * 50
MEMBER_STATUSES = ["active"] * 85 + ["pending"] * 5 + ["deactivated"] * 10
NONE = r"\N"
VIEWED = ("user.viewed", NONE, NONE, NONE)
MOVED = ("claim.status_update", '{"status": "pending"}', '{"status": "under_review"}', "Documents complete")
NOTED = ("claim.note_added", NONE, '{"internal": true}', NONE)
PAYOUT = ("payout.created", NONE, '{"amount": 42000, "method": "ach", "status": "pending"}', "Approved claim")
ACTS = [VIEWED] * 10 + [MOVED] * 5 + [NOTED] * 2 + [PAYOUT]
"""Action, before, after, reason. Two more in twenty are corrections of a name."""
LARGEST = (1 << 64) - 1
FROM = "198.51.100.7\tMozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


class Content:
    """Everything lies in the year before `end`. Ids are kept, so that whoever names one need not make it again."""

    def __init__(self, members: int, *, end: datetime, keys: KeyRing) -> None:
        self.members = members
        self.claims = members * CLAIMS_EACH
        self.entries = members * ENTRIES_EACH
        self._keys = keys
        self.end = end
        self._begin = end - YEAR
        self._member_ids = [f"user_{made_hex(mixed(n, 1), self._joined(n))}" for n in range(members)]
        self._claim_ids = [f"claim_{made_hex(mixed(n, 2), self._submitted(n))}" for n in range(self.claims)]

    def _joined(self, number: int) -> datetime:
        return self._begin + YEAR * (number / self.members)

    def _submitted(self, number: int) -> datetime:
        return self._begin + YEAR * (number / self.claims)

    def member_lines(self) -> Iterator[str]:
        """id, external_id, email, first_name, last_name, phone, street, city, state, zip, country, date_of_birth,
        ssn_last_four, employment_status, employer_name, annual_income_minor, status, signup_source, signup_date,
        last_activity"""
        for number, member_id in enumerate(self._member_ids):
            chance, joined = mixed(number, 3), self._joined(number)
            first, last = FIRST_NAMES[chance % len(FIRST_NAMES)], LAST[(chance >> 8) % len(LAST)]
            house, active = chance % 999 + 1, joined + YEAR * 0.1
            yield (
                f"{member_id}\text_{number}\t{first}.{last}.{number}@member.example\t{first}\t{last}\t+1555{number:07d}"
                f"\t{house} Main Street\tAustin\tTX\t78{house:03d}\tUS\t{1950 + house % 55}-0{house % 9 + 1}-15\t"
                f"{chance % 10_000:04d}\temployed\tTech Corp\t{(house + 20) * 10_000}\t"
                f"{MEMBER_STATUSES[(chance >> 20) % 100]}\tmobile_app\t{joined}\t{active}\n"
            )

    def claim_lines(self) -> Iterator[str]:
        """id, external_id, member_id, plan_id, type, reason, termination_date, submitted_at, status,
        amount_requested_minor, amount_approved_minor, amount_paid_minor, approved_by, approved_at, coverage_id,
        decided_at, updated_at"""
        for number, claim_id in enumerate(self._claim_ids):
            chance, submitted = mixed(number, 4), self._submitted(number)
            status, cents, member = CLAIM_STATUSES[chance % 100], 10_000 + chance % 40_000, self._claimant(number)
            decided = submitted + timedelta(hours=chance % 200)
            approval, decision = f"{NONE}\t0\t{NONE}\t{NONE}\t{NONE}", str(decided)
            if status in ("approved", "paid"):
                approval = (
                    f"{cents}\t{cents if status == 'paid' else 0}\t{number % ADMINS + 1}\t{decided}\t{member + 1}"
                )
            elif status != "denied":
                decision = NONE
            yield (
                f"{claim_id}\text_{number}\t{self._member_ids[member]}\tplan_{'basic' if member % 3 else 'premium'}\t"
                f"{TYPES[number % 4]}\t{REASONS[number % 3]}\t{submitted}\t{submitted}\t{status}\t{cents}\t{approval}\t"
                f"{decision}\t{decided}\n"
            )

    def key_lines(self) -> Iterator[str]:
        """data_subject, key_id, wrapped"""
        for number in range(0, self.members, CORRECTED_EACH):
            person = f"shield:{self._member_ids[number]}"
            name, wrapped = self._keys.encrypt(_key_of(person), bound_to=person)
            yield f"{person}\t{name}\t\\\\x{wrapped.hex()}\n"

    def entry_lines(self) -> Iterator[str]:
        """id, at, product, actor_kind, actor_id, actor_label, action, subject, data_subject, before, after, reason,
        address, agent, request_id, digest"""
        corrections = [_correction_of(self._member_ids[one]) for one in range(0, self.members, CORRECTED_EACH)]
        step = YEAR / self.entries
        for number in range(self.entries):
            chance, at = mixed(number, 5), self._begin + step * number
            kind, admin, what = chance % 20, (chance >> 40) % ADMINS + 1, chance >> 8
            if kind >= len(ACTS):
                action, before, after, reason = "user.profile_update", *corrections[what % len(corrections)], "Misspelt"
                member = what % len(corrections) * CORRECTED_EACH
            else:
                action, before, after, reason = ACTS[kind]
                member = what % self.members if kind < 10 else self._claimant(what % self.claims)
            person = self._member_ids[member]
            subject = (
                f"user:{person}" if kind < 10 or kind >= len(ACTS) else f"claim:{self._claim_ids[what % self.claims]}"
            )
            entry_id = made_hex(chance, at)
            yield (
                f"{entry_id}\t{at}\tshield\tstaff\t{admin}\tadmin_{admin}\t{action}\t{subject}\tshield:{person}\t"
                f"{before}\t{after}\t{reason}\t{FROM}\t{entry_id}\t\\\\x{entry_id}{entry_id[::-1]}\n"
            )

    def _claimant(self, claim: int) -> int:
        return mixed(claim, 6) % self.members


def _key_of(person: str) -> bytes:
    return hashlib.sha256(person.encode()).digest()


def _correction_of(member_id: str) -> tuple[str, str]:
    """The name before and after, sealed under the member's key."""
    person = f"shield:{member_id}"
    before, after = (
        base64.b64encode(encrypt(_key_of(person), orjson.dumps(name), bound_to=person)).decode()
        for name in ("Jon", "John")
    )
    return f'{{"profile.first_name": {{"sealed": "{before}"}}}}', f'{{"profile.first_name": {{"sealed": "{after}"}}}}'


def mixed(number: int, what: int) -> int:
    """48 bits that look like chance, the same for the same number every time."""
    bits = (number + (what << 48)) * 0x9E3779B97F4A7C15 & LARGEST
    return ((bits ^ bits >> 31) * 0xBF58476D1CE4E5B9 & LARGEST) >> 16


def made_hex(chance: int, at: datetime) -> str:
    """A UUIDv7 in hex, from 48 bits of chance."""
    return f"{int(at.timestamp() * 1000):012x}7{chance & 4095:03x}8{chance:015x}"
