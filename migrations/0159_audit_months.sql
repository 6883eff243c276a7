-- The audit log lies in months. What was one table becomes the first part as it is, with its indexes: nothing is copied.
-- The parts have a schema of their own, in which nobody but the owner may do anything: the walls of the log are those of
-- kernel.audit_entry. An id is unique in its part; it is a UUIDv7, random within its millisecond.

CREATE SCHEMA parts;
COMMENT ON SCHEMA parts IS 'The parts of tables that grow without end. Only the owner touches one by its name.';

DROP TRIGGER append_only ON kernel.audit_entry;
DROP TRIGGER await_seal ON kernel.audit_entry;
DROP TRIGGER tally_insert ON kernel.audit_entry;
-- The code's name is that of the table made below, in the same moment.
-- squawk-ignore ban-set-schema
ALTER TABLE kernel.audit_entry SET SCHEMA parts;
-- Likewise, in the same moment.
-- squawk-ignore renaming-table
ALTER TABLE parts.audit_entry RENAME TO audit_entry_before;
CREATE TABLE kernel.audit_entry (LIKE parts.audit_entry_before INCLUDING DEFAULTS) PARTITION BY RANGE (at);

DO $$
DECLARE
    made text;
BEGIN
    FOR made IN SELECT pg_get_indexdef(indexrelid) FROM pg_index
                 WHERE indrelid = 'parts.audit_entry_before'::regclass AND NOT indisunique
    LOOP
        EXECUTE replace(made, ' ON parts.audit_entry_before ', ' ON kernel.audit_entry ');
    END LOOP;
    EXECUTE format('ALTER TABLE kernel.audit_entry ATTACH PARTITION parts.audit_entry_before '
                   'FOR VALUES FROM (MINVALUE) TO (%L)',
                   (SELECT substring(pg_get_constraintdef(oid) FROM '''([^'']+)''') FROM pg_constraint
                     WHERE conrelid = 'parts.audit_entry_before'::regclass AND conname = 'audit_entry_before_months'));
END $$;

CREATE TABLE parts.audit_entry_other (LIKE kernel.audit_entry INCLUDING DEFAULTS, PRIMARY KEY (id));
COMMENT ON TABLE parts.audit_entry_other IS 'Entries of a month that nobody made in time: none, as long as a worker runs.';
ALTER TABLE kernel.audit_entry ATTACH PARTITION parts.audit_entry_other DEFAULT;

SELECT kernel.append_only('kernel.audit_entry');
SELECT kernel.append_only('parts.audit_entry_before');
SELECT kernel.append_only('parts.audit_entry_other');
CREATE TRIGGER await_seal AFTER INSERT ON kernel.audit_entry FOR EACH ROW EXECUTE FUNCTION kernel.await_seal();
CREATE TRIGGER tally_insert AFTER INSERT ON kernel.audit_entry FOR EACH ROW EXECUTE FUNCTION kernel.tally_entry();

CREATE VIEW kernel.audit_month AS
    SELECT i.inhrelid::regclass AS part, c.relname AS name,
           substring(pg_get_expr(c.relpartbound, c.oid) FROM 'TO \(''([^'']+)''\)')::timestamptz AS until
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'kernel.audit_entry'::regclass;
COMMENT ON VIEW kernel.audit_month IS 'The parts of the audit log; entries before `until`, of the one without it those of any time.';

CREATE FUNCTION kernel.make_audit_months(ahead bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    begins timestamptz;
    name text;
    made bigint := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('kernel.make_audit_months'));
    PERFORM set_config('lock_timeout', '2s', true);
    FOR begins IN
        SELECT m AT TIME ZONE 'UTC'
          FROM generate_series((SELECT max(until) FROM kernel.audit_month) AT TIME ZONE 'UTC',
                               date_trunc('month', now() AT TIME ZONE 'UTC') + ahead * interval '1 month',
                               interval '1 month') m
    LOOP
        CONTINUE WHEN EXISTS (SELECT FROM parts.audit_entry_other
                               WHERE at >= begins AND at < (begins AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC');
        name := 'audit_entry_' || to_char(begins AT TIME ZONE 'UTC', 'YYYY_MM');
        EXECUTE format('CREATE TABLE parts.%I (LIKE kernel.audit_entry INCLUDING DEFAULTS, PRIMARY KEY (id),
                                               CHECK (actor_kind IN (''staff'', ''platform'', ''system'')))', name);
        PERFORM kernel.append_only(format('parts.%I', name)::regclass);
        EXECUTE format('ALTER TABLE kernel.audit_entry ATTACH PARTITION parts.%I FOR VALUES FROM (%L) TO (%L)',
                       name, begins, (begins AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC');
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;
COMMENT ON FUNCTION kernel.make_audit_months IS 'The months until so many from now. A month with entries in the rest is left there.';
REVOKE EXECUTE ON FUNCTION kernel.make_audit_months FROM PUBLIC;
SELECT kernel.make_audit_months(3);
