"""A year of a marketplace: 5,000 customers, 300 vendors, 30,000 bookings, and the staff who decided what went wrong.

Seeded: every first start tells the same stories, ending now. Loaded once, into a database without customers.
"""

from backoffice.marketplace.demo.load import is_begun, load

__all__ = ["is_begun", "load"]
