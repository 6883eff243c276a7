-- Bulk acts: which rows a task changes one by one, and what became of each.

CREATE TABLE kernel.bulk (
    task_id       uuid PRIMARY KEY REFERENCES kernel.task ON DELETE CASCADE,
    act           text NOT NULL CHECK (act ~ '^[a-z_]+\.[a-z_]+$'),
    params        jsonb,
    file_format   text NOT NULL,
    undo_of       uuid,
    undone_as     uuid
);
COMMENT ON TABLE kernel.bulk IS 'What a task does to each of its rows.';
COMMENT ON COLUMN kernel.bulk.params IS 'What staff said of the act, their words included: shown to nobody, forgotten a day after its end.';
COMMENT ON COLUMN kernel.bulk.undo_of IS 'The bulk act that this one takes back; it may be gone.';
COMMENT ON COLUMN kernel.bulk.undone_as IS 'The task by which this one is taken back: once.';
CREATE INDEX bulk_words_idx ON kernel.bulk (task_id) WHERE params IS NOT NULL;
SELECT kernel.watch('kernel.bulk');

CREATE TABLE kernel.bulk_row (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    task_id       uuid NOT NULL REFERENCES kernel.bulk ON DELETE CASCADE,
    subject       text NOT NULL,
    outcome       text NOT NULL DEFAULT 'waiting' CHECK (outcome IN ('waiting', 'done', 'refused', 'failed')),
    code          text,
    message       text,
    kept          jsonb,
    ended_at      timestamptz,
    CONSTRAINT bulk_row_ended CHECK ((outcome = 'waiting') = (ended_at IS NULL)),
    CONSTRAINT bulk_row_said_why CHECK ((outcome = 'refused' OR outcome = 'failed') = (code IS NOT NULL)),
    CONSTRAINT bulk_row_key UNIQUE (task_id, subject)
);
COMMENT ON TABLE kernel.bulk_row IS 'A row and what became of it, written with the change itself: so nothing is done twice.';
COMMENT ON COLUMN kernel.bulk_row.kept IS 'How the act left the row, where it can be taken back: nothing that is personal.';
CREATE INDEX bulk_row_order_idx ON kernel.bulk_row (task_id, id);
CREATE INDEX bulk_row_waiting_idx ON kernel.bulk_row (task_id, id) WHERE outcome = 'waiting';
