-- Lets a test leave no trace: what the migrations put in comes back, everything else goes. The procedure names each
-- table in a statement of its own, so that a connection that calls it again and again plans each once.
-- Who calls it has set session_replication_role to replica: set here, it would throw all plans away each time.

CREATE SCHEMA tests;

CREATE VIEW tests.cleaned AS
    SELECT c.oid::regclass AS one, format('tests.%I', replace(c.oid::regclass::text, '.', '/')) AS seed
      FROM pg_class c WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace::regnamespace::text IN
           ('kernel', 'helpdesk', 'marketplace', 'shield', 'procrastinate');

DO $$
DECLARE
    one regclass;
    seed text;
    rows bigint;
    body text := '';
BEGIN
    FOR one, seed IN SELECT c.one, c.seed FROM tests.cleaned c
    LOOP
        body := body || format(E'DELETE FROM %s;\n', one);
        EXECUTE format('SELECT count(*) FROM %s', one) INTO rows;
        IF rows > 0 THEN
            EXECUTE format('CREATE TABLE %s AS TABLE %s', seed, one);
            body := body || format(E'INSERT INTO %s OVERRIDING SYSTEM VALUE SELECT * FROM %s;\n', one, seed);
        END IF;
    END LOOP;
    EXECUTE format('CREATE PROCEDURE tests.clean() LANGUAGE plpgsql AS %L', format(E'BEGIN\n%s END', body));
END $$;

-- The tables that are not as the migrations left them.
CREATE FUNCTION tests.unclean() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    one regclass;
    seed text;
    differs boolean;
BEGIN
    FOR one, seed IN SELECT c.one, c.seed FROM tests.cleaned c
    LOOP
        IF to_regclass(seed) IS NULL THEN
            EXECUTE format('SELECT EXISTS (SELECT FROM %s)', one) INTO differs;
        ELSE
            EXECUTE format('SELECT EXISTS ((SELECT t::text FROM %1$s t EXCEPT ALL SELECT s::text FROM %2$s s) UNION ALL
                                           (SELECT s::text FROM %2$s s EXCEPT ALL SELECT t::text FROM %1$s t))',
                           one, seed) INTO differs;
        END IF;
        IF differs THEN
            RETURN NEXT one::text;
        END IF;
    END LOOP;
END $$;
