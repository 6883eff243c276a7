"""WhatsApp without WhatsApp, for demonstrations and tests: Meta's server, a customer's phone, a whole conversation.

stand_in.py plays the Graph API, simulator.py the phone; converse.py writes to a running server and waits for answers.
"""
