"""Tickets (helpdesk contract, "Ticket Management APIs"): what a customer needs a person for, and which agent takes it.

States: open -> in_progress -> resolved -> closed; any of them back to open.
Placing: `place_queue` serves the queue, and every event that makes room calls it, inside its own write. One row lock
(helpdesk.dispatch) serialises it, so it fills no agent above capacity and the ticket that waits longest goes first.
Permissions: tickets:view (own), tickets:view_all, tickets:work (own; admins all), tickets:manage.
Audited: ticket.moved, ticket.assigned, ticket.recategorised, ticket.note_added.
"""
