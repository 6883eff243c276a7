-- Files keep their text sealed until they are written, and may be refused as a whole; tries join a file after they begin.

ALTER TABLE shield.nacha_file
    ADD COLUMN text_key_id        text,
    ADD COLUMN text_sealed        bytea,
    ADD COLUMN rejected_at        timestamptz,
    ADD COLUMN rejected_because   text,
    ADD CONSTRAINT nacha_file_unwritten_has_text
        CHECK (text_sealed IS NOT NULL OR written_at IS NOT NULL OR rejected_at IS NOT NULL),
    ADD CONSTRAINT nacha_file_text_has_key CHECK ((text_sealed IS NULL) = (text_key_id IS NULL)),
    ADD CONSTRAINT nacha_file_rejected_has_reason CHECK ((rejected_at IS NULL) = (rejected_because IS NULL));
COMMENT ON COLUMN shield.nacha_file.text_sealed IS 'What is to be written, with the account numbers in it; emptied once it is written.';
COMMENT ON COLUMN shield.nacha_file.file_date IS 'The date in the file''s header: with the modifier it is the name by which the bank knows the file.';
COMMENT ON COLUMN shield.nacha_file.rejected_at IS 'The bank took nothing of it, or never got it.';

ALTER TABLE shield.payout_attempt
    DROP CONSTRAINT payout_attempt_status_check,
    ADD CONSTRAINT payout_attempt_status_check
        CHECK (status IN ('intended', 'sent', 'settled', 'returned', 'rejected')),
    DROP CONSTRAINT payout_attempt_by_rail_has_trace,
    ADD CONSTRAINT payout_attempt_by_rail_has_trace
        CHECK (rail = 'by_hand' OR trace_number IS NOT NULL
               OR (rail = 'nacha' AND nacha_file_id IS NULL AND status = 'intended'));
CREATE INDEX payout_attempt_begun_idx ON shield.payout_attempt (id)
    WHERE rail = 'nacha' AND status = 'intended' AND nacha_file_id IS NULL;
DROP TRIGGER only_moves ON shield.payout_attempt;
CREATE TRIGGER only_moves BEFORE UPDATE OF status ON shield.payout_attempt
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION kernel.only_moves('intended>sent', 'intended>rejected', 'sent>settled', 'sent>returned',
                                       'sent>rejected', 'settled>returned', 'settled>rejected');
