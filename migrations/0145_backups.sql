-- Backups as the house lists them. The truth is where they are kept: this is read from there, also after a restore.

CREATE TABLE kernel.backup (
    id               uuid PRIMARY KEY,
    kind             text NOT NULL CHECK (kind IN ('full', 'incremental')),
    form             text NOT NULL CHECK (form IN ('physical', 'logical')),
    follows          uuid,
    started_at       timestamptz NOT NULL,
    ended_at         timestamptz NOT NULL,
    with_uploads     boolean NOT NULL,
    plain_bytes      bigint NOT NULL,
    kept_bytes       bigint NOT NULL,
    keys             text[] NOT NULL,
    description      text NOT NULL,
    checked_at       timestamptz NOT NULL,
    tables_checked   bigint NOT NULL,
    entries_checked  bigint NOT NULL,
    seals_checked    bigint NOT NULL
);
COMMENT ON TABLE kernel.backup IS 'Every backup that was restored on trial and found right, as long as it is kept.';
COMMENT ON COLUMN kernel.backup.follows IS 'The backup that an incremental one needs.';
COMMENT ON COLUMN kernel.backup.keys IS 'Names of the encryption keys that reading it and its database takes.';
CREATE INDEX backup_age_idx ON kernel.backup (ended_at, id);
SELECT kernel.watch('kernel.backup');

CREATE TABLE kernel.backup_state (
    single           boolean PRIMARY KEY DEFAULT true CHECK (single),
    requested_at     timestamptz,
    form             text CHECK (form IN ('physical', 'logical')),
    failed_at        timestamptz,
    failure          text,
    archived_until   timestamptz,
    waiting_segments bigint NOT NULL DEFAULT 0,
    looked_at        timestamptz
);
COMMENT ON TABLE kernel.backup_state IS 'One row: when somebody last asked for a backup, how the last one failed, how far the archived log reaches.';
COMMENT ON COLUMN kernel.backup_state.archived_until IS 'Whatever was committed before this moment is in the archived log.';
INSERT INTO kernel.backup_state DEFAULT VALUES;
