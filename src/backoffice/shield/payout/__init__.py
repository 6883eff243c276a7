"""Paying what was approved (contract, 3): one core that moves money, and nothing that goes around it.

Permissions: payouts:read, payouts:create, payouts:complete. Audited: payout.created, payout.held,
payout.released, payout.processing, payout.cancelled, payout.retried, payout.completed, payout.failed, and
claim.status_update of a claim that is paid.
Locks: member, then claim, then payout, then bank account, then the trace sequence.
"""
