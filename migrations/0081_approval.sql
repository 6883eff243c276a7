-- Approvals: one act on one subject, allowed once enough different people have agreed to exactly the same of it.

CREATE TABLE kernel.approval (
    id              uuid PRIMARY KEY,
    product         text NOT NULL,
    act             text NOT NULL,
    subject         text NOT NULL,
    digest          bytea NOT NULL,
    quorum          bigint NOT NULL CHECK (quorum >= 2),
    status          text NOT NULL DEFAULT 'open',
    opened_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at      timestamptz NOT NULL,
    ended_at        timestamptz,
    CONSTRAINT approval_ended CHECK ((status = 'open') = (ended_at IS NULL))
);
COMMENT ON COLUMN kernel.approval.digest IS 'Hash of what is agreed to: agreeing to something else voids what was agreed before.';
CREATE UNIQUE INDEX approval_open_key ON kernel.approval (product, act, subject) WHERE status = 'open';
CREATE INDEX approval_age_idx ON kernel.approval (product, opened_at, id);
SELECT kernel.watch('kernel.approval');
SELECT kernel.status('kernel.approval', 'open>used', 'open>void', 'open>expired');

CREATE TABLE kernel.approval_vote (
    approval_id   uuid NOT NULL REFERENCES kernel.approval,
    staff_id      bigint NOT NULL REFERENCES kernel.staff,
    voted_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (approval_id, staff_id)
);
SELECT kernel.watch('kernel.approval_vote');
