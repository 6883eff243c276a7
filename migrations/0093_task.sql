-- Tasks: work that somebody asked for and may watch, cancel, and fetch the result of. Jobs of the queue do it.

CREATE TABLE kernel.task (
    id                   uuid PRIMARY KEY,
    product              text NOT NULL,
    type                 text NOT NULL CHECK (type ~ '^[a-z][a-z0-9_]*$'),
    status               text NOT NULL DEFAULT 'pending',
    creator_id           bigint REFERENCES kernel.staff,
    metadata             jsonb NOT NULL DEFAULT '{}',
    tries                bigint NOT NULL DEFAULT 0,
    rows_processed       bigint NOT NULL DEFAULT 0 CHECK (rows_processed >= 0),
    total_rows           bigint CHECK (total_rows >= 0),
    file_id              text,
    file_name            text,
    file_bytes           bigint,
    file_sha256          bytea,
    error_code           text,
    error_message        text,
    error_is_retryable   boolean,
    cancelled_by         bigint REFERENCES kernel.staff,
    created_at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    started_at           timestamptz,
    completed_at         timestamptz,
    CONSTRAINT task_ended CHECK ((status IN ('succeeded', 'failed', 'cancelled')) = (completed_at IS NOT NULL)),
    CONSTRAINT task_failed_why CHECK ((status = 'failed') = (error_code IS NOT NULL)),
    CONSTRAINT task_error_whole CHECK (num_nulls(error_code, error_message, error_is_retryable) IN (0, 3)),
    CONSTRAINT task_file_whole CHECK (num_nulls(file_name, file_bytes, file_sha256) IN (0, 3))
);
COMMENT ON TABLE kernel.task IS 'What staff ask for and come back to; how far it got, what came of it.';
COMMENT ON COLUMN kernel.task.metadata IS 'What was asked for, as it may be shown: no personal values.';
COMMENT ON COLUMN kernel.task.tries IS 'How often somebody began. Only the latest of them may say anything more: those before count as dead.';
COMMENT ON COLUMN kernel.task.file_id IS 'Known before the file is written, so that whatever is left half done can be removed.';
CREATE INDEX task_age_idx ON kernel.task (product, created_at, id);
CREATE INDEX task_creator_idx ON kernel.task (creator_id, created_at, id);
CREATE INDEX task_usual_idx ON kernel.task (product, type, completed_at) WHERE status = 'succeeded';
CREATE INDEX task_live_idx ON kernel.task (updated_at) WHERE status IN ('pending', 'processing');
CREATE UNIQUE INDEX task_file_key ON kernel.task (file_id);
CREATE INDEX task_file_idx ON kernel.task (completed_at) WHERE file_id IS NOT NULL;
CREATE INDEX task_ended_idx ON kernel.task (completed_at) WHERE file_id IS NULL;
SELECT kernel.watch('kernel.task');
SELECT kernel.status('kernel.task', 'pending>processing', 'pending>failed', 'pending>cancelled', 'processing>succeeded',
                     'processing>failed', 'processing>cancelled');
SELECT kernel.tally('kernel.task', 'tasks', '{product,status}');
