"""From rows to the shapes of the contract: numbers masked. No database, no decisions."""

from backoffice.shield.bank_account.rules import masked_number, warning
from backoffice.shield.bank_account.schemas import BankingOut, FoundOut, KeptOut
from backoffice.shield.bank_account.store import AccountRow, FoundRow


def banking_out(row: AccountRow) -> BankingOut:
    return {
        "id": row.id,
        "user_id": row.member_id,
        "version": row.version,
        "bank_name": row.bank_name,
        "account_holder_name": row.account_holder_name,
        "account_type": row.account_type,
        "account_number_masked": masked_number(row.account_last_four),
        "routing_number_masked": masked_number(row.routing_last_four),
        "verified": row.verified_at is not None,
        "verified_date": row.verified_at,
        "verification_method": row.verification_method,
        "added_date": row.added_at,
        "last_updated": row.changed_at,
        "hold_until": row.hold_until,
        "correction_pending": row.correction_pending,
    }


def kept_out(row: AccountRow) -> KeptOut:
    return {**banking_out(row), "warning": warning(routing_is_valid=row.routing_is_valid)}


def found_out(row: FoundRow) -> FoundOut:
    return {
        "id": row.id,
        "user_id": row.member_id,
        "user_name": f"{row.first_name} {row.last_name}",
        "user_email": row.email,
        "bank_name": row.bank_name,
        "account_number_masked": masked_number(row.account_last_four),
        "routing_number_masked": masked_number(row.routing_last_four),
        "verified": row.verified_at is not None,
    }
