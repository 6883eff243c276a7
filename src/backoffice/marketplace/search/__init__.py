"""One search over customers, vendors, services, bookings, payments, disputes and refunds.

Everybody who works here may search; each finds what their role may see. Hits show no more than lists do.
"""
