-- Payouts that left and that a restored database never heard of: their claims are not paid again until somebody says why.

CREATE TABLE shield.lost_payout (
    attempt_id        text PRIMARY KEY,
    payout_id         text NOT NULL,
    claim_id          text NOT NULL,
    amount_minor      bigint NOT NULL,
    left_at           timestamptz NOT NULL,
    settled_at        timestamptz,
    settled_because   text,
    CONSTRAINT lost_payout_settled_says_why CHECK ((settled_at IS NULL) = (settled_because IS NULL))
);
CREATE INDEX lost_payout_open_idx ON shield.lost_payout (claim_id) WHERE settled_at IS NULL;
SELECT kernel.watch('shield.lost_payout');
COMMENT ON TABLE shield.lost_payout IS 'Known from the journal alone: the money left before the database was restored to an earlier moment.';
