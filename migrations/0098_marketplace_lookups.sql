-- What is looked for on its own gets an index: the refund that a gateway names by its reference, the events about one of
-- our ids, and a booking by how its reference begins, in whatever order of letters the database was made with.

CREATE INDEX refund_gateway_refund_idx ON marketplace.refund (gateway_refund_id) WHERE gateway_refund_id IS NOT NULL;
CREATE INDEX gateway_event_about_idx ON marketplace.gateway_event (about, received_at, id) WHERE about IS NOT NULL;
ALTER TABLE marketplace.booking ALTER COLUMN reference TYPE text COLLATE "C";
