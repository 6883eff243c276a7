-- Lets a test leave no trace: what the migrations put in comes back, everything else goes.

CREATE SCHEMA tests;

DO $$
DECLARE
    one regclass;
    rows bigint;
BEGIN
    FOR one IN SELECT c.oid FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace::regnamespace::text IN
               ('kernel', 'helpdesk', 'marketplace', 'shield', 'procrastinate')
    LOOP
        EXECUTE format('SELECT count(*) FROM %s', one) INTO rows;
        IF rows > 0 THEN
            EXECUTE format('CREATE TABLE tests.%I AS TABLE %s', replace(one::text, '.', '/'), one);
        END IF;
    END LOOP;
END $$;

CREATE PROCEDURE tests.clean() LANGUAGE plpgsql AS $$
DECLARE
    one regclass;
    seed regclass;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR one IN SELECT c.oid FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace::regnamespace::text IN
               ('kernel', 'helpdesk', 'marketplace', 'shield', 'procrastinate')
    LOOP
        EXECUTE format('DELETE FROM %s', one);
        seed := to_regclass(format('tests.%I', replace(one::text, '.', '/')));
        IF seed IS NOT NULL THEN
            EXECUTE format('INSERT INTO %s OVERRIDING SYSTEM VALUE SELECT * FROM %s', one, seed);
        END IF;
    END LOOP;
END $$;
