-- The audit log is found by the request that wrote an entry and by the kind of what it is about.

CREATE INDEX audit_entry_request_idx ON kernel.audit_entry (product, request_id, at DESC, id DESC);
CREATE INDEX audit_entry_kind_idx ON kernel.audit_entry (product, split_part(action, '.', 1), at DESC, id DESC);
