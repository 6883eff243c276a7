"""Invents the year: who joined, who lost their work, what was decided and paid. Rows only; nothing is written here."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from backoffice.kernel.encryption.keyring import KeyRing
from backoffice.kernel.gateways.nacha import trace_number
from backoffice.kernel.identifiers import new_id
from backoffice.shield.bank_account.rules import BLIND_INDEX
from backoffice.shield.claim.documents import NewDocument
from backoffice.shield.claim.rules import REACHED
from backoffice.shield.claim.rules import Status as ClaimStatus
from backoffice.shield.demo.people import BANKS, EMPLOYERS, FIRST_NAMES, LAST_NAMES, REASONS, STREETS, TOWNS
from backoffice.shield.member.rules import Status as MemberStatus
from backoffice.shield.payout.rules import Method
from backoffice.shield.payout.rules import Status as PayoutStatus
from backoffice.shield.promise.rules import arrival
from backoffice.shield.transfer.rails import SANDBOX_ODFI

DAYS = 365
COVERED = {"plan_basic": 250_000, "plan_premium": 500_000}
COSTS = {"plan_basic": 1_499, "plan_premium": 2_999}
MONTH = timedelta(days=30)
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Insured:
    """A member as their claims need them."""

    id: str
    name: str
    plan_id: str
    joined: datetime


@dataclass(frozen=True)
class Account:
    id: str
    holder: str
    bank_name: str
    account: str
    routing: str


@dataclass(frozen=True)
class Told:
    """A claim as its payouts and papers need it; one that nobody decided counts as decided when it was submitted."""

    id: str
    who: Insured
    account: Account
    approved: int
    submitted: datetime
    decided: datetime
    handler: int | None


@dataclass
class Rows:
    """What there is to write, by table, in the order in which the tables need each other."""

    members: list[Row] = field(default_factory=list)
    subscriptions: list[Row] = field(default_factory=list)
    deactivations: list[Row] = field(default_factory=list)
    premiums: list[Row] = field(default_factory=list)
    accounts: list[Row] = field(default_factory=list)
    claims: list[Row] = field(default_factory=list)
    history: list[Row] = field(default_factory=list)
    notes: list[Row] = field(default_factory=list)
    documents: list[Row] = field(default_factory=list)
    payouts: list[Row] = field(default_factory=list)
    attempts: list[Row] = field(default_factory=list)


class Teller:
    """`handlers` decide claims, `payers` pay them: ids of staff."""

    def __init__(self, random: Random, keys: KeyRing, *, handlers: list[int], payers: list[int]) -> None:
        self.rows = Rows()
        self._random = random
        self._keys = keys
        self._handlers = handlers
        self._payers = payers
        self._now = datetime.now(UTC)

    def member(self, number: int, status: MemberStatus) -> Insured:
        """Somebody who joined within the year; the pending ones lately, and on no plan yet."""
        first, last = self._random.choice(FIRST_NAMES), self._random.choice(LAST_NAMES)
        days = (
            self._random.uniform(0, 5)
            if status is MemberStatus.PENDING
            else self._random.uniform(0.01, 1) ** 0.7 * DAYS
        )
        joined = self._now - timedelta(days=days)
        who = Insured(new_id("user"), f"{first} {last}", self._random.choice(list(COVERED)), joined)
        town, state, zip_code = self._random.choice(TOWNS)
        self.rows.members.append(
            (
                *(who.id, f"{first}.{last}{number}@member.example".lower(), first, last),
                f"+1555{self._random.randrange(10**7):07d}",
                f"{self._random.randint(1, 999)} {self._random.choice(STREETS)}",
                *(town, state, f"{zip_code}{self._random.randrange(100):02d}", "US"),
                date(1960, 1, 1) + timedelta(days=self._random.randrange(15_000)),
                *self._ssn(who.id),
                *("employed", self._random.choice(EMPLOYERS), self._random.randrange(28, 140) * 100_000, status),
                *(self._random.choice(("mobile_app", "web")), joined, self._between(joined, self._now)),
            )
        )
        if status is not MemberStatus.PENDING:
            self._insure(who, left=status is MemberStatus.DEACTIVATED)
        return who

    def _ssn(self, member_id: str) -> tuple[str, bytes, str]:
        """A number of the range that is never given to anybody."""
        digits = f"9{self._random.randrange(10**8):08d}"
        key_id, sealed = self._keys.encrypt(digits.encode(), bound_to=member_id)
        return key_id, sealed, digits[-4:]

    def _insure(self, who: Insured, *, left: bool) -> None:
        ended = self._between(who.joined, self._now) if left else None
        card = f"card_ending_{self._random.randrange(10_000):04d}"
        months = ((ended or self._now) - who.joined) // MONTH + 1
        due = None if ended else who.joined + months * MONTH
        self.rows.subscriptions.append((new_id("sub"), who.id, who.plan_id, who.joined, ended, due, card))
        for month in range(months):
            paid = who.joined + month * MONTH
            self.rows.premiums.append((new_id("premium"), new_id("pay"), who.id, COSTS[who.plan_id], card, paid))
        if ended:
            reason = self._random.choice(("user_requested", "non_payment", "non_payment", "other"))
            told = (True, True, self._random.choice(self._handlers), ended, ended)
            self.rows.deactivations.append((new_id("deact"), who.id, reason, ended, *told))

    def account(self, who: Insured, *, verified: bool) -> Account:
        """Where they are paid to, added on the day they joined."""
        bank_name, routing = self._random.choice(BANKS)
        account = Account(new_id("bank"), who.name, bank_name, f"{self._random.randrange(10**10):010d}", routing)
        at = who.joined if verified else None
        self.rows.accounts.append(
            (
                *(account.id, who.id, bank_name, who.name, self._random.choice(("checking", "savings"))),
                *self._sealed(
                    account, account.id, index=self._keys.blind_indexes(account.account, purpose=BLIND_INDEX)[0]
                ),
                *(True, at, "micro_deposits" if verified else None, who.joined, who.joined, who.joined),
            )
        )
        return account

    def _sealed(self, account: Account, owner: str, *, index: bytes | None = None) -> Row:
        """Key, numbers and last fours of account and routing number, bound to the row that keeps them."""
        key_id, sealed = self._keys.encrypt(account.account.encode(), bound_to=owner)
        routing_key_id, routing_sealed = self._keys.encrypt(account.routing.encode(), bound_to=owner)
        searched = () if index is None else (index,)
        routing = (routing_key_id, routing_sealed, account.routing[-4:])
        return (key_id, sealed, *searched, account.account[-4:], *routing)

    def claim(self, who: Insured, status: ClaimStatus) -> Told:
        """A claim of somebody with a verified account, its history and a note."""
        account = self.account(who, verified=True)
        young = status in {ClaimStatus.PENDING, ClaimStatus.UNDER_REVIEW}
        earliest = max(who.joined + timedelta(days=31), self._now - timedelta(days=12 if young else DAYS))
        submitted = self._between(earliest, self._now - timedelta(days=0 if young else 9))
        decided = None if young else submitted + timedelta(days=self._random.uniform(0.5, 8))
        requested = self._random.randint(20, COVERED[who.plan_id] // 2_500) * 2_500
        is_approved = status in {ClaimStatus.APPROVED, ClaimStatus.PAID}
        approved = requested - self._random.choice((0, 0, 0, 10_000)) if is_approved else None
        handler = None if status is ClaimStatus.PENDING else self._random.choice(self._handlers)
        claim_id = new_id("claim")
        self.rows.claims.append(
            (
                *(claim_id, who.id, who.plan_id, "unemployment", self._random.choice(REASONS)),
                *(submitted - timedelta(days=self._random.randint(3, 20)), submitted, status, requested, approved),
                approved if status is ClaimStatus.PAID else 0,
                *(handler if is_approved else None, decided if is_approved else None, decided, handler),
            )
        )
        self._decided(claim_id, status, by=handler, submitted=submitted, decided=decided)
        return Told(claim_id, who, account, approved or 0, submitted, decided or submitted, handler)

    def document(self, claim: Told, paper: NewDocument) -> None:
        """What the member sent within two hours of submitting; who decided had mostly looked at it."""
        uploaded = self._between(claim.submitted, min(claim.submitted + timedelta(hours=2), self._now))
        looked = claim.decided > uploaded and self._random.random() < 0.8
        verified = (self._between(uploaded, claim.decided), claim.handler) if looked else (None, None)
        facts = (paper.type, paper.filename, paper.content_type, paper.size_bytes, paper.sha256, paper.file_id)
        self.rows.documents.append((new_id("doc"), claim.id, *facts, uploaded, *verified))

    def _decided(
        self, claim_id: str, status: ClaimStatus, *, by: int | None, submitted: datetime, decided: datetime | None
    ) -> None:
        if by is None:
            return
        taken = submitted + ((decided or self._now) - submitted) / 3
        self.rows.history.append((claim_id, ClaimStatus.UNDER_REVIEW, by, "Assigned for review", taken))
        if self._random.random() < 0.5:
            self.rows.notes.append((new_id("note"), claim_id, by, "Called the employer about the date", True, taken))
        if decided is not None:
            became = ClaimStatus.APPROVED if status is ClaimStatus.PAID else status
            said = "Not covered by the plan" if became is ClaimStatus.DENIED else "Confirmed by the employer"
            self.rows.history.append((claim_id, became, by, said, decided))

    def paid_claim(self, claim_id: str, at: datetime) -> None:
        self.rows.history.append((claim_id, ClaimStatus.PAID, None, REACHED, at))

    def payout(self, claim: Told, status: PayoutStatus, *, cents: int) -> datetime:
        """A payout of a claim, and the try that ended it; what is pending is of today. Returns when it ended."""
        latest = self._now - timedelta(hours=3)
        after = max(claim.decided, latest) if status is PayoutStatus.PENDING else claim.decided
        account = claim.account
        by_rail = status is not PayoutStatus.COMPLETED or self._random.random() < 0.9
        method = Method.ACH if by_rail else Method.CHECK
        began = self._between(after, min(after + timedelta(days=2), self._now))
        ended = min(began + timedelta(days=self._random.uniform(1, 4)), self._now)
        payer = self._random.choice(self._payers)
        completed = ended if status is PayoutStatus.COMPLETED else None
        completed_by = None if by_rail else self._random.choice([one for one in self._payers if one != payer])
        payout_id = new_id("payout")
        self.rows.payouts.append(
            (
                *(payout_id, claim.id, claim.who.id, account.id if by_rail else None, cents, method, status),
                *("Standard payout for approved claim", payer, completed_by if completed else None, began, completed),
                datetime.combine(arrival(method, began.date()), datetime.min.time(), UTC),
            )
        )
        if by_rail and status in {PayoutStatus.COMPLETED, PayoutStatus.FAILED}:
            self._attempt(payout_id, account, began=began, ended=ended, failed=status is PayoutStatus.FAILED)
        return ended

    def _attempt(self, payout_id: str, account: Account, *, began: datetime, ended: datetime, failed: bool) -> None:
        attempt_id = new_id("attempt")
        trace = trace_number(SANDBOX_ODFI, len(self.rows.attempts) + 1)
        end = ("returned", "R03") if failed else ("settled", None)
        times = (ended.date(), began, began, ended)
        self.rows.attempts.append(
            (
                *(attempt_id, payout_id, 1, "sandbox", *end, account.bank_name, account.holder, "checking"),
                *(*self._sealed(account, attempt_id), trace, attempt_id, *times),
            )
        )

    def _between(self, first: datetime, last: datetime) -> datetime:
        return first + max(last - first, timedelta(0)) * self._random.random()
