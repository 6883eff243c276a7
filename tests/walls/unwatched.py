"""Tables whose changes need no record of their own, each with the reason. Every other table is watched."""

UNWATCHED = {
    "kernel.audit_entry": "it is the record",
    "kernel.audit_seal": "it seals the record",
    "kernel.audit_unsealed": "the queue of entries before their seal",
    "kernel.data_key": "a key, made by the entry that needs it",
    "kernel.idempotency_key": "an answer kept for a day",
    "kernel.refresh_token": "a key; its session's beginning and end are audited",
    "kernel.session": "a key; its beginning and end are audited",
    "kernel.sign_in": "a time beside the audited sign-in",
    "helpdesk.broadcast_tally": "sums of watched deliveries",
    "helpdesk.dispatch": "one row that never changes, only locked",
    "helpdesk.ticket_tally": "sums of watched tickets",
    "helpdesk.usage_day": "counters, folded from usage_delta",
    "helpdesk.usage_delta": "counters",
    "helpdesk.whatsapp_user_tally": "a sum of watched users",
    "shield.claim_tally": "sums of watched claims",
    "shield.member_claims": "sums of watched claims and payouts",
    "shield.member_tally": "sums of watched members",
    "shield.payout_tally": "sums of watched payouts",
    "shield.subscriber_tally": "sums of watched subscriptions",
    "shield.trace_sequence": "a counter",
}
