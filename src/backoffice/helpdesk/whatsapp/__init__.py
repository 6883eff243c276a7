"""WhatsApp's Cloud API as Meta speaks it, and nothing of ours: reading its webhooks, calling its Graph API.

What a webhook means to us is in intake/, what we send in outbox/, and who plays Meta without Meta in rehearsal/.
"""
