-- The queue is read by category, longest waiting first: a department whose queue is long costs the others nothing.

CREATE INDEX ticket_waiting_idx ON helpdesk.ticket (category, queued_at, id)
    WHERE status = 'open' AND assigned_agent_id IS NULL;
