"""Broadcasts: one message to many numbers, handed to the outbox little by little, and what became of each.

States: pending -> in_progress -> completed or failed; cancelled from the first two.
Permission: broadcast:manage. Audited: broadcast.started, broadcast.cancelled.
"""
