-- Placing reads the queue by an index that no other statement fits, and it fits no other index. A plan made while nobody
-- waited took the next best one, and then read the whole queue of a full department, at every ticket, until ANALYZE.

DROP INDEX helpdesk.ticket_waiting_idx;
CREATE INDEX ticket_waiting_idx ON helpdesk.ticket (category, queued_at, id)
    WHERE (status = 'open' AND assigned_agent_id IS NULL) IS TRUE;
