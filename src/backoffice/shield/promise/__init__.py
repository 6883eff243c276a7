"""Promising to pay what was approved (contract, 3): who may pay which claim, how much, to which account.

Permissions: payouts:create, payouts:complete. Audited: payout.created, .cancelled, .retried, .completed, and
claim.status_update of a claim that is paid. Locks: as a payout's.
"""
