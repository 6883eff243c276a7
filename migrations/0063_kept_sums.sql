-- Kept sums and statuses, declared in one line each; one job folds all sums.

CREATE TABLE kernel.kept_sum (
    differences   text PRIMARY KEY,
    keys          text[] NOT NULL CHECK (keys <> '{}'),
    folded_keys   text[] NOT NULL CHECK (cardinality(folded_keys) = cardinality(keys)),
    sums          text[] NOT NULL CHECK (sums <> '{}'),
    kept_in       text NOT NULL
);
COMMENT ON TABLE kernel.kept_sum IS 'Where writes append differences of sums, and how a job folds them.';
COMMENT ON COLUMN kernel.kept_sum.folded_keys IS 'What each key becomes when rows are folded: most stay, a day may become the time before.';
COMMENT ON COLUMN kernel.kept_sum.kept_in IS 'The table of the sums, one row for each key; the same table where both stand together.';

CREATE FUNCTION kernel.keep_sums(differences regclass, keys text[], sums text[],
                                 folded_keys text[] DEFAULT NULL, kept_in regclass DEFAULT NULL)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO kernel.kept_sum (differences, keys, folded_keys, sums, kept_in)
         VALUES (differences::text, keys, coalesce(folded_keys, keys), sums, coalesce(kept_in, differences)::text);
$$;
COMMENT ON FUNCTION kernel.keep_sums IS 'Lets the folding job know a table to which writes append differences.';

-- A tally says how many rows a table has by its keys, and what their sums are: every change appends its difference.
CREATE FUNCTION kernel.tally(source regclass, counted text, keys text[], sums text[] DEFAULT '{}')
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    spot      text := (SELECT format('%I', relnamespace::regnamespace::text) FROM pg_class WHERE oid = source);
    bare      text := (SELECT relname FROM pg_class WHERE oid = source);
    tally     text := format('%s.%I', spot, bare || '_tally');
    function  text := format('%s.%I', spot, 'tally_' || bare);
    key_list  text := (SELECT string_agg(format('%I', k), ', ') FROM unnest(keys) k);
    sum_list  text := (SELECT coalesce(string_agg(format(', %I', s), ''), '') FROM unnest(sums) s);
    added     text := (SELECT coalesce(string_agg(format(', sum(%1$I)::bigint AS %1$I', s), ''), '') FROM unnest(sums) s);
    old_row   text := (SELECT string_agg(format('OLD.%I', k), ', ') FROM unnest(keys) k)
                      || ', -1' || (SELECT coalesce(string_agg(format(', -OLD.%I', s), ''), '') FROM unnest(sums) s);
    new_row   text := (SELECT string_agg(format('NEW.%I', k), ', ') FROM unnest(keys) k)
                      || ', 1' || (SELECT coalesce(string_agg(format(', NEW.%I', s), ''), '') FROM unnest(sums) s);
    differs   text := (SELECT string_agg(format('OLD.%1$I IS DISTINCT FROM NEW.%1$I', c), ' OR ') FROM unnest(keys || sums) c);
BEGIN
    EXECUTE format('CREATE TABLE %s AS SELECT %s, count(*)::bigint AS %I%s FROM %s GROUP BY %s',
                   tally, key_list, counted, added, source, key_list);
    EXECUTE format('CREATE INDEX ON %s (%s) INCLUDE (%I%s)', tally, key_list, counted, sum_list);
    EXECUTE format('COMMENT ON TABLE %s IS %L', tally, 'Totals: every change appends its difference, a job folds the rows.');
    EXECUTE format('CREATE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql AS $body$
        BEGIN
            IF TG_OP <> ''INSERT'' THEN INSERT INTO %s VALUES (%s); END IF;
            IF TG_OP <> ''DELETE'' THEN INSERT INTO %s VALUES (%s); END IF;
            RETURN NULL;
        END $body$', function, tally, old_row, tally, new_row);
    EXECUTE format('CREATE TRIGGER tally_rows AFTER INSERT OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION %s()', source, function);
    EXECUTE format('CREATE TRIGGER tally_changes AFTER UPDATE OF %s%s ON %s FOR EACH ROW WHEN (%s) EXECUTE FUNCTION %s()',
                   key_list, sum_list, source, differs, function);
    PERFORM kernel.keep_sums(tally::regclass, keys, counted || sums);
END $$;
COMMENT ON FUNCTION kernel.tally IS 'Keeps how many rows a table has by these of its columns (and sums of others) in TABLE_tally.';

CREATE FUNCTION kernel.fold_sums(folded kernel.kept_sum) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    keys      text := (SELECT string_agg(format('%I', k), ', ') FROM unnest(folded.keys) k);
    becoming  text := (SELECT string_agg(format('%s AS %I', e, k), ', ') FROM unnest(folded.folded_keys, folded.keys) x(e, k));
    groups    text := array_to_string(folded.folded_keys, ', ');
    taken     text := (SELECT string_agg(format('several.%I', k), ', ') FROM unnest(folded.keys) k)
                      || (SELECT string_agg(format(', t.%I', s), '') FROM unnest(folded.sums) s);
    sums      text := (SELECT string_agg(format('%I', s), ', ') FROM unnest(folded.sums) s);
    added     text := (SELECT string_agg(format('sum(%I)', s), ', ') FROM unnest(folded.sums) s);
    moved     bigint;
BEGIN
    EXECUTE format('
        WITH several AS (SELECT ctid, %s, count(*) OVER (PARTITION BY %s) AS rows FROM %s),
             taken AS (DELETE FROM %s t USING several WHERE t.ctid = several.ctid %s RETURNING %s)
        INSERT INTO %s AS kept (%s, %s) SELECT %s, %s FROM taken GROUP BY %s %s',
        becoming, groups, folded.differences,
        folded.differences, CASE WHEN folded.kept_in = folded.differences THEN 'AND several.rows > 1' ELSE '' END, taken,
        folded.kept_in, keys, sums, keys, added, keys,
        CASE WHEN folded.kept_in = folded.differences
             THEN 'HAVING ' || (SELECT string_agg(format('sum(%I) <> 0', s), ' OR ') FROM unnest(folded.sums) s)
             ELSE format('ON CONFLICT (%s) DO UPDATE SET ', keys)
                  || (SELECT string_agg(format('%1$I = kept.%1$I + excluded.%1$I', s), ', ') FROM unnest(folded.sums) s) END);
    GET DIAGNOSTICS moved = ROW_COUNT;
    RETURN moved;
END $$;
COMMENT ON FUNCTION kernel.fold_sums(kernel.kept_sum) IS 'Joins what has the same keys in one statement: readers see the same sums before and after.';

-- A status: the words it may be, and the moves between them, said once.
CREATE FUNCTION kernel.status(domain_table regclass, VARIADIC moves text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name    text := (SELECT relname FROM pg_class WHERE oid = domain_table);
    words   text := (SELECT string_agg(DISTINCT quote_literal(word), ', ')
                       FROM unnest(moves) move, unnest(string_to_array(move, '>')) word);
    pairs   text := (SELECT string_agg(quote_literal(move), ', ') FROM unnest(moves) move);
BEGIN
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I', domain_table, name || '_status_check');
    EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I CHECK (status IN (%s))', domain_table, name || '_status_check', words);
    EXECUTE format('DROP TRIGGER IF EXISTS only_moves ON %s', domain_table);
    EXECUTE format('CREATE TRIGGER only_moves BEFORE UPDATE OF status ON %s FOR EACH ROW '
                   'WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION kernel.only_moves(%s)', domain_table, pairs);
END $$;
COMMENT ON FUNCTION kernel.status IS 'Lets the status of a table be only what these moves (old>new) name, and change only along them.';

-- Plain tallies are declared; those with a rule of their own keep their triggers and are folded like the others.
DROP TABLE shield.claim_tally;
DROP FUNCTION shield.tally_claim() CASCADE;
SELECT kernel.tally('shield.claim', 'claims', '{status}');
DROP TABLE shield.member_tally;
DROP FUNCTION shield.tally_member() CASCADE;
SELECT kernel.tally('shield.member', 'members', '{status}');

ALTER TABLE helpdesk.usage_delta ADD COLUMN times bigint NOT NULL DEFAULT 1;

SELECT kernel.keep_sums('kernel.audit_tally', '{product,staff_id,action}', '{entries}');
SELECT kernel.keep_sums('helpdesk.ticket_tally', '{status,category,agent_id}', '{tickets}');
SELECT kernel.keep_sums('helpdesk.whatsapp_user_tally', '{is_merchant}', '{users}');
SELECT kernel.keep_sums('helpdesk.usage_delta', '{day,counter}', '{amount,times}', kept_in => 'helpdesk.usage_day');
SELECT kernel.keep_sums('helpdesk.broadcast_tally', '{broadcast_id,outcome}', '{recipients}',
                        kept_in => 'helpdesk.broadcast_total');
SELECT kernel.keep_sums('shield.subscriber_tally', '{plan_id}', '{subscribers}');
SELECT kernel.keep_sums('shield.dashboard_sum', '{figure,day}', '{times,amount}');
SELECT kernel.keep_sums('shield.payout_tally', '{status,completed_on}', '{payouts,amount_minor}',
                        ARRAY['status', 'CASE WHEN completed_on < current_date - 62 THEN ''-infinity'' ELSE completed_on END']);

-- The jobs that folded one sum each are gone.
DELETE FROM procrastinate.procrastinate_periodic_defers
 WHERE task_name ~ '^(kernel.fold_audit_tally|(helpdesk|shield)\.fold_.*)$';
DELETE FROM procrastinate.procrastinate_jobs
 WHERE task_name ~ '^(kernel.fold_audit_tally|(helpdesk|shield)\.fold_.*)$' AND status <> 'doing';
