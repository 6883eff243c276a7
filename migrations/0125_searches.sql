-- One search in the helpdesk and in shield, too; and a part of a phone number finds it, wherever it stands in it.

CREATE FUNCTION kernel.plain_phone(phone text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT regexp_replace(phone, '[^0-9+]+', '', 'g')
$$;
COMMENT ON FUNCTION kernel.plain_phone(text) IS 'The digits of a number, and its plus sign.';

CREATE FUNCTION kernel.phone_windows(phone text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT ARRAY[substr(d, 1, 4), substr(d, 2, 4), substr(d, 3, 4), substr(d, 4, 4), substr(d, 5, 4), substr(d, 6, 4),
                 substr(d, 7, 4), substr(d, 8, 4), substr(d, 9, 4), substr(d, 10, 4), substr(d, 11, 4), substr(d, 12, 4)]
      FROM (SELECT ltrim(kernel.plain_phone(phone), '+') AS d) AS digits
$$;
COMMENT ON FUNCTION kernel.phone_windows(text) IS
    'Each four digits in a row of a number, of at most fifteen: whoever has those of a part may have the part.';

CREATE INDEX whatsapp_user_phone_part_idx ON helpdesk.whatsapp_user USING gin (kernel.phone_windows(phone));
CREATE INDEX member_phone_part_idx ON shield.member USING gin (kernel.phone_windows(phone)) WHERE phone IS NOT NULL;
CREATE INDEX customer_phone_part_idx ON marketplace.customer USING gin (kernel.phone_windows(phone)) WHERE phone IS NOT NULL;

-- Each product knows the words of its own names; those of several columns are learned together.

ALTER TABLE kernel.search_word
    ADD COLUMN product text NOT NULL DEFAULT 'marketplace' REFERENCES kernel.product,
    DROP CONSTRAINT search_word_pkey,
    ADD PRIMARY KEY (word, product);
ALTER TABLE kernel.search_word ALTER COLUMN product DROP DEFAULT;

CREATE OR REPLACE FUNCTION kernel.learn_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO kernel.search_word (product, word, forms)
    SELECT DISTINCT TG_TABLE_SCHEMA, fresh.word, kernel.typo_forms(fresh.word)
      FROM changed, unnest(TG_ARGV) AS named(name),
           unnest(kernel.search_words(to_jsonb(changed) ->> named.name)) AS fresh(word)
     WHERE length(fresh.word) >= 4 AND NOT EXISTS (SELECT FROM kernel.search_word known
                                                    WHERE known.word = fresh.word AND known.product = TG_TABLE_SCHEMA)
     ORDER BY fresh.word
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION kernel.learn_changed_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO kernel.search_word (product, word, forms)
    SELECT DISTINCT TG_TABLE_SCHEMA, fresh.word, kernel.typo_forms(fresh.word)
      FROM unnest(TG_ARGV) AS named(name), unnest(kernel.search_words(to_jsonb(NEW) ->> named.name)) AS fresh(word)
     WHERE length(fresh.word) >= 4 AND NOT EXISTS (SELECT FROM kernel.search_word known
                                                    WHERE known.word = fresh.word AND known.product = TG_TABLE_SCHEMA)
     ORDER BY fresh.word
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

DROP FUNCTION kernel.searched(regclass, text);
CREATE FUNCTION kernel.searched(source regclass, VARIADIC named text[]) RETURNS void LANGUAGE plpgsql AS $$
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
                   'FROM %s, unnest(ARRAY[%s]) AS searched, unnest(kernel.search_words(searched)) AS word '
                   'WHERE length(word) >= 4 ON CONFLICT DO NOTHING', product, source, columns);
END $$;
COMMENT ON FUNCTION kernel.searched IS 'Lets the words of these columns be found with a typo, within the product of their table.';

DROP FUNCTION kernel.forgiving_query(text);
CREATE FUNCTION kernel.forgiving_query(words text, product text) RETURNS tsquery LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT string_agg('(''' || asked.word || ''':*' || coalesce(others, '') || ')', ' & ')::tsquery
      FROM unnest(kernel.search_words(words)) AS asked(word)
      LEFT JOIN LATERAL (
           SELECT string_agg(' | ''' || known.word || '''', '') AS others
             FROM (SELECT k.word FROM kernel.search_word k
                    WHERE length(asked.word) >= 5 AND k.forms && kernel.typo_forms(asked.word)
                      AND k.product = forgiving_query.product
                      AND k.word <> asked.word AND kernel.is_one_typo(k.word, asked.word)
                    ORDER BY k.word LIMIT 50) known) similar_words ON true
$$;
COMMENT ON FUNCTION kernel.forgiving_query(text, text) IS
    'As kernel.search_query, and each word of five letters and more may have one typo.';

SELECT kernel.searched('helpdesk.whatsapp_user', 'name');
SELECT kernel.searched('shield.member', 'first_name', 'last_name');
