"""Tickets: what a customer needs a person for (helpdesk contract, "Ticket Management APIs").

States: open -> in_progress -> resolved -> closed; any of them back to open.
Permissions: tickets:view (own), tickets:view_all, tickets:work (own; admins all), tickets:manage.
Audited: ticket.moved, ticket.assigned, ticket.recategorised, ticket.note_added, ticket.replied.
"""
