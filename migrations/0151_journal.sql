-- After a restore: what is held until people have compared the money, how far the journal outside knows of this
-- database, where the audit chain begins anew, and keys of writes that the restored database has forgotten.

CREATE TABLE kernel.hold (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    begun_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    because       text NOT NULL,
    moment        timestamptz,
    settled_at    timestamptz,
    compared_at   timestamptz,
    compared      jsonb,
    released_at   timestamptz,
    released_by   bigint REFERENCES kernel.staff
);
CREATE UNIQUE INDEX hold_open_idx ON kernel.hold ((true)) WHERE released_at IS NULL;
SELECT kernel.watch('kernel.hold');
COMMENT ON TABLE kernel.hold IS 'While one is open nothing leaves the house: no payout, refund, message, webhook or file for the bank.';
COMMENT ON COLUMN kernel.hold.moment IS 'The database is as it was then, as far as that is known.';
COMMENT ON COLUMN kernel.hold.settled_at IS 'Since then all is true that must be true after a restore.';

CREATE TABLE kernel.held_job (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest      bytea NOT NULL CONSTRAINT held_job_digest_key UNIQUE,
    queue       text NOT NULL,
    task_name   text NOT NULL,
    priority    integer NOT NULL,
    lock        text,
    arguments   jsonb NOT NULL,
    held_at     timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE kernel.held_job IS 'Jobs that would have gone outside, put away until the hold is released; each once.';

CREATE TABLE kernel.journal_mark (
    is_only             boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    number              bigint NOT NULL DEFAULT 0,
    at                  timestamptz NOT NULL DEFAULT clock_timestamp(),
    system_identifier   text,
    timeline            bigint,
    seal                bigint NOT NULL DEFAULT 0,
    looked_at           timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO kernel.journal_mark DEFAULT VALUES;
COMMENT ON TABLE kernel.journal_mark IS 'How far the journal outside has followed this database, and on which server that was.';

CREATE TABLE kernel.audit_epoch (
    number       bigint PRIMARY KEY,
    begun_at     timestamptz NOT NULL,
    after_seal   bigint NOT NULL,
    moment       timestamptz
);
SELECT kernel.append_only('kernel.audit_epoch');
COMMENT ON TABLE kernel.audit_epoch IS 'Restores: seals after this number that were made before this time are of a past that was given up.';

ALTER TABLE kernel.idempotency_key
    ADD COLUMN lost_since timestamptz,
    ALTER COLUMN body_hash DROP NOT NULL,
    ALTER COLUMN status DROP NOT NULL,
    ALTER COLUMN answer DROP NOT NULL,
    ADD CONSTRAINT idempotency_key_answered_or_lost CHECK (
        lost_since IS NOT NULL OR (body_hash IS NOT NULL AND status IS NOT NULL AND answer IS NOT NULL)) NOT VALID;
COMMENT ON COLUMN kernel.idempotency_key.lost_since IS 'A write with this key was answered, and a restore to this moment has undone it.';

-- Moves a sequence forward and never back; one of references that the restored database does not have is made.
CREATE FUNCTION kernel.advance_sequence(name text, past bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found    regclass := to_regclass(name);
    reached  bigint;
BEGIN
    IF found IS NULL AND name ~ '^kernel\.reference_[a-z]{1,10}_[0-9]{4}$' THEN
        EXECUTE format('CREATE SEQUENCE IF NOT EXISTS %s', name);
        found := to_regclass(name);
    END IF;
    IF found IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT coalesce(pg_sequence_last_value(found), 0) INTO reached;
    IF past > reached THEN
        reached := setval(found, past);
    END IF;
    RETURN reached;
END $$;
COMMENT ON FUNCTION kernel.advance_sequence IS 'After a restore: what the outside may have seen is given out to nobody else.';

-- What was acknowledged since the journal last looked: rows come in the order of time, so a few pages are read.
CREATE INDEX inbound_received_idx ON helpdesk.inbound USING brin (received_at) WITH (pages_per_range = 8, autosummarize = on);
