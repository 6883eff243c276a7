"""Bookings as staff handle them: the list, one with all that happened to it, moves and cancellations with their money.

Permissions: bookings:list, bookings:view, bookings:update. Audited: booking.moved, booking.noted, and what the refund
core records: refund.requested, .approved, .processed.
"""
