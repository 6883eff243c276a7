-- Searching across a product: words that were mistyped by one letter are found by the words that there are.

CREATE FUNCTION kernel.typo_forms(word text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT array_agg(DISTINCT form)
      FROM (SELECT word AS form
             UNION ALL
            SELECT left(word, at - 1) || substr(word, at + 1) FROM generate_series(1, length(word)) AS at
             WHERE length(word) >= 5) forms
$$;
COMMENT ON FUNCTION kernel.typo_forms(text) IS
    'A word, and from five letters on the same without each of its letters: two words one typo apart share one of them.';

CREATE FUNCTION kernel.is_one_typo(a text, b text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    same    integer := 0;
    of_a    text;
    of_b    text;
BEGIN
    WHILE same < least(length(a), length(b)) AND substr(a, same + 1, 1) = substr(b, same + 1, 1) LOOP
        same := same + 1;
    END LOOP;
    of_a := substr(a, same + 1);
    of_b := substr(b, same + 1);
    RETURN substr(of_a, 2) = substr(of_b, 2) OR substr(of_a, 2) = of_b OR of_a = substr(of_b, 2)
        OR (left(of_a, 2) = reverse(left(of_b, 2)) AND substr(of_a, 3) = substr(of_b, 3));
END $$;
COMMENT ON FUNCTION kernel.is_one_typo(text, text) IS 'At most one letter wrong, missing, too many, or two of them swapped.';

CREATE TABLE kernel.search_word (
    word    text COLLATE "C" PRIMARY KEY,
    forms   text[] NOT NULL
);
COMMENT ON TABLE kernel.search_word IS 'Every word of four letters and more that a name has or had, with its forms.';
CREATE INDEX search_word_forms_idx ON kernel.search_word USING gin (forms);

CREATE FUNCTION kernel.learn_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO kernel.search_word (word, forms)
    SELECT fresh.word, kernel.typo_forms(fresh.word)
      FROM unnest(kernel.search_words(to_jsonb(NEW) ->> TG_ARGV[0])) AS fresh(word)
     WHERE length(fresh.word) >= 4 AND NOT EXISTS (SELECT FROM kernel.search_word known WHERE known.word = fresh.word)
     ORDER BY fresh.word
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

CREATE FUNCTION kernel.searched(source regclass, named text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER learn_new_words AFTER INSERT ON %s FOR EACH ROW EXECUTE FUNCTION kernel.learn_words(%L)',
                   source, named);
    EXECUTE format('CREATE TRIGGER learn_words AFTER UPDATE OF %I ON %s FOR EACH ROW '
                   'WHEN (OLD.%I IS DISTINCT FROM NEW.%I) EXECUTE FUNCTION kernel.learn_words(%L)',
                   named, source, named, named, named);
    EXECUTE format('INSERT INTO kernel.search_word SELECT DISTINCT word, kernel.typo_forms(word) '
                   'FROM %s, unnest(kernel.search_words(%I)) AS word WHERE length(word) >= 4 ON CONFLICT DO NOTHING',
                   source, named);
END $$;
COMMENT ON FUNCTION kernel.searched IS 'Lets the words of this column be found with a typo.';

CREATE FUNCTION kernel.forgiving_query(words text) RETURNS tsquery LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT string_agg('(''' || asked.word || ''':*' || coalesce(others, '') || ')', ' & ')::tsquery
      FROM unnest(kernel.search_words(words)) AS asked(word)
      LEFT JOIN LATERAL (
           SELECT string_agg(' | ''' || known.word || '''', '') AS others
             FROM (SELECT k.word FROM kernel.search_word k
                    WHERE length(asked.word) >= 5 AND k.forms && kernel.typo_forms(asked.word)
                      AND k.word <> asked.word AND kernel.is_one_typo(k.word, asked.word)
                    ORDER BY k.word LIMIT 50) known) similar_words ON true
$$;
COMMENT ON FUNCTION kernel.forgiving_query(text) IS 'As kernel.search_query, and each word of five letters and more may have one typo.';

SELECT kernel.searched('marketplace.customer', 'name');
SELECT kernel.searched('marketplace.vendor', 'name');
