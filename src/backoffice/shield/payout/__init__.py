"""Payouts and their tries: how each stands, and the moves that every way of paying shares.

Permission: payouts:read. Audited: payout.held, payout.released, payout.completed, payout.failed.
Locks: member, then claim, then payout, then bank account, then the trace sequence.
"""
