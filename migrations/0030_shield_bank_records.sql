-- What banks send, record by record: carried out, or a work item that staff decide. A decision may let a payment stand.

CREATE TABLE shield.bank_record (
    id               text PRIMARY KEY CHECK (id ~ '^record_[0-9a-f]{32}$'),
    cause            text NOT NULL,
    status           text NOT NULL CHECK (status IN ('carried_out', 'open', 'closed')),
    code             text,
    original_trace   text,
    amount_minor     bigint,
    why              text,
    attempt_id       text REFERENCES shield.payout_attempt,
    payout_id        text REFERENCES shield.payout,
    text_index       bytea NOT NULL CONSTRAINT bank_record_text_index_key UNIQUE,
    text_key_id      text NOT NULL,
    text_sealed      bytea NOT NULL,
    received_at      timestamptz NOT NULL DEFAULT now(),
    decision         text,
    reason           text,
    closed_at        timestamptz,
    closed_by        bigint REFERENCES kernel.staff,
    CONSTRAINT bank_record_closed_is_decided
        CHECK ((status = 'closed') = (decision IS NOT NULL AND reason IS NOT NULL AND closed_at IS NOT NULL))
);
COMMENT ON TABLE shield.bank_record IS 'Every record of a bank once, however often its file is read; nothing of it vanishes.';
COMMENT ON COLUMN shield.bank_record.text_index IS 'Keyed hash of the record: by it a record that is read again is known.';
CREATE INDEX bank_record_newest_idx ON shield.bank_record (received_at DESC, id DESC) WHERE status <> 'carried_out';
CREATE INDEX bank_record_payout_idx ON shield.bank_record (payout_id) WHERE status <> 'carried_out';
SELECT kernel.watch('shield.bank_record');
CREATE TRIGGER only_moves BEFORE UPDATE OF status ON shield.bank_record
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION kernel.only_moves('open>closed');

DROP TRIGGER only_moves ON shield.payout;
CREATE TRIGGER only_moves BEFORE UPDATE OF status ON shield.payout
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION kernel.only_moves('pending>processing', 'pending>completed', 'pending>failed', 'pending>cancelled',
                                       'processing>completed', 'processing>failed', 'failed>pending',
                                       'failed>completed', 'completed>failed');
