"""WhatsApp's Cloud API, spoken both ways: reading its webhooks, calling its Graph API, and a stand-in for both ends.

The protocol is in payload.py, signature.py and graph.py; stand_in.py plays Meta's server, simulator.py a customer.
"""
