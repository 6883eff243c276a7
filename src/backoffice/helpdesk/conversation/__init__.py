"""The conversation with a customer: what becomes of each message they send, and how staff answer.

A message is kept, then one of these answers: nobody (a person owns the conversation), the house (STOP, Yes, No, the
fixed answer of testing mode), or the responder. The marker [RAISE_TICKET] in the responder's own words, a failing
responder, and a message nobody can read add the question whether to raise a ticket, with two buttons.
Permission: tickets:work (own; admins all) to reply, and to send an uncertain reply again.
Audited: ticket.replied, outbound.resent.
"""
