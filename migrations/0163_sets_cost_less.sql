-- What a write in sets costs for each of its rows. History comes in by the hundred thousand, and so does a demo.

-- PERFORM makes a statement of what it is given, an assignment an expression: a seventh of the time, for every row of every
-- watched table.
CREATE OR REPLACE FUNCTION kernel.mark_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    marked text := set_config('backoffice.changed', TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME, true);
BEGIN
    RETURN NULL;
END $$;

-- Five terms are added without a statement that unnests them, too.
CREATE OR REPLACE FUNCTION marketplace.trust_of(one marketplace.customer, at timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
    terms numeric[] := marketplace.trust_terms(one, at);
BEGIN
    RETURN floor(terms[1] + terms[2] + terms[3] + terms[4] + terms[5] + 0.5)::bigint;
END $$;

-- A word is looked for once, however many rows of a statement have it, and its forms are made where it is new.
CREATE OR REPLACE FUNCTION kernel.learn_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO kernel.search_word (product, word, forms)
    SELECT TG_TABLE_SCHEMA, fresh.word, kernel.typo_forms(fresh.word)
      FROM (SELECT DISTINCT word
              FROM (SELECT DISTINCT to_jsonb(changed) ->> named.name AS words FROM changed, unnest(TG_ARGV) AS named(name)) said,
                   unnest(tsvector_to_array(kernel.search_vector(said.words))) AS word) fresh
     WHERE NOT EXISTS (SELECT FROM kernel.search_word known
                        WHERE known.word = fresh.word AND known.product = TG_TABLE_SCHEMA)
     ORDER BY fresh.word
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

-- New rows of one statement are counted together: a difference for each of their keys, not one for each row.
CREATE FUNCTION kernel.tally_sets(source regclass, VARIADIC keys text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    spot      text := (SELECT format('%I', relnamespace::regnamespace::text) FROM pg_class WHERE oid = source);
    bare      text := (SELECT relname FROM pg_class WHERE oid = source);
    function  text := format('%s.%I', spot, 'tally_new_' || bare);
    key_list  text := (SELECT string_agg(format('%I', k), ', ') FROM unnest(keys) k);
BEGIN
    EXECUTE format('CREATE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql AS $body$
        BEGIN
            INSERT INTO %s SELECT %s, count(*) FROM changed GROUP BY %s;
            RETURN NULL;
        END $body$', function, format('%s.%I', spot, bare || '_tally'), key_list, key_list);
    EXECUTE format('DROP TRIGGER tally_rows ON %s', source);
    EXECUTE format('CREATE TRIGGER tally_rows AFTER DELETE ON %s FOR EACH ROW EXECUTE FUNCTION %s.%I()',
                   source, spot, 'tally_' || bare);
    EXECUTE format('CREATE TRIGGER tally_new_rows AFTER INSERT ON %s REFERENCING NEW TABLE AS changed '
                   'FOR EACH STATEMENT EXECUTE FUNCTION %s()', source, function);
END $$;
COMMENT ON FUNCTION kernel.tally_sets IS
    'For a table with kernel.tally by these keys and without sums, whose rows come in sets.';

SELECT kernel.tally_sets('marketplace.customer', 'status');
SELECT kernel.tally_sets('marketplace.booking', 'status', 'payment_status');
SELECT kernel.tally_sets('marketplace.review', 'status', 'rating');

-- Whoever stages a line need not make the id of what it may become. The table holds nobody's rows.
-- squawk-ignore adding-field-with-default
ALTER TABLE marketplace.staged ADD COLUMN id text NOT NULL DEFAULT replace(uuidv7()::text, '-', '');
COMMENT ON COLUMN marketplace.staged.id IS 'That of the row, behind its prefix, where this line makes one.';
