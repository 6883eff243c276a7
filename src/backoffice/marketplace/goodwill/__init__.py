"""Goodwill: money that staff put into a customer's wallet, under the same approval rule as refunds.

Permissions refunds:list, refunds:approve. Audited: goodwill.requested, .granted, .rejected.
"""
