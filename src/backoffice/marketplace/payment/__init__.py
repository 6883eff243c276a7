"""Payments: what customers paid for bookings, through which gateway, and how much of it may still be given back.

Permission payments:list; scope payments:write. Audited: payment.recorded.
"""
