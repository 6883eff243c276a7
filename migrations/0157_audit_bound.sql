-- Audit entries will lie in months. Those written until the month after next lie where they are: this bound, once it is
-- validated, lets that table become the first part without anybody reading it under a lock.

DO $$
BEGIN
    EXECUTE format('ALTER TABLE kernel.audit_entry ADD CONSTRAINT audit_entry_before_months CHECK (at < %L) NOT VALID',
                   to_char(date_trunc('month', now() AT TIME ZONE 'UTC') + interval '2 months', 'YYYY-MM-DD 00:00:00+00'));
END $$;
