-- Names of vendors are learned in both forms, of whoever comes and whoever changes. A table that is searched from now on
-- begins with the words that its triggers learn: whole names, short words too, as kernel.known_query takes for granted.

CREATE OR REPLACE FUNCTION kernel.searched(source regclass, VARIADIC named text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    arguments text := (SELECT string_agg(quote_literal(name), ', ') FROM unnest(named) AS name);
    columns   text := (SELECT string_agg(quote_ident(name), ', ') FROM unnest(named) AS name);
    is_other  text := (SELECT string_agg(format('OLD.%1$I IS DISTINCT FROM NEW.%1$I', name), ' OR ')
                         FROM unnest(named) AS name);
    product   text := (SELECT relnamespace::regnamespace::text FROM pg_class WHERE oid = source);
BEGIN
    EXECUTE format('CREATE TRIGGER learn_words AFTER INSERT ON %s REFERENCING NEW TABLE AS changed '
                   'FOR EACH STATEMENT EXECUTE FUNCTION kernel.learn_words(%s)', source, arguments);
    EXECUTE format('CREATE TRIGGER learn_changed_words AFTER UPDATE OF %s ON %s FOR EACH ROW '
                   'WHEN (%s) EXECUTE FUNCTION kernel.learn_changed_words(%s)', columns, source, is_other, arguments);
    EXECUTE format('INSERT INTO kernel.search_word (product, word, forms) '
                   'SELECT DISTINCT %L, word, kernel.typo_forms(word) '
                   'FROM %s, unnest(ARRAY[%s]) AS searched, unnest(tsvector_to_array(kernel.search_vector(searched))) AS word '
                   'ON CONFLICT DO NOTHING', product, source, columns);
END $$;

DROP TRIGGER learn_words ON marketplace.vendor;
DROP TRIGGER learn_changed_words ON marketplace.vendor;
SELECT kernel.searched('marketplace.vendor', 'name', 'display_name');

-- A code that is erased is erased on its referrals, too: they are found by it.
CREATE INDEX referral_code_idx ON marketplace.referral (code);
