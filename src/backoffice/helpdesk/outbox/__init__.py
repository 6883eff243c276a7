"""The outbox: everything we send to WhatsApp, committed before it is sent, and how far it came.

States: queued -> sending -> sent -> delivered -> read; failed; unknown when only a delivery status can tell.
Audited: outbound.resent, by the conversation's door.
"""
