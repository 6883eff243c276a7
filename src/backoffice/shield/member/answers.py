"""From rows to the shapes of the contract: nested profiles, plans, audit entries. No database, no decisions."""

from dataclasses import dataclass

from backoffice.kernel.audit.entry import Entry
from backoffice.kernel.identifiers import shown
from backoffice.kernel.money import dollars, dollars_or_none
from backoffice.shield.access.store import AdminRow
from backoffice.shield.audit_log.answers import entry_out
from backoffice.shield.audit_log.schemas import AuditEntryOut, EntryOut
from backoffice.shield.member.listing import ClaimRow, DetailRow, ListedRow, NoteRow, PayoutRow, ShownRow
from backoffice.shield.member.schemas import (
    BankingOut,
    DeactivationOut,
    EnrolledPlanOut,
    ListedOut,
    MembersClaimOut,
    MembersNoteOut,
    MembersPageOut,
    MembersPayoutOut,
    PlanOut,
    ProfileOut,
)


@dataclass(frozen=True, slots=True)
class Latest:
    """What stands below a member's profile, newest first."""

    claims: list[ClaimRow]
    payouts: list[PayoutRow]
    notes: list[NoteRow]


def listed_out(row: ListedRow) -> ListedOut:
    return {
        "id": row.id,
        "email": row.email,
        "profile": _profile_out(row),
        "signup_date": row.signup_date,
        "status": row.status,
        "deactivation": _open_deactivation_out(row),
        "plan": _plan_out(row),
        "claim_summary": {
            "total_claims": row.claims_total,
            "pending_claims": row.claims_pending,
            "approved_claims": row.claims_approved,
            "total_paid_out": dollars(row.paid_out_minor),
        },
        "banking_info": {
            "has_banking_info": row.bank_name is not None,
            "bank_name": row.bank_name,
            "account_type": row.account_type,
            "account_last_four": row.account_last_four,
            "routing_last_four": row.routing_last_four,
        },
        "last_activity": row.last_activity,
    }


def detail_out(row: DetailRow, latest: Latest, *, audit_log: list[EntryOut]) -> MembersPageOut:
    return {
        "id": row.id,
        "email": row.email,
        "profile": {
            **_profile_out(row),
            "employment_status": row.employment_status,
            "employer_name": row.employer_name,
            "annual_income": dollars_or_none(row.annual_income_minor),
        },
        "signup_date": row.signup_date,
        "signup_source": row.signup_source,
        "status": row.status,
        "deactivation": _open_deactivation_out(row),
        "plan": _enrolled_plan_out(row),
        "banking_info": _banking_out(row),
        "payment_history": {
            "total_paid": dollars(row.total_paid_minor),
            "last_payment_date": row.last_paid_at,
            "last_payment_amount": dollars_or_none(row.last_paid_minor),
            "payment_method": row.payment_method,
        },
        "claims": [_claim_out(claim) for claim in latest.claims],
        "payouts": [_payout_out(payout) for payout in latest.payouts],
        "notes": [_note_out(note) for note in latest.notes],
        "audit_log": audit_log,
    }


def audited_out(entry: Entry, admin: AdminRow) -> AuditEntryOut:
    """The entry that an act of this admin just made."""
    return entry_out(entry, admin_id=admin.public_id, admin_email=admin.email)


def _profile_out(row: ShownRow) -> ProfileOut:
    return {
        "first_name": row.first_name,
        "last_name": row.last_name,
        "phone": row.phone,
        "address": {"street": row.street, "city": row.city, "state": row.state, "zip": row.zip, "country": row.country},
        "date_of_birth": row.date_of_birth,
        "ssn_last_four": row.ssn_last_four,
    }


def _open_deactivation_out(row: ShownRow) -> DeactivationOut | None:
    if row.deactivates_at is None or row.deactivation_reason is None or row.deactivated_by is None:
        return None
    return {
        "date": row.deactivates_at,
        "reason": row.deactivation_reason,
        "reason_details": row.deactivation_details,
        "deactivated_by": shown("admin", row.deactivated_by),
        "notification_sent": bool(row.notification_sent),
    }


def _plan_out(row: ShownRow) -> PlanOut | None:
    if row.plan_id is None or row.plan_name is None:
        return None
    return {
        "id": row.plan_id,
        "name": row.plan_name,
        "monthly_cost": dollars_or_none(row.monthly_cost_minor),
        "coverage_amount": dollars_or_none(row.coverage_amount_minor),
    }


def _enrolled_plan_out(row: DetailRow) -> EnrolledPlanOut | None:
    plan = _plan_out(row)
    if plan is None or row.enrolled_at is None:
        return None
    return {**plan, "enrolled_date": row.enrolled_at, "next_billing_date": row.next_billing_date}


def _banking_out(row: DetailRow) -> BankingOut | None:
    if row.bank_account_id is None or row.bank_added_at is None:
        return None
    return {
        "id": row.bank_account_id,
        "bank_name": row.bank_name or "",
        "account_holder_name": row.account_holder_name or "",
        "account_type": row.account_type or "",
        "account_number_masked": f"****{row.account_last_four}",
        "routing_number_masked": f"****{row.routing_last_four}",
        "verified": row.verified_at is not None,
        "verified_date": row.verified_at,
        "added_date": row.bank_added_at,
    }


def _claim_out(row: ClaimRow) -> MembersClaimOut:
    return {
        "id": row.id,
        "status": row.status,
        "type": row.type,
        "submitted_date": row.submitted_at,
        "amount_requested": dollars(row.amount_requested_minor),
        "amount_approved": dollars_or_none(row.amount_approved_minor),
        "amount_paid": dollars(row.amount_paid_minor),
    }


def _payout_out(row: PayoutRow) -> MembersPayoutOut:
    return {
        "id": row.id,
        "claim_id": row.claim_id,
        "amount": dollars(row.amount_minor),
        "status": row.status,
        "method": row.method,
        "initiated_date": row.initiated_at,
        "completed_date": row.completed_at,
    }


def _note_out(row: NoteRow) -> MembersNoteOut:
    return {
        "id": row.id,
        "claim_id": row.claim_id,
        "admin_id": shown("admin", row.author),
        "admin_name": row.author_name,
        "content": row.content,
        "timestamp": row.created_at,
        "internal": row.is_internal,
    }
