-- Searching as people type: names in any case, width and order, without their accents and apostrophes, the middle of
-- Chinese, Japanese and Korean ones. kernel/folding.py does to a text in Python what kernel.fold does here; a test
-- compares both over all of Unicode.

CREATE FUNCTION kernel.without_marks(words text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT regexp_replace(words, '[''`\u00ad\u00b4\u02b9-\u02bc\u02c8\u02ca\u02cb\u0300-\u036f\u0483-\u0489'
               '\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u061c\u064b-\u065f\u0670\u180b-\u180f'
               '\u1ab0-\u1aff\u1dc0-\u1dff\u1fbd\u1fbf\u1fef\u1ffd\u1ffe\u200b-\u200f\u2018-\u201b\u202a-\u202e'
               '\u2032\u2035\u2060-\u206f\u20d0-\u20ff\ua78b\ua78c\ufe00-\ufe0f\ufe20-\ufe2f\ufeff\uff07\uff40]+', '', 'g')
$$;
COMMENT ON FUNCTION kernel.without_marks(text) IS 'Leaves out accents, apostrophes and what is written but not seen.';

CREATE FUNCTION kernel.fold(words text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN octet_length(words) = char_length(words) THEN translate(lower(words COLLATE "C"), '''`', '') COLLATE "C"
                ELSE replace(replace(replace(translate(kernel.without_marks(normalize(casefold(
                         normalize(kernel.without_marks(words), NFKD) COLLATE pg_unicode_fast), NFKD)),
                         'øłđðħıŧŋ', 'olddhitn'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th') COLLATE "C" END
$$;
COMMENT ON FUNCTION kernel.fold(text) IS
    'The one form of a text for finding it. PostgreSQL''s Unicode tables decide: after a new major version REINDEX.';

CREATE FUNCTION kernel.search_words(words text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT left(word, 40)), '{}')
      FROM regexp_split_to_table(
               CASE WHEN octet_length(words) = char_length(words) THEN kernel.fold(left(words, 300))
                    ELSE regexp_replace(regexp_replace(kernel.fold(left(words, 300)),
                             '([\u3040-\u3098\u309b-\u30fa\u30fc-\u30ff\u3105-\u312f\u3400-\u4dbf\u4e00-\u9fff'
                             '\uf900-\ufaff\U00020000-\U0003ffff][\u3099\u309a]*)', ' \1 ', 'g'),
                             '([\u1100-\u115f])', ' \1', 'g') END,
               '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u00d7\u00f7\u0964\u0965\u2000-\u206f\u2e00-\u2e7f'
               '\u3000-\u3004\u3008-\u3020\u3030\u30fb\ufffd]+') AS word
     WHERE word <> ''
$$;
COMMENT ON FUNCTION kernel.search_words(text) IS
    'The folded words of a text. Scripts that don''t separate words are taken apart: by character, Korean by syllable.';

CREATE FUNCTION kernel.search_vector(words text) RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT array_to_tsvector(kernel.search_words(words)
               || CASE WHEN words ~ '[''`\u00b4\u02b9-\u02bc\u2018-\u201b\u2032\uff07]'
                       THEN kernel.search_words(regexp_replace(words, '[''`\u00b4\u02b9-\u02bc\u2018-\u201b\u2032\uff07]',
                                                               ' ', 'g'))
                       ELSE '{}' END)
$$;
COMMENT ON FUNCTION kernel.search_vector(text) IS 'What a name is found by: O''Brien by obrien, and by brien too.';

CREATE FUNCTION kernel.search_query(words text) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT string_agg('''' || word || ''':*', ' & ')::tsquery FROM unnest(kernel.search_words(words)) AS word
$$;
COMMENT ON FUNCTION kernel.search_query(text) IS 'Every word must begin a word of what is found. NULL without any word.';

-- Customers and tickets -----------------------------------------------------------------------------------------

DROP INDEX helpdesk.whatsapp_user_name_idx;
CREATE INDEX whatsapp_user_name_idx ON helpdesk.whatsapp_user USING gin (kernel.search_vector(name));
DROP INDEX helpdesk.whatsapp_user_merchant_idx;
CREATE INDEX whatsapp_user_merchant_idx ON helpdesk.whatsapp_user (kernel.fold(merchant_id) text_pattern_ops)
 WHERE merchant_id IS NOT NULL;
DROP INDEX helpdesk.ticket_merchant_idx;
CREATE INDEX ticket_merchant_idx ON helpdesk.ticket (kernel.fold(merchant_id) text_pattern_ops)
 WHERE merchant_id IS NOT NULL;

-- Members -------------------------------------------------------------------------------------------------------

DROP INDEX shield.member_full_name_search_idx, shield.member_last_name_search_idx;
ALTER TABLE shield.member
    ADD COLUMN name_words tsvector GENERATED ALWAYS AS (kernel.search_vector(first_name || ' ' || last_name)) STORED;
COMMENT ON COLUMN shield.member.name_words IS 'Kept, because a list that is walked in its order looks at it row by row.';
CREATE INDEX member_name_search_idx ON shield.member USING gin (name_words);
