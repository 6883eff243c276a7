"""A desk that has been at work for 90 days: about 40 staff, 2,000 conversations, 600 tickets, a knowledge base.

Seeded: every first start tells the same stories, ending now. Loaded once, into an empty database.
"""

from backoffice.helpdesk.demo.load import is_begun, load

__all__ = ["is_begun", "load"]
