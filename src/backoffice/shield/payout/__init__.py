"""Paying what was approved (contract, 3): one core that moves money, and nothing that goes around it.

Permissions: payouts:read, payouts:create, payouts:complete. Audited: payout.created, payout.cancelled, payout.retried,
payout.completed, payout.failed. Locks: member, then claim, then payout, then bank account, then the trace sequence.
"""
