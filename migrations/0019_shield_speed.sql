-- The audit log's entries by day: what is over never changes, so that each day is counted once.

CREATE TABLE kernel.audit_day (
    product    text NOT NULL,
    day        date NOT NULL,
    action     text NOT NULL,
    staff_id   bigint,
    entries    bigint NOT NULL
);
CREATE UNIQUE INDEX audit_day_key ON kernel.audit_day (product, day, action, staff_id) INCLUDE (entries)
    NULLS NOT DISTINCT;
COMMENT ON TABLE kernel.audit_day IS 'Totals of the days before the last one counted, written once each. Days are those of UTC.';
