"""Which agent takes which ticket. One function places the queue, and every event that makes room calls it.

The placing is serialised by one row lock (helpdesk.dispatch), taken before any ticket: no agent is ever filled above
capacity by it, and the ticket that waits longest goes first. It runs inside the write that made the room.
"""
