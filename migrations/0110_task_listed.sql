-- Tasks are listed, everybody's or one person's, and one that did not succeed may be asked for again.

ALTER TABLE kernel.task
    ADD COLUMN job text,
    ADD COLUMN lane text,
    ADD COLUMN opens text[] NOT NULL DEFAULT '{}',
    ADD COLUMN again_as uuid,
    ADD CONSTRAINT task_job_whole CHECK (num_nulls(job, lane) IN (0, 2));
COMMENT ON COLUMN kernel.task.job IS 'The job of the queue that does it, so that it can be asked for again.';
COMMENT ON COLUMN kernel.task.opens IS 'The permissions of whoever may fetch its file, beside who asked for it.';
COMMENT ON COLUMN kernel.task.again_as IS 'The task by which this one was tried again; that one may be gone.';

DROP TABLE kernel.task_tally;
DROP FUNCTION kernel.tally_task() CASCADE;
DELETE FROM kernel.kept_sum WHERE differences = 'kernel.task_tally';
SELECT kernel.tally('kernel.task', 'tasks', '{product,creator_id,status}');
