"""Bookings: made and moved on the platform by customers and vendors, disputed and settled here.

Scope bookings:write. Audited: booking.created, booking.moved.
"""
