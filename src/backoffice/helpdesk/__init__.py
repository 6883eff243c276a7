"""The helpdesk: an assistant answers customers on WhatsApp, people take over, tickets find their agent."""
