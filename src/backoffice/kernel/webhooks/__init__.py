"""Telling other systems what happened: signed events (Standard Webhooks), delivered at least once, within 24 hours.

Products name their events and publish them inside their writes; `backoffice webhooks` keeps the endpoints.
Audited: webhook.endpoint_added, .endpoint_removed, .endpoint_enabled, .endpoint_disabled, .secret_rotated, .tested,
.replayed.
"""
