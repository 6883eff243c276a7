-- Payouts: each try to pay with its own destination and trace number, the files sent to the bank, kept sums.

ALTER TABLE shield.payout ADD COLUMN held_until timestamptz;
COMMENT ON COLUMN shield.payout.held_until IS 'When the hold lapses by itself; NULL: it stays until the payout is cancelled.';
CREATE INDEX payout_pending_idx ON shield.payout (initiated_at, id) WHERE status = 'pending';

CREATE TABLE shield.trace_sequence (
    odfi   text PRIMARY KEY CHECK (odfi ~ '^[0-9]{8}$'),
    last   bigint NOT NULL CONSTRAINT trace_sequence_in_seven_digits CHECK (last BETWEEN 0 AND 9999999)
);
COMMENT ON TABLE shield.trace_sequence IS 'The last trace number given out for each originating bank; none is given twice.';

CREATE TABLE shield.nacha_file (
    id             text PRIMARY KEY CHECK (id ~ '^nacha_[0-9a-f]{32}$'),
    name           text NOT NULL CONSTRAINT nacha_file_name_key UNIQUE,
    odfi           text NOT NULL,
    file_date      date NOT NULL,
    id_modifier    text NOT NULL CHECK (id_modifier ~ '^[A-Z0-9]$'),
    effective_on   date NOT NULL,
    offset_trace   text NOT NULL CONSTRAINT nacha_file_offset_trace_key UNIQUE,
    entries        bigint NOT NULL CHECK (entries > 0),
    total_minor    bigint NOT NULL CHECK (total_minor > 0),
    sha256         bytea NOT NULL,
    created_at     timestamptz NOT NULL,
    written_at     timestamptz,
    UNIQUE (odfi, file_date, id_modifier)
);
COMMENT ON COLUMN shield.nacha_file.written_at IS 'NULL between the intent and the file on disk; the next run writes it then.';
SELECT kernel.watch('shield.nacha_file');

CREATE TABLE shield.payout_attempt (
    id                    text PRIMARY KEY CHECK (id ~ '^attempt_[0-9a-f]{32}$'),
    payout_id             text NOT NULL REFERENCES shield.payout,
    number                bigint NOT NULL CHECK (number > 0),
    rail                  text NOT NULL CHECK (rail IN ('sandbox', 'nacha', 'by_hand')),
    status                text NOT NULL CHECK (status IN ('intended', 'sent', 'settled', 'returned')),
    bank_name             text,
    account_holder_name   text,
    account_type          text,
    account_key_id        text,
    account_sealed        bytea,
    account_last_four     text,
    routing_key_id        text,
    routing_sealed        bytea,
    routing_last_four     text,
    trace_number          text CONSTRAINT payout_attempt_trace_number_key UNIQUE,
    nacha_file_id         text REFERENCES shield.nacha_file DEFERRABLE INITIALLY DEFERRED,
    reference             text,
    settles_on            date,
    started_at            timestamptz NOT NULL DEFAULT now(),
    sent_at               timestamptz,
    ended_at              timestamptz,
    return_code           text,
    correction_code       text,
    correction_key_id     text,
    correction_sealed     bytea,
    UNIQUE (payout_id, number),
    CONSTRAINT payout_attempt_by_rail_has_trace CHECK (rail = 'by_hand' OR trace_number IS NOT NULL),
    CONSTRAINT payout_attempt_returned_has_code CHECK (return_code IS NOT NULL OR 'returned' <> status)
);
COMMENT ON TABLE shield.payout_attempt IS 'Each try: where the money went (sealed copies of the numbers), under which trace number, how it ended.';
CREATE INDEX payout_attempt_open_idx ON shield.payout_attempt (rail, settles_on) WHERE status IN ('intended', 'sent');
CREATE INDEX payout_attempt_file_idx ON shield.payout_attempt (nacha_file_id);
CREATE UNIQUE INDEX payout_attempt_open_key ON shield.payout_attempt (payout_id) WHERE status IN ('intended', 'sent');
SELECT kernel.watch('shield.payout_attempt');
CREATE TRIGGER only_moves BEFORE UPDATE OF status ON shield.payout_attempt
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION kernel.only_moves('intended>sent', 'intended>settled', 'sent>settled', 'sent>returned',
                                       'settled>returned');

CREATE TABLE shield.payout_tally (
    status         text NOT NULL,
    completed_on   date,
    payouts        bigint NOT NULL,
    amount_minor   bigint NOT NULL
);
COMMENT ON TABLE shield.payout_tally IS 'Counts and sums of payouts: every change appends its difference, a job folds the rows.';

CREATE FUNCTION shield.tally_payout() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO shield.payout_tally
             VALUES (OLD.status, (OLD.completed_at AT TIME ZONE 'UTC')::date, -1, -OLD.amount_minor);
    END IF;
    INSERT INTO shield.payout_tally
         VALUES (NEW.status, (NEW.completed_at AT TIME ZONE 'UTC')::date, 1, NEW.amount_minor);
    RETURN NULL;
END $$;
CREATE TRIGGER tally_insert AFTER INSERT ON shield.payout FOR EACH ROW EXECUTE FUNCTION shield.tally_payout();
CREATE TRIGGER tally_update AFTER UPDATE OF status, amount_minor, completed_at ON shield.payout FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status OR OLD.amount_minor <> NEW.amount_minor
          OR OLD.completed_at IS DISTINCT FROM NEW.completed_at)
    EXECUTE FUNCTION shield.tally_payout();
