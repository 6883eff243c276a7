"""What payment gateways tell by webhook: each event kept once, carried out by a job, and shown where nobody could.

Nothing of it moves money. Permissions: payments:list to see the events, users:view_pii for a body, payments:refund to
take one up again. Audited: gateway_event.viewed, gateway_event.retried.
"""
