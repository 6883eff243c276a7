"""Writes the demo into a database without members: staff, members, premiums, accounts, claims, payouts."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random

from backoffice.kernel.actor import Actor, ActorKind, Context, system
from backoffice.kernel.database import Db, Query
from backoffice.kernel.house import House
from backoffice.kernel.identity import passwords
from backoffice.kernel.identity.membership import NewPerson, add_person
from backoffice.kernel.jobs.queue import JobRun
from backoffice.kernel.write import Tx
from backoffice.kernel.write.copying import copy_all
from backoffice.shield.claim.documents import NewDocument
from backoffice.shield.claim.rules import Status as ClaimStatus
from backoffice.shield.demo.papers import keep_papers
from backoffice.shield.demo.people import STREETS, staff
from backoffice.shield.demo.story import Insured, Teller, Told
from backoffice.shield.member import actions as members
from backoffice.shield.member.rules import Status as MemberStatus
from backoffice.shield.payout.rules import Status as PayoutStatus
from backoffice.shield.permissions import ROLES, Role
from backoffice.shield.product import SHIELD
from backoffice.shield.transfer import store as transfers
from backoffice.shield.transfer.jobs import send_payout
from backoffice.shield.transfer.rails import SANDBOX_ODFI

SEED = 30
MEMBERS = {MemberStatus.ACTIVE: 2_640, MemberStatus.DEACTIVATED: 270, MemberStatus.PENDING: 90}
CLAIMS = {
    ClaimStatus.PAID: 240,
    ClaimStatus.APPROVED: 150,
    ClaimStatus.DENIED: 90,
    ClaimStatus.UNDER_REVIEW: 50,
    ClaimStatus.PENDING: 70,
}
IN_TWO_PARTS = 60
OF_APPROVED = (PayoutStatus.PENDING,) * 40 + (PayoutStatus.FAILED,) * 30 + (PayoutStatus.CANCELLED,) * 30
"""What becomes of the payouts of claims that are not paid yet: one each."""
MOVED_HOUSE = 40
LEAVING = 15
"""Payouts that are handed to the sandbox rail while the demo is loaded, as the worker would."""
LONG_INSURED = timedelta(days=60)
"""Whoever claims joined before then."""
COLUMNS = {
    "shield.member": (
        "id, email, first_name, last_name, phone, street, city, state, zip, country, date_of_birth, ssn_key_id, "
        "ssn_sealed, ssn_last_four, employment_status, employer_name, annual_income_minor, status, signup_source, "
        "signup_date, last_activity"
    ),
    "shield.subscription": "id, member_id, plan_id, enrolled_at, ended_at, next_billing_date, payment_method",
    "shield.deactivation": (
        "id, member_id, reason, effective_at, notifies_member, notification_sent, decided_by, decided_at, "
        "took_effect_at"
    ),
    "shield.premium_payment": "id, external_id, member_id, amount_minor, method, paid_at",
    "shield.bank_account": (
        "id, member_id, bank_name, account_holder_name, account_type, account_key_id, account_sealed, account_index, "
        "account_last_four, routing_key_id, routing_sealed, routing_last_four, routing_is_valid, verified_at, "
        "verification_method, changed_at, added_at, updated_at"
    ),
    "shield.claim": (
        "id, member_id, plan_id, type, reason, termination_date, submitted_at, status, amount_requested_minor, "
        "amount_approved_minor, amount_paid_minor, approved_by, approved_at, decided_at, assigned_to"
    ),
    "shield.claim_history": "claim_id, became, changed_by, notes, changed_at",
    "shield.claim_note": "id, claim_id, author_id, content, is_internal, created_at",
    "shield.claim_document": (
        "id, claim_id, type, filename, content_type, size_bytes, sha256, file_id, uploaded_at, verified_at, verified_by"
    ),
    "shield.payout": (
        "id, claim_id, member_id, bank_account_id, amount_minor, method, status, notes, created_by, completed_by, "
        "initiated_at, completed_at, estimated_arrival"
    ),
    "shield.payout_attempt": (
        "id, payout_id, number, rail, status, return_code, bank_name, account_holder_name, account_type, "
        "account_key_id, account_sealed, account_last_four, routing_key_id, routing_sealed, routing_last_four, "
        "trace_number, reference, settles_on, started_at, sent_at, ended_at"
    ),
}


def is_begun(db: Db) -> Query[bool]:
    """Whether somebody is here already: the demo is for an empty database."""
    return db.value(bool, "SELECT EXISTS (SELECT FROM shield.member)")


async def load(house: House) -> None:
    """The year in one write: a demo that is half there would tell lies. Then what support did this morning, and some
    payouts leave.
    """
    random = Random(SEED)
    people = staff(random)
    _, nobody_knows = await passwords.one_time_password()
    papers = await keep_papers(house.files)
    async with house.database.write(system(SHIELD.name, "demo")) as tx:
        tx.record("demo loaded", SHIELD.name)
        ids = {one.username: await add_person(tx, SHIELD.name, one, password_hash=nobody_knows) for one in people}
        handlers = [ids[person.username] for person in people if person.role is Role.CLAIMS_HANDLER]
        payers = [ids[person.username] for person in people if person.role is Role.FINANCE]
        teller = Teller(random, house.keys, handlers=handlers, payers=payers)
        joined = _tell(random, teller, papers)
        await copy_all(tx, COLUMNS, (getattr(teller.rows, field.name) for field in fields(teller.rows)))
        await _give_out_traces(tx, len(teller.rows.attempts))
    helper = next(person for person in people if person.role is Role.SUPPORT)
    await _correct_addresses(house, helper, ids[helper.username], joined[:MOVED_HOUSE])
    await _send_due_payouts(house)


def _tell(random: Random, teller: Teller, papers: list[NewDocument]) -> list[Insured]:
    """Returns the members who are active."""
    wanted = [status for status, count in MEMBERS.items() for _ in range(count)]
    told = [(status, teller.member(number, status)) for number, status in enumerate(wanted, 1)]
    active = [who for status, who in told if status is MemberStatus.ACTIVE]
    insured_long = [who for who in active if datetime.now(UTC) - who.joined > LONG_INSURED]
    claiming = random.sample(insured_long, sum(CLAIMS.values()))
    among, futures = iter(claiming), iter(OF_APPROVED)
    claims = [
        _tell_claim(teller, who, status, in_parts=number < IN_TWO_PARTS, futures=futures)
        for status, count in CLAIMS.items()
        for number, who in enumerate(islice(among, count))
    ]
    for paper in papers:
        teller.document(random.choice(claims), paper)
    claimed = set(claiming)
    for standing, who in told:
        if standing is not MemberStatus.DEACTIVATED and who not in claimed:
            teller.account(who, verified=standing is MemberStatus.ACTIVE and random.random() < 0.9)
    return active


def _tell_claim(
    teller: Teller, who: Insured, status: ClaimStatus, *, in_parts: bool, futures: Iterator[PayoutStatus]
) -> Told:
    claim = teller.claim(who, status)
    if status is ClaimStatus.PAID:
        half = claim.approved // 2
        parts = [half, claim.approved - half] if in_parts else [claim.approved]
        teller.paid_claim(claim.id, max(teller.payout(claim, PayoutStatus.COMPLETED, cents=cents) for cents in parts))
    elif status is ClaimStatus.APPROVED and (future := next(futures, None)):
        teller.payout(claim, future, cents=claim.approved)
    return claim


def _give_out_traces(tx: Tx, count: int) -> Query[int]:
    """The sandbox's next trace number comes after those of the demo."""
    return tx.run(
        "INSERT INTO shield.trace_sequence (odfi, last) VALUES (%(odfi)s, %(count)s)", odfi=SANDBOX_ODFI, count=count
    )


async def _correct_addresses(house: House, helper: NewPerson, staff_id: int, moved: list[Insured]) -> None:
    """Members who moved house, corrected one by one, so that the audit log has something to show."""
    permissions = ROLES[helper.role]
    actor = Actor(ActorKind.STAFF, staff_id, helper.username, SHIELD.name, helper.role, permissions)
    context = Context(request_id="demo", address="127.0.0.1", agent="demo")
    for number, who in enumerate(moved, 1):
        async with house.database.write(actor, context) as tx:
            street = f"{number * 7} {STREETS[number % len(STREETS)]}"
            await members.correct_profile(tx, who.id, {"street": street}, reason="Member moved house")


async def _send_due_payouts(house: House) -> None:
    """The first of those that are due leave by the sandbox rail. Cut short, the worker takes them up."""
    run = JobRun(house, system(SHIELD.name, "demo"), Context(), 0)
    before = datetime.now(UTC) - timedelta(minutes=house.settings.payout_grace_minutes)
    async with run.read() as db:
        due = await transfers.list_due(db, before=before)
    for payout_id in due[:LEAVING]:
        await send_payout(run, payout_id=payout_id)
