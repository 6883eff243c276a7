"""What banks send back, record by record: known returns and corrections are carried out, the rest is decided by staff.

Permissions: payouts:read, payouts:complete, banking:override. Audited: payout.exception_opened,
payout.exception_closed; with a decision also banking.info_updated, claim.status_update, payout.completed,
payout.failed, payout.held. While an exception of a claim's payout is open, nothing more of that claim is paid.
Locks: member, then claim, payout, record, bank account.
"""
