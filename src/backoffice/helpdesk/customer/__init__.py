"""Customers: who writes to us on WhatsApp, and one person's whole conversation.

Permission: customers:view. Audited: customer.conversation_viewed.
numbers.py and upload.py read phone numbers as staff write and upload them, here and for other pages.
"""
