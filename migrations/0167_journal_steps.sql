-- What commits that money is about to move leaves a row of its own: one row that all of it counted up let it through one by one.

CREATE TABLE kernel.journal_step (
    id        uuid PRIMARY KEY DEFAULT uuidv7(),
    made_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE kernel.journal_step IS 'Named by a line of the journal: a database that lacks one was restored to before it. Kept for a day, which is far longer than until the next mark.';
CREATE INDEX journal_step_made_at_idx ON kernel.journal_step (made_at);
