-- The knowledge base: what the assistant may answer with, and the index it finds answers by.

CREATE TABLE helpdesk.knowledge_entry (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    question_id   text NOT NULL CONSTRAINT knowledge_entry_question_id_key UNIQUE CHECK (question_id <> ''),
    category      text NOT NULL CHECK (category <> ''),
    question      text NOT NULL CHECK (question <> ''),
    answer        text NOT NULL CHECK (answer <> ''),
    keywords      text[] NOT NULL DEFAULT '{}',
    created_by    bigint REFERENCES kernel.staff,
    updated_by    bigint REFERENCES kernel.staff,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN helpdesk.knowledge_entry.keywords IS 'Other words people use for the question, phrases too.';
COMMENT ON COLUMN helpdesk.knowledge_entry.created_by IS 'Null when the house itself did it: the demo, an import by command.';
CREATE INDEX knowledge_entry_category_idx ON helpdesk.knowledge_entry (category, id);
SELECT kernel.watch('helpdesk.knowledge_entry');
CREATE TRIGGER touch BEFORE UPDATE ON helpdesk.knowledge_entry FOR EACH ROW EXECUTE FUNCTION kernel.touch();

CREATE TABLE helpdesk.knowledge_index (
    entry_id     bigint PRIMARY KEY REFERENCES helpdesk.knowledge_entry ON DELETE CASCADE,
    words        tsvector NOT NULL,
    made_from    timestamptz NOT NULL
);
COMMENT ON TABLE helpdesk.knowledge_index IS 'Derived from the entries: written with each of them, rebuilt by sync.';
COMMENT ON COLUMN helpdesk.knowledge_index.made_from IS 'updated_at of the entry it was made from; another one there means stale.';
CREATE INDEX knowledge_index_words_idx ON helpdesk.knowledge_index USING gin (words);
SELECT kernel.watch('helpdesk.knowledge_index');

CREATE FUNCTION helpdesk.knowledge_words(question text, keywords text[], answer text) RETURNS tsvector
LANGUAGE sql STABLE AS $$
    SELECT setweight(to_tsvector('english', title) || to_tsvector('simple', title), 'A')
           || setweight(to_tsvector('english', answer) || to_tsvector('simple', answer), 'C')
      FROM concat_ws(' ', question, array_to_string(keywords, ' ')) AS title
$$;
COMMENT ON FUNCTION helpdesk.knowledge_words(text, text[], text) IS
    'English words by their stems, all words as they stand too: people mix English and Hindi. A later change of this '
    'function must empty knowledge_index, so that sync rebuilds it.';
