-- Names are looked for by the words that there are: the beginning of one is asked of an index as the few words that
-- begin so. Of a beginning itself the index collects everybody who fits each word, before it looks who fits them all.

CREATE OR REPLACE FUNCTION kernel.learn_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO kernel.search_word (product, word, forms)
    SELECT DISTINCT TG_TABLE_SCHEMA, fresh.word, kernel.typo_forms(fresh.word)
      FROM changed, unnest(TG_ARGV) AS named(name),
           unnest(tsvector_to_array(kernel.search_vector(to_jsonb(changed) ->> named.name))) AS fresh(word)
     WHERE NOT EXISTS (SELECT FROM kernel.search_word known
                        WHERE known.word = fresh.word AND known.product = TG_TABLE_SCHEMA)
     ORDER BY fresh.word
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION kernel.learn_changed_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO kernel.search_word (product, word, forms)
    SELECT DISTINCT TG_TABLE_SCHEMA, fresh.word, kernel.typo_forms(fresh.word)
      FROM unnest(TG_ARGV) AS named(name),
           unnest(tsvector_to_array(kernel.search_vector(to_jsonb(NEW) ->> named.name))) AS fresh(word)
     WHERE NOT EXISTS (SELECT FROM kernel.search_word known
                        WHERE known.word = fresh.word AND known.product = TG_TABLE_SCHEMA)
     ORDER BY fresh.word
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
COMMENT ON TABLE kernel.search_word IS 'Every word that a name of a product is or was found by, with its forms.';

INSERT INTO kernel.search_word (product, word, forms)
SELECT product, word, kernel.typo_forms(word)
  FROM (SELECT 'marketplace' AS product, word FROM marketplace.customer, unnest(tsvector_to_array(name_words)) AS word
         UNION
        SELECT 'marketplace', word FROM marketplace.vendor, unnest(ARRAY[name, display_name]) AS named,
               unnest(tsvector_to_array(kernel.search_vector(named))) AS word
         UNION
        SELECT 'shield', word FROM shield.member, unnest(tsvector_to_array(name_words)) AS word
         UNION
        SELECT 'helpdesk', word FROM helpdesk.whatsapp_user,
               unnest(tsvector_to_array(kernel.search_vector(name))) AS word) fresh
ON CONFLICT DO NOTHING;

CREATE FUNCTION kernel.known_words(beginning text, product text) RETURNS text LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN count(*) BETWEEN 1 AND 50 THEN string_agg('''' || word || '''', ' | ')
                ELSE '''' || beginning || ''':*' END
      FROM (SELECT k.word FROM kernel.search_word k
             WHERE k.word >= beginning AND k.word < beginning || U&'\+10FFFF' AND k.product = known_words.product
             LIMIT 51) known
$$;
COMMENT ON FUNCTION kernel.known_words(text, text) IS
    'The words that begin so, as part of a query; the beginning itself where there are none or more than fifty.';

CREATE FUNCTION kernel.known_query(words text, product text) RETURNS tsquery LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT string_agg('(' || known || ')', ' & ')::tsquery
      FROM unnest(kernel.search_words(words)) AS asked(word), kernel.known_words(asked.word, known_query.product) AS known
$$;
COMMENT ON FUNCTION kernel.known_query(text, text) IS
    'As kernel.search_query, with the words of kernel.search_word for their beginnings. NULL without any word.';

CREATE OR REPLACE FUNCTION kernel.forgiving_query(words text, product text)
RETURNS tsquery LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT string_agg('(' || kernel.known_words(asked.word, forgiving_query.product) || coalesce(others, '') || ')',
                      ' & ')::tsquery
      FROM unnest(kernel.search_words(words)) AS asked(word)
      LEFT JOIN LATERAL (
           SELECT string_agg(' | ''' || known.word || '''', '') AS others
             FROM (SELECT k.word FROM kernel.search_word k
                    WHERE length(asked.word) >= 5 AND k.forms && kernel.typo_forms(asked.word)
                      AND k.product = forgiving_query.product
                      AND k.word <> asked.word AND kernel.is_one_typo(k.word, asked.word)
                    ORDER BY k.word LIMIT 50) known) similar_words ON true
$$;
