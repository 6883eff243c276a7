-- Two batches that bring the same new words wait for each other instead of locking each other out: the words of one
-- statement are learned together, in their own order. Row by row their order was that of the rows.

CREATE OR REPLACE FUNCTION kernel.learn_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO kernel.search_word (word, forms)
    SELECT DISTINCT fresh.word, kernel.typo_forms(fresh.word)
      FROM changed, unnest(kernel.search_words(to_jsonb(changed) ->> TG_ARGV[0])) AS fresh(word)
     WHERE length(fresh.word) >= 4 AND NOT EXISTS (SELECT FROM kernel.search_word known WHERE known.word = fresh.word)
     ORDER BY fresh.word
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION kernel.learn_words() IS
    'All new words of a statement in their own order: of two statements that bring the same ones, one waits for the other.';

CREATE FUNCTION kernel.learn_changed_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO kernel.search_word (word, forms)
    SELECT fresh.word, kernel.typo_forms(fresh.word)
      FROM unnest(kernel.search_words(to_jsonb(NEW) ->> TG_ARGV[0])) AS fresh(word)
     WHERE length(fresh.word) >= 4 AND NOT EXISTS (SELECT FROM kernel.search_word known WHERE known.word = fresh.word)
     ORDER BY fresh.word
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

DROP TRIGGER learn_new_words ON marketplace.customer;
DROP TRIGGER learn_words ON marketplace.customer;
CREATE TRIGGER learn_words AFTER INSERT ON marketplace.customer REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.learn_words('name');
CREATE TRIGGER learn_changed_words AFTER UPDATE OF name ON marketplace.customer
    FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION kernel.learn_changed_words('name');

DROP TRIGGER learn_new_words ON marketplace.vendor;
DROP TRIGGER learn_words ON marketplace.vendor;
CREATE TRIGGER learn_words AFTER INSERT ON marketplace.vendor REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.learn_words('name');
CREATE TRIGGER learn_changed_words AFTER UPDATE OF name ON marketplace.vendor
    FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION kernel.learn_changed_words('name');
