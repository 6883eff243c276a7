"""A year of income protection: 3,000 members on two plans, 600 claims, 400 payouts, and the staff who decided them.

Seeded: every first start tells the same stories, ending now. Loaded once, into a database without members.
"""

from backoffice.shield.demo.load import is_begun, load

__all__ = ["is_begun", "load"]
